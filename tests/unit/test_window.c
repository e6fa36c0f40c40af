/* What window.h promises: nobody is called outside the hours of their zone,
 * whatever the clocks there do.  Another way to the same answers, minute by
 * minute, is in test_window_oracle.c. */
#include "unit.h"

#include <sys/resource.h>

#include <time.h>

#include "window.h"

/* The epoch second of a UTC date. */
static int64_t
utc(int year, int month, int day, int hour, int minute, int second)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1,
	    .tm_mday = day, .tm_hour = hour, .tm_min = minute,
	    .tm_sec = second };

	return timegm(&tm);
}

/* The same window on all days that are named. */
static struct hours
hours(const char *window, const char *days, const char *holidays)
{
	struct hours h = { 0 };
	char why[WEEK_WHY];

	if (week_window(&h, window, why) == -1 ||
	    week_days(&h, days, why) == -1 ||
	    week_holidays(&h, holidays, why) == -1)
		fail_msg("%s", why);
	return h;
}

static void
opens_on(const char *zones, struct hours h, int64_t now, int64_t from,
    int64_t to)
{
	int64_t opens_at = 0, closes_at = 0;

	assert_int_equal(window_next(zones, &h, now, &opens_at, &closes_at),
	    0);
	week_free(&h);
	assert_int_equal(opens_at, from);
	assert_int_equal(closes_at, to);
}

static void
opens(const char *zones, const char *window, int64_t now, int64_t from,
    int64_t to)
{
	opens_on(zones, hours(window, "all", ""), now, from, to);
}

static void
never_opens(const char *zones, struct hours h, int64_t now)
{
	int64_t a, b;

	assert_int_equal(window_next(zones, &h, now, &a, &b), 1);
	week_free(&h);
}

static void
test_the_window_is_that_of_the_zone_and_not_of_the_host(void **state)
{
	int64_t now = utc(2026, 8, 21, 5, 0, 0);

	(void)state;
	setenv("TZ", "America/New_York", 1);
	opens("Asia/Kolkata", "09:00-21:00", now,
	    utc(2026, 8, 21, 3, 30, 0), utc(2026, 8, 21, 15, 30, 0));
	opens("Europe/Berlin", "09:00-21:00", now,
	    utc(2026, 8, 21, 7, 0, 0), utc(2026, 8, 21, 19, 0, 0));
	opens("UTC", "09:00-21:00", now,
	    utc(2026, 8, 21, 9, 0, 0), utc(2026, 8, 21, 21, 0, 0));
}

static void
test_the_first_second_is_inside_and_the_last_is_not(void **state)
{
	int64_t from = utc(2026, 8, 21, 9, 0, 0);
	int64_t to = utc(2026, 8, 21, 21, 0, 0);

	(void)state;
	opens("UTC", "09:00-21:00", from - 1, from, to);
	opens("UTC", "09:00-21:00", from, from, to);
	opens("UTC", "09:00-21:00", to - 1, from, to);
	opens("UTC", "09:00-21:00", to, from + 86400, to + 86400);
}

static void
test_the_day_is_the_one_that_the_person_has(void **state)
{
	(void)state;
	/* 23:30 UTC is the next day's 05:00 in India ... */
	opens("Asia/Kolkata", "09:00-21:00", utc(2026, 8, 21, 23, 30, 0),
	    utc(2026, 8, 22, 3, 30, 0), utc(2026, 8, 22, 15, 30, 0));
	/* ... and 01:00 UTC still the evening before in New York. */
	opens("America/New_York", "09:00-21:30", utc(2026, 8, 22, 1, 0, 0),
	    utc(2026, 8, 21, 13, 0, 0), utc(2026, 8, 22, 1, 30, 0));
	opens("Pacific/Kiritimati", "00:01-24:00", utc(2026, 12, 31, 9, 59, 59),
	    utc(2026, 12, 30, 10, 1, 0), utc(2026, 12, 31, 10, 0, 0));
	opens("Pacific/Kiritimati", "00:01-24:00", utc(2026, 12, 31, 10, 0, 0),
	    utc(2026, 12, 31, 10, 1, 0), utc(2027, 1, 1, 10, 0, 0));
	opens("UTC", "09:00-21:00", utc(2028, 2, 28, 22, 0, 0),
	    utc(2028, 2, 29, 9, 0, 0), utc(2028, 2, 29, 21, 0, 0));
}

static void
test_windows_that_touch_at_midnight_are_one(void **state)
{
	int64_t friday = utc(2026, 8, 21, 0, 0, 0), day = 86400;

	(void)state;
	/* From Friday to Sunday in New York, one long window ... */
	opens_on("America/New_York", hours("00:00-24:00", "fri-sun", ""),
	    friday + day + 7200, friday + 4 * 3600,
	    friday + 3 * day + 4 * 3600);
	/* ... which Saturday's holiday cuts in two. */
	opens_on("America/New_York", hours("00:00-24:00", "fri-sun",
	    "2026-08-22"), friday + day + 7200, friday + 4 * 3600,
	    friday + day + 4 * 3600);
	opens_on("America/New_York", hours("00:00-24:00", "fri-sun",
	    "2026-08-22"), friday + day + 4 * 3600,
	    friday + 2 * day + 4 * 3600, friday + 3 * day + 4 * 3600);
}

static void
test_a_window_without_an_end_has_bounds_that_stand_still_for_a_day(void **state)
{
	int64_t midnight = utc(2026, 8, 22, 0, 0, 0), day = 86400;

	(void)state;
	opens("Asia/Kolkata", "00:00-24:00", midnight, midnight - day,
	    midnight + (WINDOW_DAYS + 1) * day);
	opens("Asia/Kolkata", "00:00-24:00", midnight + day - 1,
	    midnight - day, midnight + (WINDOW_DAYS + 1) * day);
	opens("Asia/Kolkata", "00:00-24:00", midnight - 1,
	    midnight - 2 * day, midnight + WINDOW_DAYS * day);
}

static void
test_summer_time_moves_the_window_with_the_wall_clock(void **state)
{
	(void)state;
	/* Berlin, 29 March 2026: 02:00 becomes 03:00. */
	opens("Europe/Berlin", "09:00-21:00", utc(2026, 3, 28, 20, 0, 0),
	    utc(2026, 3, 29, 7, 0, 0), utc(2026, 3, 29, 19, 0, 0));
	opens_on("Europe/Berlin", hours("00:00-24:00", "sun", ""),
	    utc(2026, 3, 29, 12, 0, 0), utc(2026, 3, 28, 23, 0, 0),
	    utc(2026, 3, 29, 22, 0, 0));
	/* Berlin, 25 October 2026: 03:00 becomes 02:00. */
	opens("Europe/Berlin", "09:00-21:00", utc(2026, 10, 24, 20, 0, 0),
	    utc(2026, 10, 25, 8, 0, 0), utc(2026, 10, 25, 20, 0, 0));
	opens_on("Europe/Berlin", hours("00:00-24:00", "sun", ""),
	    utc(2026, 10, 25, 12, 0, 0), utc(2026, 10, 24, 22, 0, 0),
	    utc(2026, 10, 25, 23, 0, 0));
	/* New York, 8 March and 1 November 2026. */
	opens("America/New_York", "09:00-21:00", utc(2026, 3, 8, 2, 30, 0),
	    utc(2026, 3, 8, 13, 0, 0), utc(2026, 3, 9, 1, 0, 0));
	opens("America/New_York", "09:00-21:00", utc(2026, 11, 1, 2, 30, 0),
	    utc(2026, 11, 1, 14, 0, 0), utc(2026, 11, 2, 2, 0, 0));
	/* London, 29 March and 25 October 2026. */
	opens("Europe/London", "09:00-21:00", utc(2026, 3, 28, 21, 0, 0),
	    utc(2026, 3, 29, 8, 0, 0), utc(2026, 3, 29, 20, 0, 0));
	opens("Europe/London", "09:00-21:00", utc(2026, 10, 24, 20, 0, 0),
	    utc(2026, 10, 25, 9, 0, 0), utc(2026, 10, 25, 21, 0, 0));
	/* Lord Howe by half an hour, 5 April and 4 October 2026. */
	opens("Australia/Lord_Howe", "09:00-21:00",
	    utc(2026, 4, 4, 10, 0, 0), utc(2026, 4, 4, 22, 30, 0),
	    utc(2026, 4, 5, 10, 30, 0));
	opens("Australia/Lord_Howe", "09:00-21:00",
	    utc(2026, 10, 3, 10, 30, 0), utc(2026, 10, 3, 22, 0, 0),
	    utc(2026, 10, 4, 10, 0, 0));
}

static void
test_an_hour_that_comes_twice_is_open_twice_and_one_left_out_never(void **state)
{
	(void)state;
	opens("Europe/Berlin", "02:15-02:45", utc(2026, 10, 25, 0, 0, 0),
	    utc(2026, 10, 25, 0, 15, 0), utc(2026, 10, 25, 0, 45, 0));
	opens("Europe/Berlin", "02:15-02:45", utc(2026, 10, 25, 0, 45, 0),
	    utc(2026, 10, 25, 1, 15, 0), utc(2026, 10, 25, 1, 45, 0));
	opens("Europe/Berlin", "02:00-03:00", utc(2026, 10, 25, 0, 30, 0),
	    utc(2026, 10, 25, 0, 0, 0), utc(2026, 10, 25, 2, 0, 0));
	opens("Europe/Berlin", "02:15-02:45", utc(2026, 3, 28, 1, 45, 0),
	    utc(2026, 3, 30, 0, 15, 0), utc(2026, 3, 30, 0, 45, 0));
	opens("Europe/Berlin", "01:30-03:30", utc(2026, 3, 29, 0, 0, 0),
	    utc(2026, 3, 29, 0, 30, 0), utc(2026, 3, 29, 1, 30, 0));
}

static void
test_offsets_of_three_quarters_of_an_hour_are_minded(void **state)
{
	(void)state;
	opens("Asia/Kathmandu", "09:00-21:00", utc(2026, 8, 21, 0, 0, 0),
	    utc(2026, 8, 21, 3, 15, 0), utc(2026, 8, 21, 15, 15, 0));
	opens("Pacific/Chatham", "09:00-21:00", utc(2026, 1, 9, 8, 0, 0),
	    utc(2026, 1, 9, 19, 15, 0), utc(2026, 1, 10, 7, 15, 0));
}

static void
test_a_day_that_a_country_left_out_has_no_hours(void **state)
{
	(void)state;
	/* Samoa went from Thursday, 29 December 2011, to Saturday. */
	opens("Pacific/Apia", "09:00-21:00", utc(2011, 12, 30, 8, 0, 0),
	    utc(2011, 12, 30, 19, 0, 0), utc(2011, 12, 31, 7, 0, 0));
	opens_on("Pacific/Apia", hours("09:00-21:00", "fri", ""),
	    utc(2011, 12, 25, 0, 0, 0), utc(2012, 1, 5, 19, 0, 0),
	    utc(2012, 1, 6, 7, 0, 0));
}

/* What the person's wall clock says, in minutes after midnight. */
static int
wall_clock(const char *zone, int64_t t)
{
	time_t tt = (time_t)t;
	struct tm tm;

	setenv("TZ", zone, 1);
	tzset();
	localtime_r(&tt, &tm);
	return tm.tm_hour * 60 + tm.tm_min;
}

/* For two days from t on. */
static void
keeps_to_the_wall_clock(const char *zone, const char *window, int64_t t)
{
	int64_t opens_at, closes_at, end = t + 2 * 86400;
	struct hours h = hours(window, "all", "");
	int h1, m1, h2, m2, now, inside;

	assert_int_equal(sscanf(window, "%d:%d-%d:%d", &h1, &m1, &h2, &m2),
	    4);
	for (; t < end; t += 300) {
		if (window_next(zone, &h, t, &opens_at, &closes_at) != 0)
			fail_msg("%s %s: no window", zone, window);
		assert_true(opens_at < closes_at && t < closes_at);
		now = wall_clock(zone, t);
		inside = now >= h1 * 60 + m1 && now < h2 * 60 + m2;
		if ((opens_at <= t) != inside)
			fail_msg("%s %s: at %02d:%02d it is %s", zone, window,
			    now / 60, now % 60, inside ? "closed" : "open");
	}
}

static void
test_hours_that_are_left_out_or_come_twice_are_those_of_the_clock(void **state)
{
	static const char *const windows[] = { "01:30-03:30", "01:30-02:30",
	    "02:30-03:30", "02:15-02:45", "01:15-01:45", "00:30-01:30",
	    "00:00-00:30", "23:30-24:00", "09:00-21:00" };
	static const struct {
		const char *zone;
		int month, day;
	} changes[] = { { "Europe/Berlin", 3, 29 },
	    { "Europe/Berlin", 10, 25 }, { "America/New_York", 3, 8 },
	    { "America/New_York", 11, 1 }, { "America/Santiago", 4, 4 },
	    { "America/Santiago", 9, 6 }, { "Australia/Lord_Howe", 4, 4 },
	    { "Australia/Lord_Howe", 10, 3 } };
	size_t i, w;

	(void)state;
	for (i = 0; i < LENGTH(changes); i++)
		for (w = 0; w < LENGTH(windows); w++)
			keeps_to_the_wall_clock(changes[i].zone, windows[w],
			    utc(2026, changes[i].month, changes[i].day - 1,
			    12, 0, 0));
}

static void
test_a_window_is_open_or_ahead_at_any_moment_of_the_year(void **state)
{
	int64_t t, end = utc(2027, 1, 1, 0, 0, 0), from, to;
	struct hours h = hours("09:00-21:00", "all", "");

	(void)state;
	for (t = utc(2026, 1, 1, 0, 0, 0); t < end; t += 1753) {
		assert_int_equal(window_next("America/New_York", &h, t, &from,
		    &to), 0);
		assert_true(from < to && t < to);
		assert_true(from - t < 86400);
		assert_int_equal(to - from, 12 * 3600);
	}
}

static void
test_all_of_several_zones_must_be_open(void **state)
{
	static const char us[] = "America/St_Johns,America/Puerto_Rico,"
	    "America/New_York,America/Chicago,America/Denver,America/Phoenix,"
	    "America/Los_Angeles,America/Anchorage,America/Adak,"
	    "Pacific/Honolulu";
	int64_t day = utc(2026, 8, 21, 0, 0, 0), hour = 3600;

	(void)state;
	/* Open when the later one opens, closed when the first one closes. */
	opens("America/New_York,America/Chicago", "08:00-20:00", day,
	    day + 13 * hour, day + 24 * hour);
	opens("America/Chicago,America/New_York", "08:00-20:00",
	    day + 13 * hour - 1, day + 13 * hour, day + 24 * hour);
	opens("America/Chicago,America/New_York", "08:00-20:00",
	    day + 24 * hour - 1, day + 13 * hour, day + 24 * hour);
	opens("America/Chicago,America/New_York", "08:00-20:00",
	    day + 24 * hour, day + 37 * hour, day + 48 * hour);
	/* 08:00 in Honolulu is 18:00 UTC, 20:00 in St. John's 22:30. */
	opens(us, "08:00-20:00", day, day + 18 * hour, day + 22 * hour + 1800);
	opens(us, "08:00-20:00", day + 22 * hour + 1800, day + 42 * hour,
	    day + 46 * hour + 1800);
	/* One zone twice is that zone. */
	opens("Asia/Kolkata,Asia/Kolkata", "09:00-21:00", day,
	    day + 3 * hour + 1800, day + 15 * hour + 1800);
}

static void
test_zones_that_are_never_open_together_have_no_window(void **state)
{
	int64_t now = utc(2026, 7, 1, 12, 0, 0);

	(void)state;
	never_opens("Pacific/Auckland,America/New_York",
	    hours("09:00-10:00", "all", ""), now);
	/* They touch: 16 hours apart in July, and closed is closed. */
	never_opens("Pacific/Auckland,America/New_York",
	    hours("09:00-17:00", "all", ""), now);
	opens("Pacific/Auckland,America/New_York", "09:00-17:01", now,
	    utc(2026, 7, 1, 21, 0, 0), utc(2026, 7, 1, 21, 1, 0));
	never_opens("UTC", (struct hours){ 0 }, now);
}

static void
test_weekdays_are_those_of_the_persons_calendar(void **state)
{
	int64_t friday = utc(2026, 8, 21, 0, 0, 0), day = 86400;

	(void)state;
	opens_on("UTC", hours("09:00-21:00", "mon-fri", ""),
	    friday + 21 * 3600, friday + 3 * day + 9 * 3600,
	    friday + 3 * day + 21 * 3600);
	/* Monday morning in Auckland is Sunday in UTC. */
	opens_on("Pacific/Auckland", hours("09:00-21:00", "mon-fri", ""),
	    friday + 9 * 3600, friday + 2 * day + 21 * 3600,
	    friday + 3 * day + 9 * 3600);
	/* Each zone's Monday: Auckland's and Honolulu's do not meet ... */
	never_opens("Pacific/Auckland,Pacific/Honolulu",
	    hours("09:00-21:00", "mon", ""), friday);
	/* ... but Auckland's Tuesday and Honolulu's Monday do. */
	opens_on("Pacific/Auckland,Pacific/Honolulu",
	    hours("09:00-21:00", "mon-tue", ""), friday,
	    friday + 3 * day + 21 * 3600, friday + 4 * day + 7 * 3600);
}

static void
test_a_holiday_is_that_day_where_the_person_is(void **state)
{
	static const char eve[] = "2026-12-25\n2026-12-26\n2027-01-01";
	int64_t day = utc(2026, 12, 24, 0, 0, 0), hour = 3600;

	(void)state;
	opens_on("Asia/Kolkata", hours("09:00-21:00", "all", eve),
	    day + 15 * hour + 1799, day + 3 * hour + 1800,
	    day + 15 * hour + 1800);
	opens_on("Asia/Kolkata", hours("09:00-21:00", "all", eve),
	    day + 15 * hour + 1800, day + (3 * 24 + 3) * hour + 1800,
	    day + (3 * 24 + 15) * hour + 1800);
	/* New York's eve goes on while it is Christmas in UTC. */
	opens_on("America/New_York", hours("09:00-21:00", "all", eve),
	    day + 25 * hour, day + 14 * hour, day + 26 * hour);
	/* Auckland's holiday begins while it is the eve in London. */
	opens_on("Europe/London,Pacific/Auckland",
	    hours("00:00-24:00", "all", "2026-12-25"), day, day - 24 * hour,
	    day + 11 * hour);
}

static void
test_the_day_of_a_leap_year_is_one_like_others(void **state)
{
	int64_t feb28 = utc(2028, 2, 28, 0, 0, 0), day = 86400;

	(void)state;
	opens_on("UTC", hours("09:00-21:00", "tue", ""), feb28,
	    feb28 + day + 9 * 3600, feb28 + day + 21 * 3600);
	opens_on("UTC", hours("09:00-21:00", "all", "2028-02-29"),
	    feb28 + 21 * 3600, feb28 + 2 * day + 9 * 3600,
	    feb28 + 2 * day + 21 * 3600);
}

static void
test_a_window_further_away_than_forty_days_is_none(void **state)
{
	int64_t now = utc(2026, 8, 1, 12, 0, 0), day = 86400, i;
	char holidays[64 * 11] = "";
	time_t t;

	(void)state;
	for (i = 0; i < 40; i++) {
		t = (time_t)(now + i * day);
		strftime(holidays + strlen(holidays), 12, "%Y-%m-%d\n",
		    gmtime(&t));
	}
	/* The first day is the fortieth: noon of it is just too far. */
	opens_on("UTC", hours("11:59-21:00", "all", holidays), now,
	    now + 40 * day - 60, now + 40 * day + 9 * 3600);
	never_opens("UTC", hours("12:00-21:00", "all", holidays), now);
	opens_on("UTC", hours("12:00-21:00", "all", holidays), now + 1,
	    now + 40 * day, now + 40 * day + 9 * 3600);
}

static void
test_a_zone_that_libc_would_take_for_utc_is_not_known(void **state)
{
	static const char *const bad[] = { "", "Asia/Kolkatta", "asia/kolkata",
	    "IST5", "+05:30", "Mars/Olympus", "Asia/../Asia/Kolkata",
	    "/usr/share/zoneinfo/Asia/Kolkata", ":Asia/Kolkata",
	    "Asia/Kolkata ", "Asia/Kolkata\n", ".", "Asia/Kolkata/",
	    ("America/Argentina/Buenos_Aires/America/Argentina/Buenos_Aires/"
	    "and/more"),
	    /* there, but no zone */
	    "Asia", "Europe", "America/Argentina", "zone.tab", "tzdata.zi" };
	struct hours h = hours("09:00-21:00", "all", "");
	char several[256];
	int64_t a = 7, b = 8;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++) {
		if (window_zone_known(bad[i]))
			fail_msg("'%s' is taken for a zone", bad[i]);
		assert_int_equal(window_next(bad[i], &h, 0, &a, &b), -1);
		/* Nor is one good zone enough, before it or behind it. */
		snprintf(several, sizeof(several), "UTC,%s", bad[i]);
		assert_int_equal(window_next(several, &h, 0, &a, &b), -1);
		snprintf(several, sizeof(several), "%s,UTC", bad[i]);
		assert_int_equal(window_next(several, &h, 0, &a, &b), -1);
	}
	assert_int_equal(window_next("UTC,,Asia/Kolkata", &h, 0, &a, &b), -1);
	assert_int_equal(window_next("UTC, Asia/Kolkata", &h, 0, &a, &b), -1);
	assert_int_equal(a, 7);
	assert_int_equal(b, 8);
	assert_true(window_zone_known("Asia/Kolkata"));
	assert_true(window_zone_known("America/Argentina/Ushuaia"));
	assert_true(window_zone_known("Etc/GMT+5"));
	assert_true(window_zone_known("UTC"));
}

static void
test_no_variable_leads_libc_to_other_zones(void **state)
{
	(void)state;
	setenv("TZDIR", "/nowhere", 1);
	opens("Asia/Kolkata", "09:00-21:00", utc(2026, 8, 21, 0, 0, 0),
	    utc(2026, 8, 21, 3, 30, 0), utc(2026, 8, 21, 15, 30, 0));
}

static void
asks_without_files(void *zone)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_NOFILE, &none);
	window_zone_known(zone);
}

static void
test_a_zone_that_cannot_be_looked_at_is_not_an_unknown_one(void **state)
{
	static char zone[] = "Asia/Kolkata";
	struct said said;

	(void)state;
#ifdef __has_feature
#if __has_feature(address_sanitizer)
	skip();		/* its search for leaks opens files at the end */
#endif
#endif
	assert_int_equal(exit_status(&said, asks_without_files, zone), 71);
	assert_non_null(strstr(said.text, "Asia/Kolkata"));
}

int
main(void)
{
#define T(f) cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(test_the_window_is_that_of_the_zone_and_not_of_the_host),
		T(test_the_first_second_is_inside_and_the_last_is_not),
		T(test_the_day_is_the_one_that_the_person_has),
		T(test_windows_that_touch_at_midnight_are_one),
		T(test_a_window_without_an_end_has_bounds_that_stand_still_for_a_day),
		T(test_summer_time_moves_the_window_with_the_wall_clock),
		T(test_an_hour_that_comes_twice_is_open_twice_and_one_left_out_never),
		T(test_offsets_of_three_quarters_of_an_hour_are_minded),
		T(test_a_day_that_a_country_left_out_has_no_hours),
		T(test_hours_that_are_left_out_or_come_twice_are_those_of_the_clock),
		T(test_a_window_is_open_or_ahead_at_any_moment_of_the_year),
		T(test_all_of_several_zones_must_be_open),
		T(test_zones_that_are_never_open_together_have_no_window),
		T(test_weekdays_are_those_of_the_persons_calendar),
		T(test_a_holiday_is_that_day_where_the_person_is),
		T(test_the_day_of_a_leap_year_is_one_like_others),
		T(test_a_window_further_away_than_forty_days_is_none),
		T(test_a_zone_that_libc_would_take_for_utc_is_not_known),
		T(test_no_variable_leads_libc_to_other_zones),
		T(test_a_zone_that_cannot_be_looked_at_is_not_an_unknown_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
