/*
 * What api.c, api_pages.c and api_stream.c share.
 */
#ifndef API_INT_H
#define API_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "api.h"
#include "sql.h"

#define ASKED_SIZE	256

struct answer;
struct db;
struct pool;
struct request;
struct stmt;
struct writer;

struct api {
	struct pool	*pool;
	struct writer	*writer;
	atomic_int	 requests;	/* under way */
	pthread_mutex_t	 lock;
	int64_t		 reader[API_STREAMS];	/* the account of each stream */
};
#define NO_READER	(-1)

/* Who asks, and what about. */
struct asked {
	const struct request	*r;
	int64_t			 account;	/* 0: all of them */
	const char		*tail;		/* the path behind the route */
	char			 text[3][ASKED_SIZE]; /* bound, so kept here */
	char			*found;		/* likewise, and freed */
};

/* A page: a query whose one row holds its JSON.  bind gives it what was asked
 * for besides the account: 0; -1 when that is not understood; -2 after a
 * message. */
struct page {
	enum sql	 sql;
	int		(*bind)(struct db *, struct stmt *, struct asked *);
};

extern const struct page page_now, page_calls, page_call, page_campaigns,
    page_charts, page_problems, page_why, page_metrics;

enum page_result {
	PAGE_FAILED = -1,	/* after a message */
	PAGE_OK,
	PAGE_BAD,		/* the question is not understood */
	PAGE_ABSENT
};
/* The JSON into *text, for the caller to free. */
enum page_result page_make(struct db *, const struct page *,
	    struct asked *, char **text, size_t *n);

/* The account of a user, 0 for all; -1 when there is none. */
int64_t	 api_account(struct db *, const char *user);

/* Send page "now" whenever it changes, until nobody listens any more. */
void	 api_stream(struct api *, struct asked *);

#endif
