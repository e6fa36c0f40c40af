/*
 * What deliver.c asks of lanes; the rest is in deliver.h.
 */
#ifndef LANE_H
#define LANE_H

#include <stdint.h>

struct answer;
struct dialer;
struct lane;

/* 1, 2, 4, ... seconds for the first, second, third time, at most max, and up
 * to half as much again, so that not all come back at once. */
int64_t	 lane_backoff(int n, int64_t max);
/* Until when it rests after such an answer; what it asks for goes before. */
int64_t	 lane_rest(const struct lane *, const struct answer *);
/* Into table lane: it fails and rests until then, or it is well again.  0 or
 * -1; inside a transaction. */
int	 lane_fail(struct dialer *, const struct lane *, const char *kind,
	    const struct answer *, int64_t until);
int	 lane_well(struct dialer *, struct lane *);

#endif
