/*
 * A knock at our own public address, without the secret: who answers?
 */
#ifndef KNOCK_H
#define KNOCK_H

#include <stddef.h>

struct public;
struct http;
struct http_request;

enum knock {
	KNOCK_ADMITTED,		/* the receiver takes webhooks from here */
	KNOCK_REFUSED,		/* it refuses this host, as everybody's but
				   Bolna's */
	KNOCK_FAILED		/* say says what is in the way */
};

/* Who knocks; with another header unless that is NULL. */
enum knock	 knock(struct http *, const struct public *,
		    const char *header, const char *value, char *say,
		    size_t size);
/* What an answer at the address means when it is neither yes nor no. */
void		 knock_fault(const struct http_request *, char *say,
		    size_t size);

#endif
