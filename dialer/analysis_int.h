/*
 * What analysis.c and analyst.c share: who asks, and a question on its way.
 */
#ifndef ANALYSIS_INT_H
#define ANALYSIS_INT_H

#include <stdint.h>

#include "deliver.h"
#include "openai.h"
#include "prompt.h"

struct analyst {			/* of an account */
	const char	*account;
	const char	*model;
	const char	*prompt_id[PROMPT_KINDS];	/* or NULL */
	char		*key;
	struct prompt	 prompt[PROMPT_KINDS];
	int64_t		 cap;		/* tokens a day */
	char		*lane_name;
	struct lane	 lane;
};

struct job {				/* of a post */
	struct dialer		*dialer;
	enum prompt_kind	 kind;
	struct analyst		*analyst;
	struct openai_question	 question;
	struct openai_answer	 answer;
	char			 phone[64];
	int64_t			 calls;		/* with this number */
	double			 score;		/* their average, < 0: none */
	int64_t			 day;
	int64_t			 reserved;	/* by all tries */
	int64_t			 latest;	/* of it, by the latest */
	int64_t			 unseen;	/* by those without an end */
	int64_t			 input, output;	/* tokens of all tries */
	int64_t			 requests;
	int64_t			 begun_ms, millis;
};

/* Where questions of the post's account go; NULL: nothing is analysed (any
 * more).  Where its tokens of the day are used, the lane rests. */
struct lane	*analyst_lane(struct dialer *, const struct post *);
/* Count what the post's request may take, before it leaves; and when it is
 * over, what it took. */
void		 tokens_reserve(struct dialer *, const struct post *);
void		 tokens_settle(struct dialer *, const struct post *);

#endif
