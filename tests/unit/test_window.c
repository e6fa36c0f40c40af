/* What window.h promises: nobody is called outside the hours of their zone,
 * whatever the clocks there do. */
#include "unit.h"

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

static void
opens(const char *zone, const char *window, int64_t now, int64_t from,
    int64_t to)
{
	int64_t opens_at = 0, closes_at = 0;

	if (window_next(zone, window, now, &opens_at, &closes_at) == -1)
		fail_msg("%s %s: no window", zone, window);
	assert_int_equal(opens_at, from);
	assert_int_equal(closes_at, to);
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
	opens("Pacific/Kiritimati", "00:00-24:00", utc(2026, 12, 31, 10, 0, 0),
	    utc(2026, 12, 31, 10, 0, 0), utc(2027, 1, 1, 10, 0, 0));
	opens("UTC", "09:00-21:00", utc(2028, 2, 28, 22, 0, 0),
	    utc(2028, 2, 29, 9, 0, 0), utc(2028, 2, 29, 21, 0, 0));
}

static void
test_the_whole_day_has_no_gap_at_midnight(void **state)
{
	int64_t midnight = utc(2026, 8, 22, 0, 0, 0);

	(void)state;
	opens("UTC", "00:00-24:00", midnight - 1, midnight - 86400, midnight);
	opens("UTC", "00:00-24:00", midnight, midnight, midnight + 86400);
}

static void
test_summer_time_moves_the_window_with_the_wall_clock(void **state)
{
	(void)state;
	/* Berlin, 29 March 2026: 02:00 becomes 03:00. */
	opens("Europe/Berlin", "09:00-21:00", utc(2026, 3, 28, 20, 0, 0),
	    utc(2026, 3, 29, 7, 0, 0), utc(2026, 3, 29, 19, 0, 0));
	opens("Europe/Berlin", "00:00-24:00", utc(2026, 3, 29, 12, 0, 0),
	    utc(2026, 3, 28, 23, 0, 0), utc(2026, 3, 29, 22, 0, 0));
	/* Berlin, 25 October 2026: 03:00 becomes 02:00. */
	opens("Europe/Berlin", "09:00-21:00", utc(2026, 10, 24, 20, 0, 0),
	    utc(2026, 10, 25, 8, 0, 0), utc(2026, 10, 25, 20, 0, 0));
	opens("Europe/Berlin", "00:00-24:00", utc(2026, 10, 25, 12, 0, 0),
	    utc(2026, 10, 24, 22, 0, 0), utc(2026, 10, 25, 23, 0, 0));
	/* New York, 8 March and 1 November 2026. */
	opens("America/New_York", "09:00-21:00", utc(2026, 3, 8, 2, 30, 0),
	    utc(2026, 3, 8, 13, 0, 0), utc(2026, 3, 9, 1, 0, 0));
	opens("America/New_York", "09:00-21:00", utc(2026, 11, 1, 2, 30, 0),
	    utc(2026, 11, 1, 14, 0, 0), utc(2026, 11, 2, 2, 0, 0));
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
	int h1, m1, h2, m2, now, inside;

	assert_int_equal(sscanf(window, "%d:%d-%d:%d", &h1, &m1, &h2, &m2),
	    4);
	for (; t < end; t += 300) {
		if (window_next(zone, window, t, &opens_at, &closes_at) == -1)
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

	(void)state;
	for (t = utc(2026, 1, 1, 0, 0, 0); t < end; t += 1753) {
		assert_int_equal(window_next("America/New_York",
		    "09:00-21:00", t, &from, &to), 0);
		assert_true(from < to && t < to);
		assert_true(from - t < 86400);
		assert_int_equal(to - from, 12 * 3600);
	}
}

static void
test_a_zone_that_libc_would_take_for_utc_is_not_known(void **state)
{
	static const char *const bad[] = { "", "Asia/Kolkatta", "asia/kolkata",
	    "IST5", "+05:30", "Mars/Olympus", "Asia/../Asia/Kolkata",
	    "/usr/share/zoneinfo/Asia/Kolkata", ":Asia/Kolkata",
	    "Asia/Kolkata ", "Asia/Kolkata\n", ".", "Asia/Kolkata/",
	    /* there, but no zone */
	    "Asia", "Europe", "America/Argentina", "zone.tab", "tzdata.zi" };
	int64_t a = 7, b = 8;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++) {
		if (window_zone_known(bad[i]))
			fail_msg("'%s' is taken for a zone", bad[i]);
		assert_int_equal(window_next(bad[i], "09:00-21:00", 0, &a,
		    &b), -1);
	}
	assert_true(window_zone_known("Asia/Kolkata"));
	assert_true(window_zone_known("America/Argentina/Ushuaia"));
	assert_true(window_zone_known("Etc/GMT+5"));
	assert_true(window_zone_known("UTC"));
}

static void
test_a_window_that_could_be_read_in_two_ways_is_refused(void **state)
{
	static const char *const bad[] = { "", "09:00", "09:00-", "-21:00",
	    "09:00-21:00 ", " 09:00-21:00", "9:00-21:00", "09:5-21:00",
	    "09:00-21:0", "09:00 - 21:00", "09.00-21.00", "21:00-09:00",
	    "09:00-09:00", "24:00-24:00", "09:60-21:00", "09:00-24:01",
	    "09:00-25:00", "+9:00-21:00", " 9:00-21:00", "09:00-21:00x",
	    "09:00-21:00,22:00-23:00", "always" };
	int64_t a, b;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++) {
		if (window_valid(bad[i]))
			fail_msg("'%s' is taken for a window", bad[i]);
		assert_int_equal(window_next("UTC", bad[i], 0, &a, &b), -1);
	}
	assert_true(window_valid("09:00-21:00"));
	assert_true(window_valid("00:00-24:00"));
	assert_true(window_valid("23:58-23:59"));
}

int
main(void)
{
#define T(f) cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(test_the_window_is_that_of_the_zone_and_not_of_the_host),
		T(test_the_first_second_is_inside_and_the_last_is_not),
		T(test_the_day_is_the_one_that_the_person_has),
		T(test_the_whole_day_has_no_gap_at_midnight),
		T(test_summer_time_moves_the_window_with_the_wall_clock),
		T(test_hours_that_are_left_out_or_come_twice_are_those_of_the_clock),
		T(test_a_window_is_open_or_ahead_at_any_moment_of_the_year),
		T(test_a_zone_that_libc_would_take_for_utc_is_not_known),
		T(test_a_window_that_could_be_read_in_two_ways_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
