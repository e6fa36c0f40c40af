/*
 * A CSV file as a sheet: every byte that is not ours is kept.
 */
#include "csv_unit.h"

static void
test_quotes_breaks_and_ragged_rows_are_read(void **state)
{
	struct place *p = *state;

	loads(p, "\xef\xbb\xbf" NINE ",City\r\n"
	    "\"Doe, \"\"Jo\"\"\r\nhe\",+12125550123\r\n"
	    "\r\n"
	    "Ann,\"2125550124\"x,done,,,,,,,\"\",more,and more\n"
	    "Bob,'+12125550125");
	assert_int_equal(p->t.nrows, 5);
	assert_int_equal(p->t.ncols, 10);
	cell_is(p, 0, 0, "Name");
	cell_is(p, 1, 0, "Doe, \"Jo\"\r\nhe");
	cell_is(p, 1, 1, "+12125550123");
	cell_is(p, 2, 0, "");
	cell_is(p, 3, 1, "2125550124x");
	cell_is(p, 3, 2, "done");
	cell_is(p, 3, 9, "");
	cell_is(p, 4, 1, "'+12125550125");
}

static void
test_semicolon_and_tab_are_found_from_the_header(void **state)
{
	struct place *p = *state;

	loads(p, "Name;Phone Number;Status;Latest Execution ID;Duration;"
	    "Last Attempt Time;Notes;Transcript;Summary;\"a,b,c,d,e,f,g,h,i,j"
	    "\"\nAnn, Bea;1\n");
	cell_is(p, 1, 0, "Ann, Bea");
	cell_is(p, 1, 1, "1");
	loads(p, "Name\tPhone Number\tStatus\tLatest Execution ID\tDuration\t"
	    "Last Attempt Time\tNotes\tTranscript\tSummary\nA;b\t2\n");
	cell_is(p, 1, 0, "A;b");
	cell_is(p, 1, 1, "2");
}

static void
test_only_the_wanted_columns_are_read(void **state)
{
	struct place *p = *state;

	loads(p, NINE ",City,Key,Recording\n1,2,3,4,5,6,7,8,9,10,11,12\n");
	cell_is(p, 1, 4, "5");
	cell_is(p, 1, 6, "");
	cell_is(p, 1, 7, "");
	cell_is(p, 1, 9, "10");
	cell_is(p, 1, 11, "");
	assert_int_equal(sheet_read(p, SHEET_IDENTITY), VERDICT_OK);
	cell_is(p, 1, 0, "1");
	cell_is(p, 1, 3, "4");
	cell_is(p, 1, 4, "");
	cell_is(p, 1, 9, "");
	cell_is(p, 1, 10, "11");
	cell_is(p, 0, 9, "City");
}

static void
refuses(struct place *p, const char *s, size_t n, const char *word)
{
	file_put(p, s, n);
	assert_int_equal(sheet_read(p, SHEET_PEOPLE), VERDICT_PERMFAIL);
	if (strstr(p->sheet->why, word) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", p->sheet->why, word);
	assert_non_null(strstr(p->sheet->why, "leads.csv: "));
	assert_int_equal(p->t.nrows, 0);
}

static void
test_what_is_no_csv_is_refused_with_its_line(void **state)
{
	struct place *p = *state;
	static const char latin[] = NINE "\nAnn,1\nJos\xe9,2\n";
	static const char nul[] = NINE "\nAnn\0,1\n";
	static const char open[] = NINE "\nAnn,1\nBob,\"2\nCy,3\n";

	refuses(p, latin, sizeof(latin) - 1, "line 3 is not UTF-8");
	refuses(p, nul, sizeof(nul) - 1, "line 2 holds a NUL");
	refuses(p, open, sizeof(open) - 1, "quote in line 3");
	refuses(p, "\"Name", 5, "quote in the first line");
	refuses(p, "\xff\xfeN\0", 4, "UTF-16");
	refuses(p, "", 0, "are missing in the first row");
	refuses(p, "Name,Status\n", 12, "\"Phone Number\"");
}

static void
test_missing_file_and_directory_are_refused(void **state)
{
	struct place *p = *state;

	assert_int_equal(sheet_read(p, SHEET_PEOPLE), VERDICT_PERMFAIL);
	assert_non_null(strstr(p->sheet->why, "No such file"));
	assert_int_equal(mkdir(p->path, 0700), 0);
	assert_int_equal(sheet_read(p, SHEET_PEOPLE), VERDICT_PERMFAIL);
	assert_non_null(strstr(p->sheet->why, "this is no file"));
}

static void
test_layout_is_refreshed_when_the_header_changes(void **state)
{
	struct place *p = *state;

	loads(p, NINE "\n");
	assert_int_equal(p->l.at[COL_NAME], 0);
	loads(p, "City," NINE "\n");
	assert_int_equal(p->l.at[COL_NAME], 1);
	assert_int_equal(p->l.ncols, 10);
}

static void
test_every_foreign_byte_is_kept(void **state)
{
	struct place *p = *state;

	loads(p, "\xef\xbb\xbf" NINE ",City\r\n"
	    "\"Ann\", \"x\" ,,\r\n"
	    " Bob ,\"" PHONE "\",old,,\"9\",,,,,\"Ulm\",extra,\"e\"\"x\"\r\n"
	    "Cy," PHONE "\n\n"
	    "Di,\"" PHONE "\"");
	assert_int_equal(text_put(p, 2, COL_STATUS, "new"), 1);
	assert_int_equal(text_put(p, 3, COL_NOTES, "n"), 1);
	assert_int_equal(text_put(p, 5, COL_DURATION, "1"), 1);
	file_is(p, "\xef\xbb\xbf" NINE ",City\r\n"
	    "\"Ann\", \"x\" ,,\r\n"
	    " Bob ,\"" PHONE "\",new,,\"9\",,,,,\"Ulm\",extra,\"e\"\"x\"\r\n"
	    "Cy," PHONE ",,,,,n\n\n"
	    "Di,\"" PHONE "\",,,1");
}

static void
test_separator_of_the_file_is_kept(void **state)
{
	struct place *p = *state;

	loads(p, "Name;Phone Number;Status;Latest Execution ID;Duration;"
	    "Last Attempt Time;Notes;Transcript;Summary\nA,B;" PHONE "\n");
	assert_int_equal(text_put(p, 1, COL_NOTES, "a;b"), 1);
	file_is(p, "Name;Phone Number;Status;Latest Execution ID;Duration;"
	    "Last Attempt Time;Notes;Transcript;Summary\nA,B;" PHONE
	    ";;;;;\"a;b\"\n");
}

static void
test_row_of_another_person_is_left_alone(void **state)
{
	struct place *p = *state;
	struct sheet_write w[3] = {
		{ .row = 2, .phone = PHONE }, { .row = 9, .phone = PHONE },
		{ .row = 1, .phone = PHONE },
	};
	size_t i;

	loads(p, NINE "\nAnn," PHONE "\nBob,+12125550124\n");
	for (i = 0; i < 3; i++) {
		w[i].cell[COL_STATUS].kind = CELL_TEXT;
		w[i].cell[COL_STATUS].text = "completed";
	}
	assert_int_equal(sheet_put(p, w, 3), VERDICT_OK);
	assert_int_equal(w[0].landed, 0);
	assert_int_equal(w[1].landed, 0);
	assert_int_equal(w[2].landed, 1);
	file_is(p, NINE "\nAnn," PHONE ",completed\nBob,+12125550124\n");
}

static void
test_what_cannot_be_written_is_refused_alone(void **state)
{
	struct place *p = *state;
	struct sheet_write w[5];
	size_t i;

	loads(p, NINE ",Key\nAnn," PHONE "\n");
	memset(w, 0, sizeof(w));
	for (i = 0; i < 5; i++) {
		w[i].row = 1;
		w[i].phone = PHONE;
		w[i].cell[COL_STATUS].kind = CELL_TEXT;
		w[i].cell[COL_STATUS].text = "bad";
	}
	w[0].row = 0;
	w[1].cell[COL_NAME].kind = CELL_TEXT;
	w[1].cell[COL_NAME].text = "Eve";
	w[2].cell[COL_DURATION].kind = CELL_NUMBER;
	w[2].cell[COL_DURATION].number = NAN;
	w[3].cell[COL_NOTES].kind = CELL_TEXT;
	w[3].cell[COL_NOTES].text = "\xff";
	w[4].cell[COL_STATUS].text = "good";
	assert_int_equal(sheet_put(p, w, 5), VERDICT_OK);
	for (i = 0; i < 4; i++) {
		assert_int_equal(w[i].refused, 1);
		assert_int_equal(w[i].landed, -1);
		assert_true(w[i].why[0] != '\0');
	}
	assert_int_equal(w[4].landed, 1);
	file_is(p, NINE ",Key\nAnn," PHONE ",good\n");
}

static void
test_formulas_are_written_as_text(void **state)
{
	struct place *p = *state;
	static const char *const pairs[][2] = {
		{ "=IMPORTXML(A1)", "'=IMPORTXML(A1)" },
		{ "+1", "'+1" }, { "-1", "'-1" }, { "@SUM", "'@SUM" },
		{ "\tx", "\"'\tx\"" }, { "\r=1", "'=1" },
		{ "\xef\xbb\xbf=1", "'\xef\xbb\xbf=1" },
		{ "\xe2\x80\x8b =1", "'\xe2\x80\x8b =1" },
		{ "\n=1", "\"'\n=1\"" },
		{ "\xef\xbc\x9d" "1", "'\xef\xbc\x9d" "1" },
		{ "\xef\xbc\xa0" "1", "'\xef\xbc\xa0" "1" },
		{ "a=1", "a=1" }, { "no-answer", "no-answer" },
		{ "a\x01\r\nb\x1b[0m", "\"a\nb[0m\"" },
		{ "say \"hi\"", "\"say \"\"hi\"\"\"" },
		{ " a", "\" a\"" }, { "a ", "\"a \"" }, { "", "" },
	};
	char want[512];
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		loads(p, NINE "\nAnn," PHONE ",before,,\n");
		assert_int_equal(text_put(p, 1, COL_STATUS, pairs[i][0]), 1);
		snprintf(want, sizeof(want), NINE "\nAnn," PHONE ",%s,,\n",
		    pairs[i][1]);
		file_is(p, want);
	}
}

static void
test_numbers_are_written_shortest(void **state)
{
	struct place *p = *state;
	struct sheet_write w = { .row = 1, .phone = PHONE };

	loads(p, NINE ",Cost\nAnn," PHONE "\n");
	w.cell[COL_DURATION].kind = w.cell[COL_COST].kind = CELL_NUMBER;
	w.cell[COL_DURATION].number = 45.2;
	w.cell[COL_COST].number = -3;
	assert_int_equal(sheet_put(p, &w, 1), VERDICT_OK);
	file_is(p, NINE ",Cost\nAnn," PHONE ",,,45.2,,,,,-3\n");
}

static void
test_optional_column_that_is_not_there_is_skipped(void **state)
{
	struct place *p = *state;

	loads(p, NINE "\nAnn," PHONE "\n");
	assert_int_equal(text_put(p, 1, COL_OUTCOME, "confirmed"), 1);
	file_is(p, NINE "\nAnn," PHONE "\n");
}

static void
test_nothing_new_makes_no_new_file(void **state)
{
	struct place *p = *state;
	struct stat before, after;

	loads(p, NINE "\nAnn," PHONE ",\"done\"\n");
	assert_int_equal(stat(p->path, &before), 0);
	assert_int_equal(text_put(p, 1, COL_STATUS, "done"), 1);
	assert_int_equal(stat(p->path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(text_put(p, 1, COL_STATUS, "redone"), 1);
	assert_int_equal(stat(p->path, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
}

/* The header, and columns without a name up to so many. */
static char *
wide(size_t columns, const char *last, const char *rows)
{
	char *s = malloc(2 * columns + 2000);
	size_t i;

	assert_non_null(s);
	strcpy(s, NINE);
	for (i = 9; i < columns; i++)
		strcat(s, ",");
	strcat(s, last);
	strcat(s, rows);
	return s;
}

static void
test_more_columns_than_can_be_used_are_refused(void **state)
{
	struct place *p = *state;
	char *s = wide(250, "City", "\n");

	file_put(p, s, strlen(s));
	assert_int_equal(sheet_read(p, SHEET_PEOPLE), VERDICT_PERMFAIL);
	assert_non_null(strstr(p->sheet->why, "the sheet has 250 columns, "
	    "200 at most can be used"));
	free(s);
}

static void
test_cells_beyond_the_last_column_are_kept(void **state)
{
	struct place *p = *state;
	char row[600] = "\nAnn," PHONE, want[600] = "\nAnn," PHONE ",done";
	char *s, *after;
	size_t i;

	for (i = 2; i < 249; i++) {
		strcat(row, ",");
		strcat(want, i > 2 ? "," : "");
	}
	strcat(row, ",\" far, out\"\n");
	strcat(want, ",\" far, out\"\n");
	s = wide(250, "", row);
	after = wide(250, "", want);
	loads(p, s);
	assert_int_equal(text_put(p, 1, COL_STATUS, "done"), 1);
	file_is(p, after);
	free(s);
	free(after);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(test_quotes_breaks_and_ragged_rows_are_read),
		T(test_semicolon_and_tab_are_found_from_the_header),
		T(test_only_the_wanted_columns_are_read),
		T(test_what_is_no_csv_is_refused_with_its_line),
		T(test_missing_file_and_directory_are_refused),
		T(test_layout_is_refreshed_when_the_header_changes),
		T(test_every_foreign_byte_is_kept),
		T(test_separator_of_the_file_is_kept),
		T(test_row_of_another_person_is_left_alone),
		T(test_what_cannot_be_written_is_refused_alone),
		T(test_formulas_are_written_as_text),
		T(test_numbers_are_written_shortest),
		T(test_optional_column_that_is_not_there_is_skipped),
		T(test_nothing_new_makes_no_new_file),
		T(test_more_columns_than_can_be_used_are_refused),
		T(test_cells_beyond_the_last_column_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
