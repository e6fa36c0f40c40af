/*
 * HTTP for the dialer, over libcurl: many requests at a time, each sent at
 * most once, with the facts that tell "surely not sent" from "may have
 * arrived".  Only http.c knows curl.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

struct http;

#define HTTP_NO_MEMORY	"not sent: out of memory"	/* an error */

struct http_request {
	const char	*method;	/* "GET", "POST", "PATCH" */
	const char	*url;
	const char	*bearer;	/* token, or NULL */
	const char	*type;		/* content type of body, or NULL */
	const char	*body;
	size_t		 bodysz;
	long		 timeout_ms;	/* whole exchange; 0: 30 s */
	int		 once;		/* a fresh connection, not reused
					   afterwards: libcurl repeats a POST
					   on a dead kept-alive connection
					   (curl pull request 18417) */
	const char	*extra;		/* another header, or NULL */
	const char	*value;		/* what it holds */
	int		 gzip;		/* ask for a compressed answer */
	/* Called once, after the connection stands and before the first byte
	 * of the request leaves; non-zero aborts, unsent. */
	int		(*ready)(void *);
	/* Takes the body of a 2xx answer as it arrives instead of
	 * reply.body; non-zero aborts. */
	int		(*sink)(void *, const char *, size_t);
	void		*arg;

	/* the reply */
	long		 status;	/* 0: none arrived */
	char		*reply;		/* NUL-terminated; NULL: none */
	size_t		 replysz;
	char		 reply_type[64];	/* media type, lower case,
						   without parameters */
	int		 over;		/* begun with http_begin, and over */
	int		 sent;		/* 0: provably no byte of it left */
	int64_t		 date;		/* the answer's Date, epoch; 0 none */
	long		 retry_after;	/* seconds, -1: not said */
	char		 error[256];	/* "" or why there is no full answer */
};

/* NULL after a logged message.  agent is the User-Agent. */
struct http	*http_open(const char *agent);
void		 http_close(struct http *);

/* Carry out n requests, at most parallel at a time, and return when all are
 * over; results are in the requests. */
void	 http_run(struct http *, struct http_request *, size_t n,
	    size_t parallel);
/* Begin a request and do not wait: it goes on during http_run and http_wait,
 * whatever those are about, and must stay where it is until it is over. */
void	 http_begin(struct http *, struct http_request *);
/* Sleep, but for what has begun: 0, or -1 at once when a signal comes. */
int	 http_wait(struct http *, int64_t ms);
/* End what has begun and is not over: nobody waits for it any more. */
void	 http_drop(struct http *);
/* By how many seconds the last answer to http_run had a Date ahead of our
 * clock: 0, or -1 when there was none yet. */
int	 http_skew(const struct http *, int64_t *secs);
/* Release the reply of one request. */
void	 http_clear(struct http_request *);

#endif
