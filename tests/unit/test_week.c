/* What week.h promises: hours that cannot be read in two ways, and no call on
 * a day that somebody has closed. */
#include "unit.h"

#include <time.h>

#include "week.h"

/* Days since 1970-01-01. */
static int64_t
day_of(int year, int month, int day)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1,
	    .tm_mday = day };

	return timegm(&tm) / 86400;
}

/* "3456" in the week of 16 August 2026, a Sunday, which counts as 0. */
static const char *
open_days(const struct hours *h)
{
	static char said[8];
	int i, n = 0, from, to;

	for (i = 0; i < 7; i++)
		if (week_day(h, day_of(2026, 8, 16) + i, &from, &to))
			said[n++] = (char)('0' + i);
	said[n] = '\0';
	return said;
}

static void
assert_minutes(const struct hours *h, int from, int to)
{
	int f = -1, t = -1;

	assert_int_equal(week_day(h, day_of(2026, 8, 21), &f, &t), 1);
	assert_int_equal(f, from);
	assert_int_equal(t, to);
}

static void
test_a_window_is_open_from_its_first_minute_to_its_last_on_all_days(void **state)
{
	struct hours h = { 0 };
	char why[WEEK_WHY];

	(void)state;
	assert_string_equal(open_days(&h), "");
	assert_int_equal(week_window(&h, "09:05-21:30", why), 0);
	assert_string_equal(open_days(&h), "0123456");
	assert_minutes(&h, 9 * 60 + 5, 21 * 60 + 30);
	assert_int_equal(week_window(&h, "00:00-24:00", why), 0);
	assert_minutes(&h, 0, 24 * 60);
	assert_int_equal(week_window(&h, "23:58-23:59", why), 0);
	assert_minutes(&h, 23 * 60 + 58, 23 * 60 + 59);
}

static void
test_a_window_that_could_be_read_in_two_ways_is_refused(void **state)
{
	static const char *const bad[] = { "", "09:00", "09:00-", "-21:00",
	    "09:00-21:00 ", " 09:00-21:00", "9:00-21:00", "09:5-21:00",
	    "09:00-21:0", "09:00 - 21:00", "09.00-21.00", "21:00-09:00",
	    "09:00-09:00", "24:00-24:00", "09:60-21:00", "09:00-24:01",
	    "09:00-21:60", "09:00-25:00", "25:00-26:00", "+9:00-21:00",
	    " 9:00-21:00", "09:00-21:00x", "09:00-21:00,22:00-23:00",
	    "always" };
	struct hours h = { 0 };
	char why[WEEK_WHY], want[WEEK_WHY];
	size_t i;

	(void)state;
	week_window(&h, "10:00-11:00", why);
	for (i = 0; i < LENGTH(bad); i++) {
		if (week_window(&h, bad[i], why) != -1)
			fail_msg("'%s' is taken for a window", bad[i]);
		snprintf(want, sizeof(want), "must be HH:MM-HH:MM, beginning "
		    "before its end, not '%s'", bad[i]);
		assert_string_equal(why, want);
		assert_minutes(&h, 600, 660);
	}
}

static void
test_the_days_that_are_named_stay_open(void **state)
{
	static const char *const days[][2] = { { "mon-fri", "12345" },
	    { "MON-Fri", "12345" }, { "mon,wed,sat", "136" },
	    { "all", "0123456" }, { "All", "0123456" }, { "sun", "0" },
	    { "sat-sun", "06" }, { "fri-mon", "0156" }, { "sun-sat",
	    "0123456" }, { "mon-sun", "0123456" }, { "tue-tue", "2" },
	    { "wed-tue", "0123456" }, { "mon, wed - fri , sun", "01345" },
	    { "sat,mon-tue,mon", "126" }, { "thu", "4" } };
	char why[WEEK_WHY];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(days); i++) {
		struct hours h = { 0 };

		week_window(&h, "09:00-21:00", why);
		if (week_days(&h, days[i][0], why) != 0)
			fail_msg("'%s' is refused: %s", days[i][0], why);
		if (strcmp(open_days(&h), days[i][1]) != 0)
			fail_msg("'%s' opens %s", days[i][0], open_days(&h));
	}
}

static void
test_days_open_nothing_that_was_closed(void **state)
{
	struct hours h = { 0 };
	char why[WEEK_WHY];

	(void)state;
	week_window(&h, "09:00-21:00", why);
	week_days(&h, "mon-fri", why);
	week_days(&h, "fri-sat", why);
	assert_string_equal(open_days(&h), "5");
	week_days(&h, "all", why);
	assert_string_equal(open_days(&h), "5");
}

static void
test_days_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = { "", " ", "mo", "monday", "mon-",
	    "-fri", "mon,", "mon, ", ",mon", "mon,,tue", "mon tue", "mon-fri-sun",
	    "mon;tue", "1-5", ("mon\xe2\x80\x93" "fri"), "all,mon", "none",
	    "mon-fri x", "m\xc3\xb6n" };
	struct hours h = { 0 };
	char why[WEEK_WHY];
	size_t i;

	(void)state;
	week_window(&h, "09:00-21:00", why);
	for (i = 0; i < LENGTH(bad); i++) {
		if (week_days(&h, bad[i], why) != -1)
			fail_msg("'%s' is taken for days", bad[i]);
		assert_non_null(strstr(why, "must be like mon-fri"));
		assert_non_null(strstr(why, bad[i]));
		assert_string_equal(open_days(&h), "0123456");
	}
}

static int
is_open(const struct hours *h, int year, int month, int day)
{
	int from, to;

	return week_day(h, day_of(year, month, day), &from, &to);
}

static void
test_holidays_are_dates_with_names_and_comments(void **state)
{
	struct hours h = { 0 };
	char why[WEEK_WHY];

	(void)state;
	week_window(&h, "09:00-21:00", why);
	assert_int_equal(week_holidays(&h, "\xef\xbb\xbf# of India\n"
	    "2027-01-26 Republic Day\r\n"
	    "\n; and older ones, in any order\r\n"
	    "  2026-08-15\tIndependence Day # a Saturday\n"
	    "2026-10-02\n2026-10-02 once more\n2026-11-08;\n2028-02-29#leap\n"
	    "1969-12-31\n2026-12-25", why), 0);
	assert_int_equal(is_open(&h, 2027, 1, 25), 1);
	assert_int_equal(is_open(&h, 2027, 1, 26), 0);
	assert_int_equal(is_open(&h, 2027, 1, 27), 1);
	assert_int_equal(is_open(&h, 2026, 8, 15), 0);
	assert_int_equal(is_open(&h, 2026, 10, 2), 0);
	assert_int_equal(is_open(&h, 2026, 11, 8), 0);
	assert_int_equal(is_open(&h, 2028, 2, 29), 0);
	assert_int_equal(is_open(&h, 1969, 12, 31), 0);
	assert_int_equal(is_open(&h, 1970, 1, 1), 1);
	assert_int_equal(is_open(&h, 2026, 12, 25), 0);
	assert_int_equal(is_open(&h, 2026, 12, 26), 1);
	/* A new list takes the place of the old one. */
	assert_int_equal(week_holidays(&h, "2026-12-26", why), 0);
	assert_int_equal(is_open(&h, 2026, 12, 25), 1);
	assert_int_equal(is_open(&h, 2026, 12, 26), 0);
	assert_int_equal(week_holidays(&h, "# none\n", why), 0);
	assert_int_equal(is_open(&h, 2026, 12, 26), 1);
	week_free(&h);
}

static void
test_a_date_that_does_not_exist_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = { { "2027-02-29 leap", "line 1: '2027-02-29'" },
	    { "2100-02-29", "line 1: '2100-02-29'" },
	    { "# x\n\n2026-13-01\n", "line 3: '2026-13-01'" },
	    { "2026-12-25\r\n2026-00-10", "line 2: '2026-00-10'" },
	    { "2026-04-31", "line 1: '2026-04-31'" },
	    { "2026-04-00", "line 1: '2026-04-00'" },
	    { "2026-1-26", "line 1: '2026-1-26'" },
	    { "26-01-2026 Republic Day", "line 1: '26-01-2026'" },
	    { "26.01.2026", "line 1: '26.01.2026'" },
	    { "2026-01-26x", "line 1: '2026-01-26x'" },
	    { "2026-01-26,Republic Day", "line 1: '2026-01-26,Republic'" },
	    { "Republic Day 2026-01-26", "line 1: 'Republic'" },
	    { "2026-12-25\n2026-12-", "line 2: '2026-12-'" } };
	struct hours h = { 0 };
	char why[WEEK_WHY];
	size_t i;

	(void)state;
	week_window(&h, "09:00-21:00", why);
	week_holidays(&h, "2026-08-15", why);
	for (i = 0; i < LENGTH(bad); i++) {
		if (week_holidays(&h, bad[i].text, why) != -1)
			fail_msg("'%s' is taken for holidays", bad[i].text);
		if (strncmp(why, bad[i].why, strlen(bad[i].why)) != 0)
			fail_msg("'%s': %s", bad[i].text, why);
		assert_non_null(strstr(why, "is no date; write it as"));
		assert_int_equal(is_open(&h, 2026, 8, 15), 0);
		assert_int_equal(is_open(&h, 2026, 12, 25), 1);
	}
	week_free(&h);
}

static void
test_what_both_allow_is_left_and_holidays_of_either_are_closed(void **state)
{
	struct hours h = { 0 }, other = { 0 };
	char why[WEEK_WHY];

	(void)state;
	week_window(&h, "09:00-21:00", why);
	week_days(&h, "mon-sat", why);
	week_holidays(&h, "2026-08-18\n2026-12-25\n2026-01-26", why);
	week_window(&other, "10:30-23:00", why);
	week_days(&other, "fri-tue", why);
	week_holidays(&other, "2026-08-17\n2027-01-01", why);
	assert_int_equal(week_intersect(&h, &other, why), 0);
	assert_string_equal(open_days(&h), "56");
	assert_minutes(&h, 10 * 60 + 30, 21 * 60);
	assert_int_equal(is_open(&h, 2026, 12, 25), 0);
	assert_int_equal(is_open(&h, 2026, 12, 26), 1);
	assert_int_equal(is_open(&h, 2026, 1, 26), 0);
	assert_int_equal(is_open(&h, 2027, 1, 1), 0);
	/* The other one is as it was. */
	assert_string_equal(open_days(&other), "0256");
	week_free(&h);
	week_free(&other);
}

/* Hours of one window and some days. */
static struct hours
hours(const char *window, const char *days)
{
	struct hours h = { 0 };
	char why[WEEK_WHY];

	assert_int_equal(week_window(&h, window, why), 0);
	assert_int_equal(week_days(&h, days, why), 0);
	return h;
}

static void
test_rules_for_different_days_add_up(void **state)
{
	struct hours h = { 0 }, rule = hours("09:00-21:30", "mon-fri");
	char why[WEEK_WHY];
	int from, to;

	(void)state;
	assert_int_equal(week_unite(&h, &rule, why), 0);
	assert_string_equal(open_days(&h), "12345");
	rule = hours("10:00-18:00", "sat");
	assert_int_equal(week_unite(&h, &rule, why), 0);
	assert_string_equal(open_days(&h), "123456");
	assert_minutes(&h, 540, 21 * 60 + 30);
	assert_int_equal(week_day(&h, day_of(2026, 8, 22), &from, &to), 1);
	assert_int_equal(from, 600);
	assert_int_equal(to, 18 * 60);
}

static void
test_windows_of_one_day_add_up_when_nothing_lies_between(void **state)
{
	static const struct {
		const char *one, *other;
		int from, to;
	} sums[] = { { "09:00-12:00", "12:00-18:00", 540, 1080 },
	    { "12:00-18:00", "09:00-12:00", 540, 1080 },
	    { "09:00-15:00", "12:00-18:00", 540, 1080 },
	    { "12:00-18:00", "09:00-15:00", 540, 1080 },
	    { "09:00-18:00", "12:00-13:00", 540, 1080 },
	    { "12:00-13:00", "09:00-18:00", 540, 1080 },
	    { "10:00-13:00", "13:01-20:00", -1, 0 },
	    { "14:00-20:00", "10:00-13:59", -1, 0 } };
	struct hours h, other;
	char why[WEEK_WHY];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(sums); i++) {
		h = hours(sums[i].one, "all");
		other = hours(sums[i].other, "thu-fri");
		if (sums[i].from == -1) {
			assert_int_equal(week_unite(&h, &other, why), -1);
			assert_string_equal(why, "give thu two windows");
			other = hours(sums[i].one, "all");
			assert_memory_equal(&h, &other, sizeof(h));
		} else {
			assert_int_equal(week_unite(&h, &other, why), 0);
			assert_minutes(&h, sums[i].from, sums[i].to);
		}
	}
}

static void
test_adding_up_opens_no_holiday(void **state)
{
	struct hours h = hours("09:00-21:00", "mon-fri");
	struct hours other = hours("10:00-18:00", "all");
	char why[WEEK_WHY];

	(void)state;
	week_holidays(&h, "2026-12-25", why);
	week_holidays(&other, "2026-12-24", why);
	assert_int_equal(week_unite(&h, &other, why), 0);
	assert_int_equal(is_open(&h, 2026, 12, 24), 1);
	assert_int_equal(is_open(&h, 2026, 12, 25), 0);
	week_free(&h);
	week_free(&other);
}

static void
test_hours_that_never_meet_are_refused_and_closed(void **state)
{
	static const char *const never[][4] = {
	    { "09:00-12:00", "all", "12:00-13:00", "all" },
	    { "13:00-14:00", "all", "09:00-10:00", "all" },
	    { "09:00-21:00", "mon-fri", "09:00-21:00", "sat-sun" } };
	struct hours h, other;
	char why[WEEK_WHY];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(never); i++) {
		h = hours(never[i][0], never[i][1]);
		other = hours(never[i][2], never[i][3]);
		assert_int_equal(week_intersect(&h, &other, why), -1);
		assert_non_null(strstr(why, "no minute of the week"));
		assert_string_equal(open_days(&h), "");
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(test_a_window_is_open_from_its_first_minute_to_its_last_on_all_days),
		T(test_a_window_that_could_be_read_in_two_ways_is_refused),
		T(test_the_days_that_are_named_stay_open),
		T(test_days_open_nothing_that_was_closed),
		T(test_days_that_are_none_are_refused),
		T(test_holidays_are_dates_with_names_and_comments),
		T(test_a_date_that_does_not_exist_is_refused_with_its_line),
		T(test_what_both_allow_is_left_and_holidays_of_either_are_closed),
		T(test_rules_for_different_days_add_up),
		T(test_windows_of_one_day_add_up_when_nothing_lies_between),
		T(test_adding_up_opens_no_holiday),
		T(test_hours_that_never_meet_are_refused_and_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
