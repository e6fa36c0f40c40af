/*
 * A request and its answer, free of FastCGI: server.c fills and sends them,
 * webhook.c decides.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>

struct request {
	const char	*method;	/* never NULL */
	const char	*path;		/* without the query */
	const char	*address;	/* REMOTE_ADDR, the web server's */
	const char	*gate;		/* CALLSHEET_GATE, NULL when not sent */
	int		 denied;	/* the web server has refused it and
					   taken its body away */
	const char	*length;	/* CONTENT_LENGTH, NULL when not sent */
	const char	*user;		/* REMOTE_USER, the web server's */
	/* Read exactly n bytes of body; 0, or -1 when there are fewer. */
	int		(*read)(void *, char *, size_t n);
	void		*arg;
};

#define ANSWER_SIZE 2048

struct answer {
	int		 status;
	int		 retry_after;	/* seconds; 0: no such header */
	const char	*type;
	const char	*allow;		/* with 405 */
	char		 body[ANSWER_SIZE];
};

#endif
