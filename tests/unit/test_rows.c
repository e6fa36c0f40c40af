/* What rows.h promises: rows come out right however the bytes come in, and
 * nothing else comes out. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "rows.h"

#define ANSWER	"{\"spreadsheetId\": \"x\", \"valueRanges\": [" \
	"{\"valueRange\": {\"range\": \"'a!'!B1:C3\", \"majorDimension\":" \
	" \"ROWS\", \"values\": [[\"Name\", \"Phone\"], [], " \
	"[\"a \\\"]}\\\\\", 1.5]]}, \"dataFilters\": [{\"gridRange\": " \
	"{\"sheetId\": 0, \"values\": [[1]]}}]}," \
	"{\"valueRange\": {\"range\": \"E1:E9\"}}," \
	"{\"valueRange\": {\"values\": [[null, true, [1]]]}} ]}\n"
#define EXPECTED "'a!'!B1:C3 0 0 [\"Name\",\"Phone\"];" \
	"'a!'!B1:C3 0 1 [];'a!'!B1:C3 0 2 [\"a \\\"]}\\\\\",1.5];" \
	" 2 0 [null,true,[1]];"

struct seen {
	char	 text[1024];
	int	 rows;
	int	 stop_at;
};

static int
on_row(void *arg, const char *where, size_t range, size_t row,
    struct json_object *array)
{
	struct seen *seen = arg;
	size_t n = strlen(seen->text);

	if (++seen->rows == seen->stop_at)
		return -1;
	snprintf(seen->text + n, sizeof(seen->text) - n, "%s %zu %zu %s;",
	    where, range, row,
	    json_object_to_json_string_ext(array, JSON_C_TO_STRING_PLAIN));
	return 0;
}

/* Feed text in pieces of at most step bytes; 0 when it was whole. */
static int
feed(struct seen *seen, const char *text, size_t len, size_t step)
{
	struct rows *r = rows_new(on_row, seen);
	size_t i, n;
	int rc = 0;

	assert_non_null(r);
	for (i = 0; i < len && rc == 0; i += n) {
		n = len - i < step ? len - i : step;
		rc = rows_feed(r, text + i, n);
	}
	if (rc == -1)
		assert_int_equal(rows_feed(r, "]}", 2), -1);
	rc = rows_end(r, NULL);
	if (rc == -1)
		assert_non_null(rows_why(r));
	rows_free(r);
	return rc;
}

static void
refused(const char *text)
{
	struct seen seen = { 0 };

	if (feed(&seen, text, strlen(text), 7) != -1)
		fail_msg("taken: %s", text);
}

static void
test_rows_are_the_same_however_the_answer_is_cut_into_pieces(void **state)
{
	size_t step;

	(void)state;
	for (step = 1; step <= sizeof(ANSWER); step++) {
		struct seen seen = { 0 };

		assert_int_equal(feed(&seen, ANSWER, strlen(ANSWER), step),
		    0);
		assert_string_equal(seen.text, EXPECTED);
	}
}

static void
test_an_answer_cut_off_anywhere_is_an_error(void **state)
{
	size_t len;

	(void)state;
	for (len = 0; len < strlen(ANSWER) - 1; len++) {
		struct seen seen = { 0 };

		assert_int_equal(feed(&seen, ANSWER, len, 16), -1);
	}
}

static void
test_ranges_are_counted_even_when_they_have_no_rows(void **state)
{
	struct seen seen = { 0 };
	struct rows *r = rows_new(on_row, &seen);
	size_t n = 0;

	(void)state;
	assert_int_equal(rows_feed(r, ANSWER, strlen(ANSWER)), 0);
	assert_int_equal(rows_end(r, &n), 0);
	assert_int_equal(n, 3);
	rows_reset(r);
	assert_int_equal(rows_feed(r, "{}", 2), 0);
	assert_int_equal(rows_end(r, &n), 0);
	assert_int_equal(n, 0);
	rows_free(r);
}

static void
test_lists_elsewhere_are_no_rows(void **state)
{
	static const char *const other[] = {
		"{\"values\": [[1]]}",
		"{\"valueRanges\": [{\"values\": [[1]]}]}",
		"{\"valueRanges\": {\"valueRange\": {\"values\": [[1]]}}}",
		"{\"a\": [{\"valueRange\": {\"values\": [[1]]}}]}",
		"[{\"valueRanges\": [{\"valueRange\": {\"values\":"
		    " [[1]]}}]}]",
		"{\"valueRanges\": [{\"a\": {\"valueRange\": {\"values\":"
		    " [[1]]}}}]}",
		"{\"valueRangesX\": [{\"valueRange\": {\"values\":"
		    " [[1]]}}]}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		struct seen seen = { 0 };

		assert_int_equal(feed(&seen, other[i], strlen(other[i]), 5),
		    0);
		assert_int_equal(seen.rows, 0);
	}
}

static void
test_what_is_not_json_is_refused(void **state)
{
	(void)state;
	refused("");
	refused("<!DOCTYPE html><html>");
	refused("true");
	refused("\"text\"");
	refused("{]");
	refused("{} {}");
	refused("{\"a\" 1}");
	refused("{\"a\": 1,}x");
	refused("{\"a\": [1,]}");
	refused("{a: 1}");
	refused("{\"a\": }");
	refused("[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]");
	refused("{\"valueRanges\": [{\"valueRange\": {\"values\": [1]}}]}");
	refused("{\"valueRanges\": [{\"valueRange\": {\"values\":"
	    " [[1}]}}]}");
	refused("{\"valueRanges\": [{\"valueRange\": {\"values\":"
	    " [[nul]]}}]}");
}

static void
test_a_row_that_is_too_large_is_refused_before_memory_is(void **state)
{
	struct seen seen = { 0 };
	struct rows *r = rows_new(on_row, &seen);
	char junk[4096];
	size_t fed;

	(void)state;
	memset(junk, 'x', sizeof(junk));
	assert_int_equal(rows_feed(r, "{\"valueRanges\":[{\"valueRange\":"
	    "{\"values\":[[\"", 44), 0);
	for (fed = 0; fed < 2 * ROWS_MAX_BYTES; fed += sizeof(junk))
		if (rows_feed(r, junk, sizeof(junk)) == -1)
			break;
	assert_true(fed <= ROWS_MAX_BYTES);
	assert_string_equal(rows_why(r), "a row is too large");
	rows_free(r);
}

static void
test_the_row_function_can_stop_it(void **state)
{
	struct seen seen = { .stop_at = 2 };

	(void)state;
	assert_int_equal(feed(&seen, ANSWER, strlen(ANSWER), 1000), -1);
	assert_int_equal(seen.rows, 2);
}

static void
test_a_very_long_range_is_cut_and_harmless(void **state)
{
	struct seen seen = { 0 };
	struct rows *r = rows_new(on_row, &seen);
	int i;

	(void)state;
	assert_int_equal(rows_feed(r, "{\"valueRanges\":[{\"valueRange\":"
	    "{\"range\":\"", 41), 0);
	for (i = 0; i < 5000; i++)
		assert_int_equal(rows_feed(r, "A", 1), 0);
	assert_int_equal(rows_feed(r, "\"}}]}", 5), 0);
	assert_int_equal(rows_end(r, NULL), 0);
	rows_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_rows_are_the_same_however_the_answer_is_cut_into_pieces),
		cmocka_unit_test(test_an_answer_cut_off_anywhere_is_an_error),
		cmocka_unit_test(
		    test_ranges_are_counted_even_when_they_have_no_rows),
		cmocka_unit_test(test_lists_elsewhere_are_no_rows),
		cmocka_unit_test(test_what_is_not_json_is_refused),
		cmocka_unit_test(
		    test_a_row_that_is_too_large_is_refused_before_memory_is),
		cmocka_unit_test(test_the_row_function_can_stop_it),
		cmocka_unit_test(test_a_very_long_range_is_cut_and_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
