/*
 * The C library knows time zones; it is asked through TZ, which is safe here
 * because the dialer has one thread.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "window.h"

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
	if ((fp = fopen(path, "re")) == NULL)
		return 0;
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

/* mktime settles what the day's change to or from summer time means. */
static int64_t
at_minute(struct tm day, int minute)
{
	day.tm_hour = minute / 60;
	day.tm_min = minute % 60;
	day.tm_sec = 0;
	day.tm_isdst = -1;
	return mktime(&day);
}

int
window_next(const char *zone, const char *window, int64_t now,
    int64_t *opens, int64_t *closes)
{
	time_t t = (time_t)now;
	struct tm today, day;
	int from, to, i;

	if (parse(window, &from, &to) == -1 || !window_zone_known(zone))
		return -1;
	setenv("TZ", zone, 1);
	tzset();
	localtime_r(&t, &today);
	for (i = 0; i < 3; i++) {
		day = today;
		day.tm_mday += i;
		*opens = at_minute(day, from);
		*closes = at_minute(day, to);
		if (*closes > now)
			return 0;
	}
	return -1;
}
