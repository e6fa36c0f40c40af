/*
 * What event.c and event_fold.c share: the state of an execution while events
 * are folded into it.
 */
#ifndef EVENT_INT_H
#define EVENT_INT_H

#include <stdint.h>

#include "digest.h"
#include "event.h"
#include "execution.h"

#define CLASS_RANK	100	/* head_rank = class * CLASS_RANK + rank */

/* The text columns of table execution that events fill, in the order of
 * execution_get.sql and execution_put.sql. */
enum text {
	T_AGENT, T_PHONE, T_STAGE, T_FINAL, T_ODD, T_TRANSCRIPT, T_SUMMARY,
	T_RECORDING, T_EXTRACTION, T_ERROR, T_SMART, T_BY, T_REASON, T_CODE,
	T__N
};
#define T__DATA	T_TRANSCRIPT	/* from here on: forgotten at class 1 */
enum real { R_TALK, R_LINE, R_COST, R__N };
enum stamp { S_RINGING, S_ANSWERED, S_DISCONNECTED, S_ENDED, S__N };

struct place {			/* where an event stands in the fold */
	int		 rank;
	int64_t		 at;
	unsigned char	 digest[DIGEST_SIZE];
};

struct state {
	char		*text[T__N];
	double		 real[R__N];		/* < 0: unknown */
	int64_t		 stamp[S__N];		/* 0: unknown */
	int		 verified;
	int		 voicemail;
	int64_t		 retry_count;
	struct place	 head;			/* rank -1: nothing folded */
	int		 failed;		/* memory ran out: not whole */
};

struct meaning {		/* of a status, from table disposition */
	char		 means[40];
	int		 rank;
	int		 final;
	int64_t		 ask_after;
	int		 known;
};

struct item {			/* one event, ready to be folded */
	struct place	 place;
	struct meaning	 meaning;
	int64_t		 time;			/* epoch seconds */
	int		 listed;		/* told by a list */
	struct execution ex;
};

struct row {			/* what the table knew before */
	int		 exists;
	int64_t		 attempt;	/* 0: none */
	int64_t		 asked_at;
	char		 final[40];	/* "" unless it was confirmed */
};

void	 state_init(struct state *);
void	 state_clear(struct state *);
/* What the table knows; a row that does not exist is an empty state.  The
 * caller clears the state also after -1. */
int	 state_load(struct db *, const char *id, struct row *,
	    struct state *);
int	 state_save(struct db *, const char *id, const struct row *,
	    const struct state *, int64_t ask, int64_t now);

/* What a status means; one that nobody knows has known 0.  0 or -1. */
int	 meaning_look_up(struct db *, const char *status, struct meaning *);
/* The event whose execution is in the item; 0 or -1. */
int	 item_fill(struct db *, struct item *, enum event_source,
	    const unsigned char *sum, int64_t received);
/* Does the item come after all that was folded? */
int	 item_is_next(const struct item *, const struct state *);
void	 fold(struct state *, const struct item *);
/* The state anew, from all events of the journal in their order; token (of the
 * size in struct execution, or NULL) gets the token that came back.  0 or
 * -1. */
int	 fold_journal(struct db *, const char *id, struct state *,
	    char *token);

#endif
