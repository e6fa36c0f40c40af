/*
 * fcgi/query.h: what an address asks is understood whole or not at all.
 */

#include "unit.h"

#include "query.h"

static void
assert_text(const char *query, const char *want)
{
	char out[16];

	assert_int_equal(query_text(query, "q", out, sizeof(out)), 1);
	assert_string_equal(out, want);
}

static void
assert_result(const char *query, int want)
{
	char out[16];

	assert_int_equal(query_text(query, "q", out, sizeof(out)), want);
}

static void
test_a_value_is_found_by_its_whole_name(void **state)
{
	(void)state;
	assert_text("q=asha", "asha");
	assert_text("status=busy&q=asha&before=3", "asha");
	assert_text("qq=x&xq=y&q=asha", "asha");
	assert_text("q=first&q=second", "first");
	assert_text("q=a=b", "a=b");
}

static void
test_what_is_absent_or_empty_is_no_value(void **state)
{
	(void)state;
	assert_result(NULL, 0);
	assert_result("", 0);
	assert_result("&&", 0);
	assert_result("q", 0);
	assert_result("q=", 0);
	assert_result("qq=x", 0);
	assert_result("Q=x", 0);
}

static void
test_what_a_browser_encodes_is_decoded(void **state)
{
	(void)state;
	assert_text("q=%2B91+99", "+91 99");
	assert_text("q=%c3%A9", "\xc3\xa9");
	assert_text("q=a%26b%3Dc", "a&b=c");
	assert_text("q=%25", "%");
}

static void
test_what_is_no_text_is_refused(void **state)
{
	(void)state;
	assert_result("q=%", -1);
	assert_result("q=%4", -1);
	assert_result("q=%4&x", -1);
	assert_result("q=%gg", -1);
	assert_result("q=%00", -1);
	assert_result("q=a%00b", -1);
	assert_result("q=%ff", -1);
	assert_result("q=%c0%80", -1);
}

static void
test_a_value_that_does_not_fit_is_refused_and_never_cut(void **state)
{
	(void)state;
	assert_text("q=123456789012345", "123456789012345");
	assert_result("q=1234567890123456", -1);
}

static void
test_a_number_keeps_within_its_bounds(void **state)
{
	static const char *const bad[] = { "n=x", "n=1x", "n=9", "n=-1",
	    "n=1.5", "n=99999999999999999999", "n=%20", "n=0x2" };
	int64_t n;
	size_t i;

	(void)state;
	assert_int_equal(query_number("n=3", "n", 0, 8, 5, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(query_number("n=0", "n", 0, 8, 5, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(query_number("n=8", "n", 0, 8, 5, &n), 0);
	assert_int_equal(n, 8);
	assert_int_equal(query_number("m=8", "n", 0, 8, 5, &n), 0);
	assert_int_equal(n, 5);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(query_number(bad[i], "n", 0, 8, 5, &n), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_value_is_found_by_its_whole_name),
		cmocka_unit_test(test_what_is_absent_or_empty_is_no_value),
		cmocka_unit_test(test_what_a_browser_encodes_is_decoded),
		cmocka_unit_test(test_what_is_no_text_is_refused),
		cmocka_unit_test(
		    test_a_value_that_does_not_fit_is_refused_and_never_cut),
		cmocka_unit_test(test_a_number_keeps_within_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
