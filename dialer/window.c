/*
 * The C library knows time zones; it is asked through TZ, which is safe here
 * because the dialer has one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "window.h"

#define DAY		86400
#define ZONEINFO	"/usr/share/zoneinfo/"
#define ZONE_SIZE	65
/* No zone changes its clock twice within this time. */
#define CALM		(3 * DAY)

/* Open times, rising, with closed ones between them. */
struct times {
	struct {
		int64_t	 opens, closes;
	} *open;
	size_t	 n, room;
};

int
window_zone_known(const char *zone)
{
	char path[sizeof(ZONEINFO) + ZONE_SIZE], magic[4] = "";
	int fd;

	/* A TZ that libc does not find silently becomes UTC, and so does one
	 * that is a directory or another file than a zone. */
	if (*zone == '\0' || *zone == '/' || *zone == '.' ||
	    strstr(zone, "..") != NULL || strlen(zone) >= ZONE_SIZE ||
	    zone[strspn(zone, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/")] != '\0')
		return 0;
	snprintf(path, sizeof(path), ZONEINFO "%s", zone);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		if (errno == ENOMEM || errno == EMFILE || errno == ENFILE)
			fatal(EX_OSERR, "%s", path);
		return 0;
	}
	if (read(fd, magic, sizeof(magic)) != sizeof(magic))
		magic[0] = '\0';
	close(fd);
	return memcmp(magic, "TZif", sizeof(magic)) == 0;
}

/* Without the memory for a zone, libc goes on in UTC; and in UTC too when
 * TZDIR leads it to where there are no zones. */
void
window_localtime(const char *zone)
{
	errno = 0;
	if (unsetenv("TZDIR") == 0 && setenv("TZ", zone, 1) == 0)
		tzset();
	if (errno == ENOMEM)
		fatal(EX_OSERR, NULL);
}

/* Seconds that the wall clock of TZ is ahead of UTC. */
static int64_t
offset_at(int64_t t)
{
	time_t tt = (time_t)t;
	struct tm tm;

	localtime_r(&tt, &tm);
	return tm.tm_gmtoff;
}

/* The first second after from with another offset than from has; to, when
 * there is none up to there. */
static int64_t
offset_until(int64_t from, int64_t to)
{
	int64_t offset = offset_at(from), other = from, middle;

	do {
		from = other;
		if (from >= to)
			return to;
		other = from + CALM < to ? from + CALM : to;
	} while (offset_at(other) == offset);
	while (other - from > 1) {
		middle = from + (other - from) / 2;
		if (offset_at(middle) == offset)
			from = middle;
		else
			other = middle;
	}
	return other;
}

/* What begins where the last one ends, goes on with it. */
static void
times_add(struct times *times, int64_t opens, int64_t closes)
{
	if (opens >= closes)
		return;
	if (times->n > 0 && times->open[times->n - 1].closes == opens) {
		times->open[times->n - 1].closes = closes;
		return;
	}
	if (times->n == times->room) {
		times->room = times->room * 2 + 64;
		times->open = reallocarray(times->open, times->room,
		    sizeof(*times->open));
		if (times->open == NULL)
			fatal(EX_OSERR, NULL);
	}
	times->open[times->n].opens = opens;
	times->open[times->n++].closes = closes;
}

/* The open hours of TZ.  mktime is not asked: an hour that the change to
 * summer time leaves out it makes up, and of one that comes twice it takes the
 * one it likes.  Between two changes the wall clock runs evenly, and what it
 * shows is plain. */
static void
times_of_zone(struct times *times, const struct hours *h, int64_t begin,
    int64_t end)
{
	int64_t until, offset, day, opens, closes;
	int from, to;

	for (; begin < end; begin = until) {
		until = offset_until(begin, end);
		offset = offset_at(begin);
		day = (begin + offset) / DAY - ((begin + offset) % DAY < 0);
		for (; day * DAY - offset < until; day++) {
			if (!week_day(h, day, &from, &to))
				continue;
			opens = day * DAY + from * 60 - offset;
			closes = day * DAY + to * 60 - offset;
			times_add(times, opens > begin ? opens : begin,
			    closes < until ? closes : until);
		}
	}
}

/* Of all there is in times, leave what is in other too. */
static void
times_intersect(struct times *times, const struct times *other)
{
	struct times both = { 0 };
	int64_t opens, closes;
	size_t i = 0, j = 0;

	while (i < times->n && j < other->n) {
		opens = times->open[i].opens > other->open[j].opens ?
		    times->open[i].opens : other->open[j].opens;
		closes = times->open[i].closes < other->open[j].closes ?
		    times->open[i].closes : other->open[j].closes;
		times_add(&both, opens, closes);
		if (times->open[i].closes == closes)
			i++;
		else
			j++;
	}
	free(times->open);
	*times = both;
}

/* The open times of all zones: 0, or -1 when one is not known. */
static int
times_of_zones(struct times *times, const char *zones, const struct hours *h,
    int64_t begin, int64_t end)
{
	struct times own;
	char zone[ZONE_SIZE];
	size_t length;

	times_add(times, begin, end);
	for (;; zones += length + 1) {
		length = strcspn(zones, ",");
		if (length >= sizeof(zone))
			return -1;
		memcpy(zone, zones, length);
		zone[length] = '\0';
		if (!window_zone_known(zone))
			return -1;
		window_localtime(zone);
		memset(&own, 0, sizeof(own));
		times_of_zone(&own, h, begin, end);
		times_intersect(times, &own);
		free(own.open);
		if (zones[length] == '\0')
			return 0;
	}
}

/* The bounds are midnights, so that a window without an end stays the same
 * for a day. */
int
window_next(const char *zones, const struct hours *h, int64_t now,
    int64_t *opens, int64_t *closes)
{
	int64_t midnight = now - (now % DAY + DAY) % DAY;
	struct times times = { 0 };
	size_t i;
	int rc;

	rc = times_of_zones(&times, zones, h, midnight - DAY,
	    midnight + (WINDOW_DAYS + 1) * DAY);
	if (rc == 0) {
		for (i = 0; i < times.n && times.open[i].closes <= now; i++)
			;
		if (i == times.n || times.open[i].opens >= now +
		    WINDOW_DAYS * DAY)
			rc = 1;
		else {
			*opens = times.open[i].opens;
			*closes = times.open[i].closes;
		}
	}
	free(times.open);
	return rc;
}
