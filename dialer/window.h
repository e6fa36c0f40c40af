/*
 * Calling hours in time zones.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdint.h>

#include "week.h"

/* How far ahead a window is looked for. */
#define WINDOW_DAYS	40

/* True when this host knows the IANA zone. */
int	 window_zone_known(const char *zone);

/* When all of the zones, IANA names separated by commas, have open hours at
 * once: the time that is now, or else the next, *opens <= t < *closes, epoch
 * seconds.  Days and holidays are those of the calendar there.  What goes on
 * over midnight is one window; its bounds are looked for from one to two days
 * back and some forty ahead.  0; 1 when none begins within WINDOW_DAYS, -1
 * when a zone is not known.  Changes TZ of the process. */
int	 window_next(const char *zones, const struct hours *, int64_t now,
	    int64_t *opens, int64_t *closes);

/* The process's local time is that of the zone from here on. */
void	 window_localtime(const char *zone);

#endif
