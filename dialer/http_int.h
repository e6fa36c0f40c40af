/*
 * What the http*.c files share and nobody else needs.
 */
#ifndef HTTP_INT_H
#define HTTP_INT_H

#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

struct http_request;

#define TIMEOUT_MS	30000L	/* of a request that names none */

struct http {
	CURLM	*multi;
	char	*agent;
	char	*agent_gzip;	/* Google packs only for such a name */
	int64_t	 skew;		/* of the last answer that had a Date */
	int	 has_skew;
	struct transfer	*begun;	/* by http_begin; not over */
};

struct transfer {
	struct http_request	*req;
	size_t			*live;		/* of http_run, else NULL */
	int64_t			 end_ms;	/* of one begun; monotonic */
	struct transfer		*next;		/* of those begun */
	CURL			*easy;
	CURLU			*url;
	struct curl_slist	*headers;
	size_t			 cap;
	size_t			 room;		/* allocated for the reply */
	int			 starts;	/* times it began to leave */
	const char		*stopped;	/* why we ended it ourselves */
	char			 error[CURL_ERROR_SIZE];
};

/* Give t's handle all that its request needs: 0, or -1 with the reason in
 * t->stopped, which is NULL when memory runs out. */
int	 transfer_prepare(const struct http *, struct transfer *);

#endif
