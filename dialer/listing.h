/*
 * Walking through Bolna's list of an agent's calls.  Contract: Bolna's page
 * "Get all agent executions": both ends of the time are needed, at most seven
 * days apart, pages of at most 50.
 */
#ifndef LISTING_H
#define LISTING_H

#include <stdint.h>

struct account;
struct dialer;
struct json_object;

/* Hand every execution of an agent that was created in from <= t < to to each,
 * some perhaps twice; the object is borrowed.  each returns 0, or -1 when it
 * could not take it in.  1 when the list was whole and all of it taken in;
 * after a message 0 when not, which proves nothing, and -1 when Bolna knows no
 * such agent in this account. */
int	 listing_walk(struct dialer *, const struct account *,
	    const char *agent, int64_t from, int64_t to,
	    int (*each)(void *, struct json_object *), void *arg);

#endif
