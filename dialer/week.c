/*
 * Hours are arithmetic on the days of a calendar; no clock or zone is known
 * here, so that all of it can be thought through without them.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <time.h>

#include "week.h"
#include "log.h"

#define WEEK	7
#define DAY	86400
#define BLANK	" \t\r"

static const char names[WEEK][4] = { "sun", "mon", "tue", "wed", "thu", "fri",
    "sat" };

/* Is text like form, in which each 0 stands for a digit? */
static int
has_form(const char *text, const char *form)
{
	for (; *form != '\0'; text++, form++)
		if (*form == '0' ? !isdigit((unsigned char)*text) :
		    *text != *form)
			return 0;
	return 1;
}

/* Two digits each: "9:5" could be read in two ways. */
int
week_window(struct hours *h, const char *text, char why[WEEK_WHY])
{
	unsigned int h1, m1, h2, m2;
	int i;

	if (!has_form(text, "00:00-00:00") || text[11] != '\0' ||
	    sscanf(text, "%2u:%2u-%2u:%2u", &h1, &m1, &h2, &m2) != 4 ||
	    m1 > 59 || m2 > 59 || h2 > 24 || (h2 == 24 && m2 != 0) ||
	    h1 * 60 + m1 >= h2 * 60 + m2) {
		snprintf(why, WEEK_WHY, "must be HH:MM-HH:MM, beginning "
		    "before its end, not '%.40s'", text);
		return -1;
	}
	for (i = 0; i < WEEK; i++) {
		h->day[i].from = (int)(h1 * 60 + m1);
		h->day[i].to = (int)(h2 * 60 + m2);
	}
	return 0;
}

/* The weekday at *s, which moves behind it; -1 when there is none. */
static int
weekday(const char **s)
{
	size_t length;
	int i;

	*s += strspn(*s, BLANK);
	length = strspn(*s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	for (i = 0; i < WEEK; i++)
		if (length == 3 && strncasecmp(*s, names[i], 3) == 0)
			break;
	if (i == WEEK)
		return -1;
	*s += length;
	*s += strspn(*s, BLANK);
	return i;
}

/* "mon" or "fri-mon" at *s, which moves behind it: marks its days. */
static int
days_marked(const char **s, int marked[WEEK])
{
	int first = weekday(s), last = first;

	if (first == -1)
		return -1;
	if (**s == '-') {
		++*s;
		if ((last = weekday(s)) == -1)
			return -1;
	}
	for (; first != last; first = (first + 1) % WEEK)
		marked[first] = 1;
	marked[last] = 1;
	return 0;
}

/* Behind a comma there is another day, and nothing behind the last. */
static int
days_of(const char *s, int marked[WEEK])
{
	if (strcasecmp(s, "all") == 0)
		s = "sun-sat";
	do {
		if (days_marked(&s, marked) == -1)
			return -1;
	} while (*s++ == ',');
	return s[-1] == '\0' ? 0 : -1;
}

int
week_days(struct hours *h, const char *text, char why[WEEK_WHY])
{
	int marked[WEEK] = { 0 }, i;

	if (days_of(text, marked) == -1) {
		snprintf(why, WEEK_WHY, "must be like mon-fri or mon,wed,sat "
		    "or all, not '%.40s'", text);
		return -1;
	}
	for (i = 0; i < WEEK; i++)
		if (!marked[i])
			h->day[i].from = h->day[i].to = 0;
	return 0;
}

/* The day of a date "YYYY-MM-DD": 0, or -1 when there is no such day.  timegm
 * would make the second of March of the thirtieth of February. */
static int
date(const char *s, int64_t *day)
{
	struct tm tm = { 0 };
	int month, mday;
	time_t t;

	if (!has_form(s, "0000-00-00") || sscanf(s, "%4d-%2d-%2d",
	    &tm.tm_year, &month, &mday) != 3)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = mday;
	t = timegm(&tm);
	*day = t / DAY - (t % DAY < 0);
	return tm.tm_mon == month - 1 && tm.tm_mday == mday ? 0 : -1;
}

static int
earlier(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
add(struct hours *h, int64_t day)
{
	/* Doubled at each power of two. */
	if ((h->nholidays & (h->nholidays - 1)) == 0 && (h->holiday =
	    reallocarray(h->holiday, h->nholidays == 0 ? 1 : h->nholidays * 2,
	    sizeof(*h->holiday))) == NULL)
		fatal(EX_OSERR, NULL);
	h->holiday[h->nholidays++] = day;
}

/* Any order will do, as in a list that grew with the years. */
static void
sort(struct hours *h)
{
	if (h->nholidays > 1)
		qsort(h->holiday, h->nholidays, sizeof(*h->holiday), earlier);
}

/* One line: a date and its name, a comment, or nothing. */
static int
line_taken(struct hours *h, const char *s)
{
	int64_t day;

	if (strchr("\n#;", *s) != NULL)
		return 0;
	if (date(s, &day) == -1 || strchr(BLANK "\n#;", s[10]) == NULL)
		return -1;
	add(h, day);
	return 0;
}

int
week_holidays(struct hours *h, const char *text, char why[WEEK_WHY])
{
	struct hours taken = { 0 };
	size_t number = 1, length;
	const char *s;

	/* Some editors begin a file with a byte order mark. */
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	for (s = text; *s != '\0'; s += *s == '\n', number++) {
		s += strspn(s, BLANK);
		if (line_taken(&taken, s) == -1) {
			length = strcspn(s, BLANK "\n");
			snprintf(why, WEEK_WHY, "line %zu: '%.*s' is no "
			    "date; write it as 2026-12-25", number,
			    length < 40 ? (int)length : 40, s);
			week_free(&taken);
			return -1;
		}
		s += strcspn(s, "\n");
	}
	sort(&taken);
	free(h->holiday);
	h->holiday = taken.holiday;
	h->nholidays = taken.nholidays;
	return 0;
}

int
week_unite(struct hours *h, const struct hours *other, char why[WEEK_WHY])
{
	struct hours sum = *h;
	int i;

	for (i = 0; i < WEEK; i++) {
		if (other->day[i].from >= other->day[i].to)
			continue;
		if (sum.day[i].from >= sum.day[i].to) {
			sum.day[i] = other->day[i];
			continue;
		}
		if (sum.day[i].from > other->day[i].to ||
		    sum.day[i].to < other->day[i].from) {
			snprintf(why, WEEK_WHY, "give %s two windows",
			    names[i]);
			return -1;
		}
		if (sum.day[i].from > other->day[i].from)
			sum.day[i].from = other->day[i].from;
		if (sum.day[i].to < other->day[i].to)
			sum.day[i].to = other->day[i].to;
	}
	*h = sum;
	return 0;
}

int
week_intersect(struct hours *h, const struct hours *other,
    char why[WEEK_WHY])
{
	int i, open = 0;
	size_t n;

	for (i = 0; i < WEEK; i++) {
		if (h->day[i].from < other->day[i].from)
			h->day[i].from = other->day[i].from;
		if (h->day[i].to > other->day[i].to)
			h->day[i].to = other->day[i].to;
		if (h->day[i].from < h->day[i].to)
			open = 1;
		else
			h->day[i].from = h->day[i].to = 0;
	}
	for (n = 0; n < other->nholidays; n++)
		add(h, other->holiday[n]);
	sort(h);
	if (!open)
		snprintf(why, WEEK_WHY, "have no minute of the week in "
		    "common");
	return open ? 0 : -1;
}

void
week_free(struct hours *h)
{
	free(h->holiday);
	memset(h, 0, sizeof(*h));
}

int
week_day(const struct hours *h, int64_t day, int *from, int *to)
{
	/* 1970-01-01 was a Thursday. */
	int weekday_of = (int)(((day + 4) % WEEK + WEEK) % WEEK);

	*from = h->day[weekday_of].from;
	*to = h->day[weekday_of].to;
	return *from < *to && (h->nholidays == 0 || bsearch(&day, h->holiday,
	    h->nholidays, sizeof(*h->holiday), earlier) == NULL);
}
