/*
 * The public address of our webhooks, whose end is a secret.
 */
#ifndef HOOK_H
#define HOOK_H

#include <stddef.h>

struct conf;

#define HOOK_WORDS	8

struct hook {
	char	*base;			/* NULL: no url in the settings */
	char	*url;			/* base and the first word */
	char	*word[HOOK_WORDS];	/* of the secret's file */
	size_t	 n;
	char	*text;
};

/* From the settings, or from given unless that is NULL; the secret is added
 * where it is missing: 0, or -1 after a message. */
int	 hook_open(struct hook *, const struct conf *, const char *given);
void	 hook_close(struct hook *);

/* Why Bolna could never deliver to an address, or NULL. */
const char	*hook_fault(const char *url);
/* Is it ours, with any of the secret words? */
int	 hook_is(const struct hook *, const char *url);
/* For people: "..." in place of a secret.  Caller frees. */
char	*hook_shown(const struct hook *, const char *url);

#endif
