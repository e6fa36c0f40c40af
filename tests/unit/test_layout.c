/*
 * Columns are found by header, wherever people put them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sheet.h"

#define NINE "Name|Phone Number|Status|Latest Execution ID|Duration|" \
	"Last Attempt Time|Notes|Transcript|Summary"

/* Read the layout of a header row written with "|" between its cells. */
static int
read_row(struct layout *l, const char *row, char *why, size_t whysz)
{
	struct table t;
	size_t n = 1, col = 0, len;
	const char *p;
	int e;

	for (p = row; *p != '\0'; p++)
		n += *p == '|';
	table_init(&t, n);
	for (p = row;; p += len + 1, col++) {
		len = strcspn(p, "|");
		assert_int_equal(table_set(&t, 0, col, TABLE_TEXT, p, len),
		    0);
		if (p[len] == '\0')
			break;
	}
	e = layout_read(l, &t, why, whysz);
	table_free(&t);
	return e;
}

static void
accept_row(struct layout *l, const char *row)
{
	char why[256] = "";

	if (read_row(l, row, why, sizeof(why)) == -1)
		fail_msg("%s: %s", row, why);
}

static void
refuse_row(const char *row, const char *sentence)
{
	struct layout l;
	char why[256] = "";

	assert_int_equal(read_row(&l, row, why, sizeof(why)), -1);
	assert_string_equal(why, sentence);
	assert_int_equal(l.ncols, 0);
}

static void
test_columns_are_found_in_any_order(void **state)
{
	struct layout l;

	(void)state;
	accept_row(&l, "Summary|Transcript|City|Notes|Last Attempt Time|"
	    "Duration|Latest Execution ID|Status|Phone Number|Name|Consent");
	assert_int_equal(l.ncols, 11);
	assert_int_equal(l.at[COL_NAME], 9);
	assert_int_equal(l.at[COL_SUMMARY], 0);
	assert_int_equal(l.at[COL_CONSENT], 10);
	assert_int_equal(l.at[COL_OUTCOME], -1);
	assert_int_equal(l.known[2], -1);
	assert_string_equal(l.header[2], "City");
	assert_int_equal(l.known[8], COL_PHONE);
	layout_free(&l);
}

static void
test_case_blanks_and_invisible_marks_do_not_matter(void **state)
{
	struct layout l;

	(void)state;
	accept_row(&l, "\xef\xbb\xbf" "  NAME |phone\xc2\xa0 \tNumber|status|"
	    "LATEST\nexecution  id|duration\xe2\x80\x8b|Last Attempt Time|"
	    "notes|transcript|summary");
	assert_int_equal(l.at[COL_NAME], 0);
	assert_int_equal(l.at[COL_PHONE], 1);
	assert_int_equal(l.at[COL_EXECUTION], 3);
	assert_int_equal(l.at[COL_DURATION], 4);
	layout_free(&l);
}

static void
test_missing_headers_are_named(void **state)
{
	(void)state;
	refuse_row("Name|Phone Number|Status|Latest Execution ID|Duration|"
	    "Last Attempt Time|Notes|Transcript",
	    "the header \"Summary\" is missing in the first row");
	refuse_row("Phone Number|Status|Latest Execution ID|Duration|"
	    "Last Attempt Time|Transcript|Summary|Note",
	    "the headers \"Name\", \"Notes\" are missing in the first row");
	refuse_row("", "the headers \"Name\", \"Phone Number\", \"Status\", "
	    "\"Latest Execution ID\", \"Duration\", \"Last Attempt Time\", "
	    "\"Notes\", \"Transcript\", \"Summary\" are missing in the first "
	    "row");
}

static void
test_doubled_header_is_named_with_its_columns(void **state)
{
	(void)state;
	refuse_row(NINE "|status", "the header \"Status\" is there twice, "
	    "in columns C and J; remove or rename one");
	refuse_row(NINE "|j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z|status",
	    "the header \"Status\" is there twice, in columns C and AA; remove "
	    "or rename one");
	refuse_row(NINE "|Key|City|KEY", "the header \"Key\" is there twice, "
	    "in columns J and L; remove or rename one");
}

static void
test_proper_header_wins_over_an_alias(void **state)
{
	struct layout l;

	(void)state;
	accept_row(&l, "Phone|" NINE);
	assert_int_equal(l.at[COL_PHONE], 2);
	assert_int_equal(l.known[0], -1);
	layout_free(&l);
	accept_row(&l, "Name|Mobile|Status|Execution ID|Duration|"
	    "Last Attempt Time|Notes|Transcript|Summary|Time Zone");
	assert_int_equal(l.at[COL_PHONE], 1);
	assert_int_equal(l.at[COL_EXECUTION], 3);
	assert_int_equal(l.at[COL_TIMEZONE], 9);
	layout_free(&l);
	refuse_row("Phone|Mobile|Name|Status|Latest Execution ID|Duration|"
	    "Last Attempt Time|Notes|Transcript|Summary",
	    "the header \"Phone Number\" is there twice, in columns A and B; "
	    "remove or rename one");
}

static void
test_doubled_and_unnamed_variables_are_no_fault(void **state)
{
	struct layout l;

	(void)state;
	accept_row(&l, NINE "|City||City||");
	assert_int_equal(l.ncols, 12);
	assert_int_equal(l.known[9], -1);
	assert_int_equal(l.known[11], -1);
	assert_string_equal(l.header[10], "");
	layout_free(&l);
	layout_free(&l);
}

static void
test_more_columns_than_can_be_used_are_refused(void **state)
{
	struct layout l;
	char row[2048] = NINE, why[128];
	int i;

	(void)state;
	for (i = 9; i < SHEET_MAX_COLS; i++)
		strcat(row, "|v");
	accept_row(&l, row);
	assert_int_equal(l.ncols, SHEET_MAX_COLS);
	layout_free(&l);
	strcat(row, "|v");
	assert_int_equal(read_row(&l, row, why, sizeof(why)), -1);
	assert_string_equal(why, "the sheet has 201 columns, 200 at most can "
	    "be used");
}

static void
test_layouts_differ_when_a_column_moves_or_a_variable_is_renamed(void **state)
{
	static const char *const others[] = {
		NINE, NINE "|City|Zip", NINE "|Town", "City|" NINE,
		NINE "|Outcome",
	};
	struct layout a, b;
	size_t i;

	(void)state;
	accept_row(&a, NINE "|City");
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		accept_row(&b, others[i]);
		assert_false(layout_same(&a, &b));
		layout_free(&b);
	}
	accept_row(&b, "name|PHONE number|Status|Latest Execution ID|"
	    "Duration|Last Attempt Time|Notes|Transcript|Summary|City||");
	assert_true(layout_same(&a, &b));
	layout_free(&a);
	layout_free(&b);
}

static void
test_only_result_columns_are_ours(void **state)
{
	static const int ours[] = {
		COL_STATUS, COL_EXECUTION, COL_DURATION, COL_LAST_ATTEMPT,
		COL_NOTES, COL_TRANSCRIPT, COL_SUMMARY, COL_OUTCOME,
		COL_NEXT_ATTEMPT, COL_RECORDING, COL_COST,
	};
	size_t i;
	int c, n = 0, bulky = 0;

	(void)state;
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		assert_true(column_is_ours((enum column)ours[i]));
	for (c = 0; c < COL__MAX; c++) {
		n += column_is_ours((enum column)c) != 0;
		bulky += column_is_bulky((enum column)c) != 0;
		assert_non_null(column_name((enum column)c));
	}
	assert_int_equal(n, i);
	assert_int_equal(bulky, 4);
	assert_true(column_is_bulky(COL_TRANSCRIPT));
	assert_string_equal(column_name(COL_LAST_ATTEMPT),
	    "Last Attempt Time");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_found_in_any_order),
		cmocka_unit_test(
		    test_case_blanks_and_invisible_marks_do_not_matter),
		cmocka_unit_test(test_missing_headers_are_named),
		cmocka_unit_test(test_doubled_header_is_named_with_its_columns),
		cmocka_unit_test(test_proper_header_wins_over_an_alias),
		cmocka_unit_test(
		    test_doubled_and_unnamed_variables_are_no_fault),
		cmocka_unit_test(
		    test_more_columns_than_can_be_used_are_refused),
		cmocka_unit_test(
    test_layouts_differ_when_a_column_moves_or_a_variable_is_renamed),
		cmocka_unit_test(test_only_result_columns_are_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
