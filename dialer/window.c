/*
 * The C library knows time zones; it is asked through TZ, which is safe here
 * because the dialer has one thread.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "log.h"
#include "window.h"

#define DAY	86400
/* No zone is further from UTC than 14 hours, nor from itself a day later. */
#define EDGE	(15 * 3600)

int
window_zone_known(const char *zone)
{
	char path[256], magic[4] = "";
	FILE *fp;

	/* A TZ that libc does not find silently becomes UTC, and so does one
	 * that is a directory or another file than a zone. */
	if (*zone == '\0' || *zone == '/' || *zone == '.' ||
	    strstr(zone, "..") != NULL || strlen(zone) > 64 ||
	    zone[strspn(zone, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/")] != '\0')
		return 0;
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", zone);
	if ((fp = fopen(path, "re")) == NULL) {
		if (errno == ENOMEM)
			fatal(EX_OSERR, NULL);
		return 0;
	}
	if (fread(magic, 1, sizeof(magic), fp) != sizeof(magic))
		magic[0] = '\0';
	fclose(fp);
	return memcmp(magic, "TZif", sizeof(magic)) == 0;
}

/* Minutes after midnight.  Two digits each: "9:5" could be read in two ways. */
static int
parse(const char *window, int *from, int *to)
{
	static const char form[] = "00:00-00:00";
	unsigned int h1, m1, h2, m2;
	size_t i;

	for (i = 0; i < sizeof(form); i++)
		if (form[i] == '0' ? !isdigit((unsigned char)window[i]) :
		    window[i] != form[i])
			return -1;
	if (sscanf(window, "%2u:%2u-%2u:%2u", &h1, &m1, &h2, &m2) != 4 ||
	    m1 > 59 || m2 > 59 || h1 > 23 || h2 > 24 || (h2 == 24 && m2 != 0))
		return -1;
	*from = (int)(h1 * 60 + m1);
	*to = (int)(h2 * 60 + m2);
	return *from < *to ? 0 : -1;
}

int
window_valid(const char *window)
{
	int from, to;

	return parse(window, &from, &to) == 0;
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
 * there is none up to there.  No zone changes twice within three days. */
static int64_t
offset_until(int64_t from, int64_t to)
{
	int64_t offset = offset_at(from), middle;

	if (offset_at(to) == offset)
		return to;
	while (to - from > 1) {
		middle = from + (to - from) / 2;
		if (offset_at(middle) == offset)
			from = middle;
		else
			to = middle;
	}
	return to;
}

/* The hours of one day that are not over at now.  mktime is not asked: an
 * hour that the change to summer time leaves out it makes up, and of one that
 * comes twice it takes the one it likes.  Before and after a change the day
 * has an offset each, and what the wall clock shows is plain. */
static int
hours_of(int64_t day, int from, int to, int64_t now, int64_t *opens,
    int64_t *closes)
{
	int64_t begin = day - EDGE, end = day + DAY + EDGE, until, o, c;

	*opens = *closes = INT64_MIN;
	for (; begin < end; begin = until) {
		until = offset_until(begin, end);
		o = day + from * 60 - offset_at(begin);
		c = day + to * 60 - offset_at(begin);
		o = o > begin ? o : begin;
		c = c < until ? c : until;
		if (o >= c)
			continue;
		if (*closes < o && *closes > now)
			break;
		if (*closes < o)
			*opens = o;	/* else nothing lies between */
		*closes = c;
	}
	return *closes > now;
}

/* Without the memory for a zone, libc goes on in UTC. */
void
window_localtime(const char *zone)
{
	errno = 0;
	if (setenv("TZ", zone, 1) == 0)
		tzset();
	if (errno == ENOMEM)
		fatal(EX_OSERR, NULL);
}

int
window_next(const char *zone, const char *window, int64_t now,
    int64_t *opens, int64_t *closes)
{
	int64_t today, o = 0, c = 0;
	int from, to, i;

	if (parse(window, &from, &to) == -1 || !window_zone_known(zone))
		return -1;
	window_localtime(zone);
	/* Midnight of the person's day, as if it were one in UTC. */
	today = now + offset_at(now);
	today -= (today % DAY + DAY) % DAY;
	for (i = 0; i < 3; i++)
		if (hours_of(today + i * DAY, from, to, now, &o, &c)) {
			*opens = o;
			*closes = c;
			return 0;
		}
	return -1;
}
