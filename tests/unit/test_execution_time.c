/* What execution.h promises about times: one moment, however it is spelt. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "execution.h"

#define MARCH_4	INT64_C(1772582400000)		/* 2026-03-04T00:00:00Z */
#define HOURS	INT64_C(3600000)

static void
test_all_spellings_of_a_moment_are_the_same_moment(void **state)
{
	static const char *const same[] = {
		"2026-03-04T21:40:05.284193+00:00",
		"2026-03-04T21:40:05.284193", "2026-03-04T21:40:05.284Z",
		"2026-03-04t21:40:05.284999999z",
		"2026-03-04 21:40:05.284193", "2026-03-04 21:40:05.284+00",
		"2026-03-05T03:10:05.284+0530",
		"2026-03-05T03:10:05.284+05:30",
		"2026-03-04T13:40:05.284-08", "1772660405284",
		"1772660405.284", "1772660405284.9"
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (execution_time(same[i]) != INT64_C(1772660405284))
			fail_msg("%s is %lld", same[i],
			    (long long)execution_time(same[i]));
}

static void
test_times_at_the_edges_are_right(void **state)
{
	(void)state;
	assert_int_equal(execution_time("2026-03-04T00:00:00Z"), MARCH_4);
	assert_int_equal(execution_time("1772582400"), MARCH_4);
	assert_int_equal(execution_time("2026-03-03T23:59:60Z"), MARCH_4);
	assert_int_equal(execution_time("2026-03-04T00:00:00.5Z"),
	    MARCH_4 + 500);
	assert_int_equal(execution_time("2026-03-04T00:00:00.05Z"),
	    MARCH_4 + 50);
	assert_int_equal(execution_time("2024-02-29T12:00:00") -
	    execution_time("2024-02-28T12:00:00"), 24 * HOURS);
	assert_int_equal(execution_time("2000-02-29T00:00:00Z"),
	    INT64_C(951782400000));
}

static void
test_what_is_no_time_is_unknown(void **state)
{
	static const char *const bad[] = {
		"", "...", ".", "-1", "0", "2026", "20260304", "1.2.3",
		"1772660405.", "99999999999999999999", "100000000000000",
		"2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
		"2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
		"2026-01-01T00:00:61Z", "2026-1-1T00:00:00Z",
		"2026-01-01", "2026-01-01T", "2026-01-01T00", "2026-01-01T0:",
		"2026-01-01T00:00", "2026-01-01T00:00:00.",
		"2026-01-01T00:00:00.1234567890", "2026-01-01T00:00:00ZZ",
		"2026-01-01T00:00:00+5", "2026-01-01T00:00:00+05:3",
		"2026-01-01T00:00:00+05:60", "2026-01-01T00:00:00+16",
		"2026-01-01T00:00:00+05:", "2026-01-01T00:00:00+053",
		"2026-01-01T00:00:00 IST", "2026-01-01X00:00:00Z",
		"1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z",
		"1970-01-01T00:00:00+01:00", "5 minutes ago", "<string>"
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (execution_time(bad[i]) != 0)
			fail_msg("%s is %lld", bad[i],
			    (long long)execution_time(bad[i]));
	assert_int_equal(execution_time(NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_all_spellings_of_a_moment_are_the_same_moment),
		cmocka_unit_test(test_times_at_the_edges_are_right),
		cmocka_unit_test(test_what_is_no_time_is_unknown),
	};

	return cmocka_run_group_tests_name("execution_time", tests, NULL, NULL);
}
