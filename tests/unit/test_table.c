/*
 * The packed table: what is set is what is got, nothing else is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "table.h"

static void
test_unset_cells_and_cells_outside_are_empty(void **state)
{
	struct table t;

	(void)state;
	table_init(&t, 3);
	assert_string_equal(table_get(&t, 0, 0), "");
	assert_int_equal(table_set(&t, 2, 1, TABLE_TEXT, "x", 1), 0);
	assert_int_equal(t.nrows, 3);
	assert_string_equal(table_get(&t, 2, 1), "x");
	assert_string_equal(table_get(&t, 2, 2), "");
	assert_string_equal(table_get(&t, 3, 1), "");
	assert_string_equal(table_get(&t, 2, 3), "");
	assert_int_equal(table_is_number(&t, 9, 9), 0);
	table_free(&t);
}

static void
test_column_outside_is_refused(void **state)
{
	struct table t;

	(void)state;
	table_init(&t, 2);
	assert_int_equal(table_set(&t, 0, 2, TABLE_TEXT, "x", 1), -1);
	assert_int_equal(table_set(&t, SIZE_MAX, 0, TABLE_TEXT, "x", 1), -1);
	assert_int_equal(table_set(&t, SIZE_MAX / 4, 0, TABLE_TEXT, "x", 1),
	    -1);
	assert_int_equal(t.nrows, 0);
	table_free(&t);
	assert_int_equal(table_set(&t, 0, 0, TABLE_TEXT, "x", 1), -1);
}

static void
test_number_is_told_from_text(void **state)
{
	struct table t;

	(void)state;
	table_init(&t, 2);
	assert_int_equal(table_set(&t, 0, 0, TABLE_NUMBER, "12", 2), 0);
	assert_int_equal(table_set(&t, 0, 1, TABLE_TEXT, "12", 2), 0);
	assert_int_equal(table_is_number(&t, 0, 0), 1);
	assert_int_equal(table_is_number(&t, 0, 1), 0);
	assert_string_equal(table_get(&t, 0, 0), "12");
	table_free(&t);
}

static void
test_cell_can_be_replaced_and_emptied(void **state)
{
	struct table t;

	(void)state;
	table_init(&t, 1);
	assert_int_equal(table_set(&t, 0, 0, TABLE_TEXT, "one", 3), 0);
	assert_int_equal(table_set(&t, 0, 0, TABLE_TEXT, "second", 3), 0);
	assert_string_equal(table_get(&t, 0, 0), "sec");
	assert_int_equal(table_set(&t, 0, 0, TABLE_TEXT, "", 0), 0);
	assert_string_equal(table_get(&t, 0, 0), "");
	assert_int_equal(t.nrows, 1);
	table_free(&t);
}

static void
test_hundred_thousand_rows_fit_in_twenty_megabytes(void **state)
{
	struct table t;
	char text[32];
	size_t row, col;

	(void)state;
	table_init(&t, 8);
	for (row = 0; row < 100000; row++)
		for (col = 0; col < 8; col++) {
			snprintf(text, sizeof(text), "%zu.%zu", row, col);
			assert_int_equal(table_set(&t, row, col, TABLE_TEXT,
			    text, strlen(text)), 0);
		}
	assert_string_equal(table_get(&t, 99999, 7), "99999.7");
	assert_string_equal(table_get(&t, 0, 0), "0.0");
	assert_true(t.cap + t.rowcap * t.ncols * 4 < 20 * 1024 * 1024);
	table_free(&t);
}

static void
test_broken_utf8_is_one_replacement_a_byte(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xff", "\xe2\x82",
	};
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(table_rune(bad[i], &len), 0xfffd);
		assert_int_equal(len, 1);
	}
	assert_int_equal(table_rune("\xf0\x9f\x98\x80", &len), 0x1f600);
	assert_int_equal(len, 4);
	assert_int_equal(table_rune("\xc2\xa0", &len), 0xa0);
	assert_int_equal(table_rune("", &len), 0);
	assert_int_equal(len, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unset_cells_and_cells_outside_are_empty),
		cmocka_unit_test(test_column_outside_is_refused),
		cmocka_unit_test(test_number_is_told_from_text),
		cmocka_unit_test(test_cell_can_be_replaced_and_emptied),
		cmocka_unit_test(
		    test_hundred_thousand_rows_fit_in_twenty_megabytes),
		cmocka_unit_test(test_broken_utf8_is_one_replacement_a_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
