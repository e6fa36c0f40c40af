/*
 * What Google says to rows that are written: which landed, which it refuses,
 * and what is not known.
 */
#include "google_unit.h"

#define COLUMNS	9
#define PHONES	"+919999900001"

/* A row as Google shows it after writing; the first column is A. */
#define ECHO(range, phone)	"{\"updatedData\": {\"range\": \"" range \
	"\", \"values\": [[\"Asha\", \"" phone "\"]]}}"
#define WRITTEN(list)	JSON(200, "{\"responses\": [" list "]}")
#define BAD(text)	REFUSED(400, text, "")

static const char *const phones[] = { "+919999900001", "+919999900002",
    "+919999900003" };

/* A tab that was read before, and results for its first n rows. */
static void
results(struct world *w, struct script s, struct sheet_write *rows, size_t n)
{
	static const char *const head[] = { "Name", "Phone Number", "Status",
	    "Latest Execution ID", "Duration", "Last Attempt Time", "Notes",
	    "Transcript", "Summary" };
	struct table t;
	char why[256];
	size_t i;

	table_init(&t, COLUMNS);
	for (i = 0; i < COLUMNS; i++)
		assert_int_equal(table_set(&t, 0, i, TABLE_TEXT, head[i],
		    strlen(head[i])), 0);
	layout_free(&w->l);
	assert_int_equal(layout_read(&w->l, &t, why, sizeof(why)), 0);
	table_free(&t);
	memset(rows, 0, n * sizeof(*rows));
	for (i = 0; i < n; i++) {
		rows[i].row = i + 1;
		rows[i].phone = phones[i];
		rows[i].cell[COL_STATUS].kind = CELL_TEXT;
		rows[i].cell[COL_STATUS].text = "completed";
	}
	answers(w, s);
	((struct google_sheet *)w->sheet)->checked = 1;
}

static enum verdict
sheet_write(struct world *w, struct sheet_write *rows, size_t n)
{
	return w->sheet->ops->write(w->sheet, &w->l, rows, n);
}

static void
test_an_answer_belongs_to_the_row_it_names(void **state)
{
	struct world *w = *state;
	struct sheet_write r[2];

	results(w, (struct script){ { WRITTEN(ECHO("Leads!A3:I3",
	    "+919999900002") ", " ECHO("Leads!A2:I2", "+919999900009")) } },
	    r, 2);
	assert_int_equal(sheet_write(w, r, 2), VERDICT_OK);
	assert_int_equal(r[0].landed, 0);
	assert_int_equal(r[1].landed, 1);
	asked(w);
}

static void
test_an_answer_without_cells_proves_nothing(void **state)
{
	struct world *w = *state;
	struct sheet_write r[1];

	results(w, (struct script){ { WRITTEN("{\"updatedRange\": "
	    "\"Leads!A2:I2\"}") } }, r, 1);
	assert_int_equal(sheet_write(w, r, 1), VERDICT_OK);
	assert_int_equal(r[0].landed, -1);
	asked(w);
}

static void
test_a_write_whose_answer_cannot_be_read_may_have_been_done(void **state)
{
	struct world *w = *state;
	struct sheet_write r[2];

	results(w, (struct script){ { JSON(200, "{\"responses\": [") } }, r,
	    2);
	assert_int_equal(sheet_write(w, r, 2), VERDICT_UNKNOWN);
	said(w, "Google's answer to a write cannot be read");
	assert_int_equal(asked(w), 1);
	results(w, (struct script){ { WRITTEN(ECHO("Leads!A2:I2",
	    PHONES)) } }, r, 2);
	assert_int_equal(sheet_write(w, r, 2), VERDICT_UNKNOWN);
	said(w, "Google wrote 1 of 2 rows and did not say why");
	assert_int_equal(r[0].landed, 1);
	assert_int_equal(r[1].landed, -1);
	assert_int_equal(asked(w), 1);
}

static void
test_the_row_that_google_names_is_refused_alone(void **state)
{
	struct world *w = *state;
	struct sheet_write r[3];

	results(w, (struct script){ { BAD("Invalid data[1]: this row is "
	    "bad"), WRITTEN(ECHO("L!A2", PHONES) ", " ECHO("L!A4",
	    "+919999900003")) } }, r, 3);
	assert_int_equal(sheet_write(w, r, 3), VERDICT_OK);
	assert_int_equal(asked(w), 2);
	assert_true(r[1].refused);
	assert_string_equal(r[1].why, "Google refused the request: this row "
	    "is bad");
	assert_int_equal(r[1].landed, -1);
	assert_int_equal(r[0].landed, 1);
	assert_int_equal(r[2].landed, 1);
}

static void
test_a_bad_row_that_google_does_not_name_is_found_by_halves(void **state)
{
	struct world *w = *state;
	struct sheet_write r[3];

	results(w, (struct script){ { BAD("A row is bad"), WRITTEN(ECHO(
	    "L!A2", PHONES)), BAD("A row is bad"), BAD("A row is bad"),
	    WRITTEN(ECHO("L!A4", "+919999900003")) } }, r, 3);
	assert_int_equal(sheet_write(w, r, 3), VERDICT_OK);
	assert_int_equal(asked(w), 5);
	assert_true(!r[0].refused && r[1].refused && !r[2].refused);
	assert_int_equal(r[0].landed, 1);
	assert_int_equal(r[2].landed, 1);
}

static void
test_rows_after_a_half_that_went_wrong_are_not_sent(void **state)
{
	struct world *w = *state;
	struct sheet_write r[2];

	results(w, (struct script){ { BAD("A row is bad"), NULL } }, r, 2);
	assert_int_equal(sheet_write(w, r, 2), VERDICT_UNKNOWN);
	assert_int_equal(asked(w), 2);
	assert_true(!r[0].refused && !r[1].refused);
}

static void
test_a_request_that_is_wrong_as_a_whole_blames_no_row(void **state)
{
	struct world *w = *state;
	struct sheet_write r[2];

	results(w, (struct script){ { BAD("Invalid JSON payload") } }, r, 2);
	assert_int_equal(sheet_write(w, r, 2), VERDICT_PERMFAIL);
	assert_int_equal(asked(w), 1);
	assert_true(!r[0].refused && !r[1].refused);
}

static void
test_a_write_to_a_tab_that_is_gone_looks_for_the_tab(void **state)
{
	struct world *w = *state;
	struct sheet_write r[1];

	results(w, (struct script){ { BAD("No grid with id: 7"),
	    JSON(200, "{\"sheets\": []}") } }, r, 1);
	assert_int_equal(sheet_write(w, r, 1), VERDICT_PERMFAIL);
	said(w, "has no tab with gid 7");
	assert_int_equal(asked(w), 2);
	/* It was there all the same: another time. */
	results(w, (struct script){ { BAD("No grid with id: 7"), TAB } }, r,
	    1);
	assert_int_equal(sheet_write(w, r, 1), VERDICT_TEMPFAIL);
	assert_int_equal(asked(w), 2);
}

static void
test_a_login_that_is_refused_leads_to_the_key(void **state)
{
	struct world *w = *state;
	struct google_call c = { .method = "GET" };
	char why[256];

	answers(w, (struct script){ { NULL } });
	c.r.status = 401;
	assert_int_equal(google_judge(w->google, &c, why, sizeof(why)),
	    VERDICT_PERMFAIL);
	assert_non_null(strstr(why, "is its key still valid"));
	assert_int_equal(asked(w), 0);
}

static void
test_nothing_is_written_to_a_sheet_that_was_not_read(void **state)
{
	struct world *w = *state;
	struct sheet_write r[1];

	results(w, (struct script){ { NULL } }, r, 1);
	layout_free(&w->l);
	assert_int_equal(sheet_write(w, r, 1), VERDICT_TEMPFAIL);
	said(w, "has not been read before");
	assert_int_equal(asked(w), 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_an_answer_belongs_to_the_row_it_names),
		T(test_an_answer_without_cells_proves_nothing),
		T(test_a_write_whose_answer_cannot_be_read_may_have_been_done),
		T(test_the_row_that_google_names_is_refused_alone),
		T(test_a_bad_row_that_google_does_not_name_is_found_by_halves),
		T(test_rows_after_a_half_that_went_wrong_are_not_sent),
		T(test_a_request_that_is_wrong_as_a_whole_blames_no_row),
		T(test_a_write_to_a_tab_that_is_gone_looks_for_the_tab),
		T(test_a_login_that_is_refused_leads_to_the_key),
		T(test_nothing_is_written_to_a_sheet_that_was_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
