/*
 * From a time as it was said to one of the clock.  A bare hour is meant for
 * people who are awake; what has gone by, or does not exist, is no time.
 */
#include <time.h>

#include "outcome_time.h"

#define DAY		86400
#define HORIZON		(180 * DAY)
#define LATEST		21	/* an hour at which people are still awake */
#define EARLIEST	8	/* and the first of the morning */


static int64_t
local(int64_t base, int year, int month, int mday, int hour, int minute)
{
	time_t t = (time_t)base;
	struct tm tm;

	localtime_r(&t, &tm);
	if (month != 0) {
		tm.tm_year = year - 1900;
		tm.tm_mon = month - 1;
	}
	tm.tm_mday = mday;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm);
}

/* An hour that is not one of 24 is meant for people who are awake. */
static void
settle_hour(struct said_time *r, const struct tm *now)
{
	static const int usual[] = { 0, 10, 15, 18, 20 };

	if (r->hour == -1 && r->part != NO_PART) {
		r->hour = usual[r->part];
		r->minute = 0;
		r->exact = 1;
	} else if (r->hour == -1 && r->day != NO_DAY) {
		r->hour = now->tm_hour < 9 ? 9 : now->tm_hour > 19 ? 19 :
		    now->tm_hour;
		r->minute = now->tm_min;
		r->exact = 1;
	} else if (r->hour >= 0 && !r->exact) {
		r->exact = r->part != NO_PART;
		if (r->part == NIGHT && r->hour == 12)
			r->hour = 24;
		else if (r->part == AFTERNOON || r->part == EVENING ||
		    (r->part == NIGHT && r->hour > 5) ||
		    (r->part == NO_PART && r->hour < EARLIEST))
			r->hour += r->hour < 12 ? 12 : 0;
	}
}

/* The day on which r speaks of, as days after today, or -1. */
static int
days_ahead(const struct said_time *r, const struct tm *now)
{
	if (r->day == WEEKDAY)
		return (int)((r->amount - now->tm_wday + 6) % 7) + 1;
	if (r->day == AFTER_DAYS)
		return r->amount > HORIZON / DAY ? -1 : (int)r->amount;
	return 0;
}

/* The next that is still to come, of those without a year or a month. */
static int64_t
on_date(const struct said_time *r, const struct tm *now, int64_t base)
{
	int year = r->year != 0 ? r->year : now->tm_year + 1900;
	int month = r->month != 0 ? r->month : now->tm_mon + 1, again;
	struct tm tm;
	time_t t;
	int64_t at;

	for (again = 0; again < 3; again++) {
		at = local(base, year, month, r->mday, r->hour, r->minute);
		t = (time_t)at;
		localtime_r(&t, &tm);
		if (tm.tm_mday != (r->hour == 24 ? tm.tm_mday : r->mday) ||
		    (r->named != -1 && r->named != tm.tm_wday)) {
			if (r->month != 0)
				return -1;
		} else if (at > base || r->year != 0) {
			return at;
		}
		if (r->month != 0)
			year++;
		else
			month++;
	}
	return -1;
}

static int64_t
on_day(const struct said_time *r, const struct tm *now, int64_t base)
{
	int days = days_ahead(r, now);
	int64_t at;

	if (days < 0)
		return -1;
	at = local(base, 0, 0, now->tm_mday + days, r->hour, r->minute);
	if (at > base)
		return at;
	/* "at 9", said at noon: tonight rather than never. */
	if (!r->exact && r->hour + 12 <= LATEST) {
		at = local(base, 0, 0, now->tm_mday + days, r->hour + 12,
		    r->minute);
		if (at > base)
			return at;
	}
	if (r->day != NO_DAY)
		return -1;
	return local(base, 0, 0, now->tm_mday + 1, r->hour, r->minute);
}

int64_t
said_time(struct said_time *r, int64_t base)
{
	time_t t = (time_t)base;
	struct tm now;
	int64_t at;

	if (r->day == NO_DAY && r->hour == -1 && r->part == NO_PART)
		return 0;
	if (r->day == BAD_DAY)
		return -1;
	localtime_r(&t, &now);
	/* "Later today" names no hour. */
	if (r->day == AFTER_DAYS && r->amount == 0 && r->hour == -1 &&
	    r->part == NO_PART)
		return -1;
	settle_hour(r, &now);
	if (r->day == AFTER_SECS)
		at = base + r->amount;
	else if (r->day == EXACT)
		at = r->amount;
	else if (r->day == DATE)
		at = on_date(r, &now, base);
	else
		at = on_day(r, &now, base);
	return at > base && at <= base + HORIZON ? at : -1;
}
