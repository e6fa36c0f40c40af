/*
 * Calling hours in a time zone.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdint.h>

/* True when this host knows the IANA zone. */
int	 window_zone_known(const char *zone);

/* The window "HH:MM-HH:MM" that is open at now in the zone, or the next one:
 * *opens <= t < *closes, epoch seconds.  0, or -1 when the zone is not known
 * or the window is malformed.  Changes TZ of the process. */
int	 window_next(const char *zone, const char *window, int64_t now,
	    int64_t *opens, int64_t *closes);

/* The process's local time is that of the zone from here on. */
void	 window_localtime(const char *zone);

/* True for "HH:MM-HH:MM" with a beginning before its end. */
int	 window_valid(const char *window);

#endif
