/*
 * A request and its answer, free of FastCGI: server.c fills and sends them,
 * webhook.c and api.c decide.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>

struct request {
	const char	*method;	/* never NULL */
	const char	*path;		/* without the query */
	const char	*address;	/* REMOTE_ADDR, the web server's */
	const char	*gate;		/* CALLSHEET_GATE, NULL when not sent */
	const char	*key;		/* X-Api-Key, NULL when not sent */
	int		 denied;	/* the web server has refused it and
					   taken its body away */
	const char	*length;	/* CONTENT_LENGTH, NULL when not sent */
	/* The console's; each NULL when not sent. */
	const char	*user;		/* REMOTE_USER, the web server's */
	const char	*query;		/* QUERY_STRING */
	const char	*host, *origin, *fetch_site, *marker;	/* headers */
	/* Read exactly n bytes of body; 0, or -1 when there are fewer. */
	int		(*read)(void *, char *, size_t n);
	/* Send a piece of an answer of type text/event-stream at once; NULL
	 * where there is no such thing.  0, or -1 when nobody listens. */
	int		(*send)(void *, const char *, size_t n);
	/* Wait so many milliseconds: 0, or -1 as soon as nobody listens any
	 * more or this program is to end. */
	int		(*wait)(void *, int ms);
	void		*arg;
};

#define ANSWER_SIZE 2048

struct answer {
	int		 status;
	int		 retry_after;	/* seconds; 0: no such header */
	const char	*type;
	const char	*allow;		/* with 405 */
	int		 sent;		/* by send: nothing is left to say */
	char		*text;		/* instead of body; freed by server.c */
	size_t		 size;
	char		 body[ANSWER_SIZE];
};

#endif
