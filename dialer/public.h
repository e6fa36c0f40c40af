/*
 * The public address of our webhooks, whose end is a secret.
 */
#ifndef PUBLIC_H
#define PUBLIC_H

#include <stddef.h>

struct conf;

#define PUBLIC_WORDS	8

struct public {
	char	*base;			/* NULL: no url in the settings */
	char	*url;			/* base and the first word */
	char	*word[PUBLIC_WORDS];	/* of the secret's file */
	size_t	 n;
	char	*text;
};

/* From the settings, or from given unless that is NULL; the secret is added
 * where it is missing: 0, or -1 after a message. */
int	 public_open(struct public *, const struct conf *, const char *given);
void	 public_close(struct public *);

/* Why Bolna could never deliver to an address, or NULL. */
const char	*public_fault(const char *url);
/* Is it ours, with any of the secret words? */
int	 public_is(const struct public *, const char *url);
/* For people: "..." in place of a secret.  Caller frees. */
char	*public_shown(const struct public *, const char *url);

#endif
