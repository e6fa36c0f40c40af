/*
 * The verbs of callsheet.  Each takes the settings and what else stands on its
 * command line, and returns the exit status.
 */
#ifndef VERBS_H
#define VERBS_H

#include <stddef.h>
#include <stdint.h>

#include "phone.h"
#include "reply.h"

struct conf;

/* What a verb was given, read from left to right:
 *	while (args_more(a))
 *		if (!args_flag(a, "--all", &all) && ...)
 *			return args_bad(a);
 */
struct args {
	const char	*verb;
	const char	*usage;		/* after the verb; NULL: nothing */
	char		*word[64];
	size_t		 n, next;
	int		 bad;		/* a message was printed */
	struct reply	 reply;
};

/* Is there one more to read?  --json, where a verb has it, is taken here. */
int	 args_more(struct args *);
/* Each returns 1 when the next argument was of its kind, and takes it. */
int	 args_flag(struct args *, const char *name, int *);
int	 args_number(struct args *, const char *name, long min, long max,
	    long *);
/* A day, a local time, or seconds since 1970. */
int	 args_time(struct args *, const char *name, int64_t *);
int	 args_text(struct args *, const char *name, const char **);
/* A word that is no option, once. */
int	 args_word(struct args *, const char **);
/* The number in a word that was taken: 0, or -1 after a message.  country is
 * that of --country, where a verb has it. */
int	 args_phone(const struct args *, const char *word, const char *country,
	    char out[PHONE_SIZE]);
/* Says what is wrong with the next argument, or that one is missing;
 * EX_USAGE. */
int	 args_bad(struct args *);
/* What is missing, or does not go together, in words. */
int	 args_lacks(struct args *, const char *what);
/* Says that a word which was taken is none. */
int	 args_unknown(struct args *, const char *);

/* Makes what is missing: settings, secrets, addresses, database. */
int	 verb_init(const char *file);
int	 verb_run(const struct conf *, struct args *);
int	 verb_status(const struct conf *, struct args *);
int	 verb_reconcile(const struct conf *, struct args *);
int	 verb_dnc(const struct conf *, struct args *);
int	 verb_credits(const struct conf *, struct args *);
int	 verb_why(const struct conf *, struct args *);
int	 verb_outcome(const struct conf *, struct args *);
int	 verb_pause(const struct conf *, struct args *);
int	 verb_resume(const struct conf *, struct args *);
int	 verb_stop(const struct conf *, struct args *);
int	 verb_replay(const struct conf *, struct args *);
int	 verb_backup(const struct conf *, struct args *);
int	 verb_evidence(const struct conf *, struct args *);
int	 verb_erase(const struct conf *, struct args *);
int	 verb_prune(const struct conf *, struct args *);
int	 verb_export(const struct conf *, struct args *);
int	 verb_call(const struct conf *, struct args *);
int	 verb_agents(const struct conf *, struct args *);
int	 verb_test_webhook(const struct conf *, struct args *);
/* Without settings, NULL, it says that they cannot be read. */
int	 verb_doctor(const struct conf *, struct args *);

#endif
