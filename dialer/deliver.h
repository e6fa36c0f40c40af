/*
 * The deliver phase: what other services are told or asked, each thing once
 * (table post).  Nobody waits for a service: requests are begun here, go on
 * while the pass does other things, and are concluded when they are over.
 *
 * What is promised to a service that implements struct service:
 *   - a post is claimed in the database before its request leaves, so that no
 *     other pass sends it too;
 *   - after VERDICT_OK it never comes again; what store() writes and that the
 *     post is over are one transaction;
 *   - after VERDICT_TEMPFAIL it comes again after 1, 2, 4, ... seconds, also
 *     in a later pass, until tries or age end it with the reason kept;
 *   - of a pass that died meanwhile nothing is left but the claim: then it is
 *     as if the answer had been VERDICT_UNKNOWN.
 */
#ifndef DELIVER_H
#define DELIVER_H

#include <stdint.h>

#include "http.h"
#include "verdict.h"

struct dialer;
struct post;

/* One address or key: when one post to it fails, the others wait too. */
struct lane {
	const char	*name;		/* of table lane, for messages */
	int64_t		 account;
	int64_t		 next_ms;	/* monotonic: the service's rate */
	int64_t		 until;		/* epoch: it failed and rests */
	long		 timeout_ms;	/* of one request; 0: the service's */
	size_t		 out;		/* requests under way */
	int		 fails;		/* in a row */
	int		 off;		/* refused: not again in this run */
};

struct answer {
	enum verdict	 verdict;
	int		 refused;	/* with PERMFAIL: the lane, not this
					   post, which waits */
	int		 again;		/* with PERMFAIL: compose it anew, once
					   more, and send that */
	int64_t		 after;		/* seconds the lane asks to be left
					   alone, or 0 */
	char		 why[256];	/* a sentence, unless OK */
};

struct service {
	const char	*kind;		/* of table post */
	int		 tries;		/* then it is given up */
	int64_t		 keep;		/* seconds; likewise */
	size_t		 parallel;	/* requests of one lane at a time */
	int64_t		 gap_ms;	/* between two in one lane */
	long		 timeout_ms;	/* of one request */
	int		 repeats;	/* 1: asking twice does no harm; 0:
					   VERDICT_UNKNOWN is tried once more,
					   late, and then given up */
	/* Where it goes; NULL: that is not set up (any more). */
	struct lane	*(*lane)(struct dialer *, const struct post *);
	/* Fill post->request, with url and body owned: 0, or -1 with why it
	 * can never be done. */
	int		 (*compose)(struct dialer *, struct post *,
			    char *why, size_t);
	/* What came back; reads only. */
	void		 (*judge)(struct dialer *, struct post *,
			    struct answer *);
	/* What VERDICT_OK brings, in the transaction that ends the post: 0 or
	 * -1.  May be NULL. */
	int		 (*store)(struct dialer *, struct post *);
	/* Release post->data.  May be NULL. */
	void		 (*clear)(struct post *);
};

struct post {
	int64_t			 id, account, created_at;
	int64_t			 attempt;	/* 0: an alarm */
	int64_t			 campaign;	/* of the attempt, or 0 */
	char			*text;		/* of an alarm, or NULL */
	int			 tries;
	int			 doubt;		/* it may have been taken */
	int			 again;		/* composed anew */
	struct http_request	 request;
	void			*data;		/* the service's own */
	/* deliver.c's */
	const struct service	*service;
	struct lane		*lane;
	struct answer		 answer;
	int			 begun, judged;
	struct post		*next;
};

/* Which ends of a campaign's calls become posts of this kind: from now on a row
 * appears in the transaction that confirms such an end.  statuses is a JSON
 * array of words of table disposition.  0 or -1; inside a transaction. */
int	 notify_set(struct dialer *, int64_t campaign, const char *kind,
	    const char *statuses);
/* What a lane's row says, so that its rest outlives a pass; 0 or -1. */
int	 lane_open(struct dialer *, struct lane *);

/* Conclude what is over and begin what is due; returns at once. */
void	 deliver(struct dialer *);
/* The pass ends: wait for what is under way, and go on beginning what would be
 * over by then.  After a signal only for a moment. */
void	 deliver_finish(struct dialer *);
void	 deliver_close(struct dialer *);

#endif
