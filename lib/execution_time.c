/*
 * Bolna's times: three spellings of one format, mixed within one record, and
 * now and then a bare number.  strptime would take half a time for a whole one.
 */
#include <string.h>
#include <time.h>

#include "execution.h"

#define DIGITS		"0123456789"
#define SECS_MIN	100000000LL		/* 1973: less is no time */
#define SECS_END	100000000000LL		/* from here on milliseconds */
#define MSECS_END	100000000000000LL

/* Read exactly n digits and move on; -1 when they are not there. */
static int
digits(const char **s, size_t n)
{
	int v = 0;

	if (strspn(*s, DIGITS) < n)
		return -1;
	while (n-- > 0)
		v = v * 10 + *(*s)++ - '0';
	return v;
}

/* Read up to nine digits of a second's fraction as milliseconds. */
static int
fraction(const char **s)
{
	size_t n;
	int i, ms = 0;

	if (**s != '.')
		return 0;
	n = strspn(++*s, DIGITS);
	if (n == 0 || n > 9)
		return -1;
	for (i = 0; i < 3; i++)
		ms = ms * 10 + ((size_t)i < n ? (*s)[i] - '0' : 0);
	*s += n;
	return ms;
}

/* Seconds east of UTC of "Z", "+HH", "+HHMM", "+HH:MM" or of nothing, which
 * means UTC: compared with the clock of a receiver.  0, or -1. */
static int
zone(const char *s, int *east)
{
	int hours, minutes = 0, sign;

	*east = 0;
	if (*s == '\0' || strcmp(s, "Z") == 0 || strcmp(s, "z") == 0)
		return 0;
	if (*s != '+' && *s != '-')
		return -1;
	sign = *s++ == '-' ? -1 : 1;
	if ((hours = digits(&s, 2)) == -1 || hours > 15)
		return -1;
	if (*s != '\0') {
		s += *s == ':';
		minutes = digits(&s, 2);
		if (minutes < 0 || minutes > 59 || *s != '\0')
			return -1;
	}
	*east = sign * (hours * 3600 + minutes * 60);
	return 0;
}

static int
month_days(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	if (month == 2 && year % 4 == 0 &&
	    (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* "YYYY-MM-DD" and "HH:MM:SS" into tm, s moves behind them.  0, or -1. */
static int
date_and_time(const char **s, struct tm *tm)
{
	int year, month, day;

	memset(tm, 0, sizeof(*tm));
	year = digits(s, 4);
	if (year < 1970 || *(*s)++ != '-')
		return -1;
	month = digits(s, 2);
	if (month < 1 || month > 12 || *(*s)++ != '-')
		return -1;
	day = digits(s, 2);
	if (day < 1 || day > month_days(year, month) ||
	    **s == '\0' || strchr("Tt ", *(*s)++) == NULL)
		return -1;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = day;
	tm->tm_hour = digits(s, 2);
	if (tm->tm_hour < 0 || tm->tm_hour > 23 || *(*s)++ != ':')
		return -1;
	tm->tm_min = digits(s, 2);
	if (tm->tm_min < 0 || tm->tm_min > 59 || *(*s)++ != ':')
		return -1;
	tm->tm_sec = digits(s, 2);
	/* 60 is a leap second; timegm makes it the next minute's 0 */
	return tm->tm_sec < 0 || tm->tm_sec > 60 ? -1 : 0;
}

/* All of s as an epoch number.  Seconds and milliseconds cannot be mistaken
 * for each other between 1973 and 5138. */
static int64_t
epoch(const char *s)
{
	int64_t v = 0;
	int ms;

	if (strspn(s, DIGITS) > 15)
		return 0;
	for (; *s >= '0' && *s <= '9'; s++)
		v = v * 10 + *s - '0';
	if ((ms = fraction(&s)) == -1 || *s != '\0')
		return 0;
	if (v >= SECS_MIN && v < SECS_END)
		return v * 1000 + ms;
	return v >= SECS_END && v < MSECS_END ? v : 0;
}

int64_t
execution_time(const char *s)
{
	struct tm tm;
	int64_t t;
	int east, ms;

	if (s == NULL)
		return 0;
	if (s[strspn(s, DIGITS ".")] == '\0')
		return epoch(s);
	if (date_and_time(&s, &tm) == -1 || (ms = fraction(&s)) == -1 ||
	    zone(s, &east) == -1)
		return 0;
	t = ((int64_t)timegm(&tm) - east) * 1000 + ms;
	return t > 0 ? t : 0;
}
