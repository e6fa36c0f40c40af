/*
 * A sheet that cannot be read, or not by this answer, is said in words, and
 * no half of it is taken for the whole.
 */
#include "google_unit.h"

#define HEAD(range)	"{\"valueRange\": {\"range\": \"" range "\", " \
	"\"values\": [[" NINE "]]}}"
#define PEOPLE(range)	"{\"valueRange\": {\"range\": \"" range "\", " \
	"\"values\": [[\"Name\", \"Phone Number\", \"Status\"], " \
	"[\"Asha\", \"+919999900001\"]]}}"
#define ROWS(list)	JSON(200, "{\"valueRanges\": [" list "]}")
#define ONE_HEAD	ROWS(HEAD("Leads!A1:I1"))
/* The header, then the columns up to the one with the transcript. */
#define WHOLE		ROWS(HEAD("Leads!A1:I1") ", " PEOPLE("Leads!A1:G2"))

struct refusal {
	const char	*answer;
	const char	*words;
	enum verdict	 verdict;
};

/* Each of these answers to the question for the tab ends the reading. */
static const struct refusal tabs[] = {
	{ JSON(200, "{\"sheets\": 7}"), "has no tab with gid 7",
	    VERDICT_PERMFAIL },
	{ JSON(200, "{\"properties\": {\"title\": \"Mine\"}, \"sheets\": "
	    "[{\"properties\": {\"title\": \"First\"}}, {\"properties\": "
	    "{\"sheetId\": 9, \"title\": \"Other\"}}]}"),
	    "the spreadsheet \"Mine\" has no tab with gid 7; it has \"First\" "
	    "(gid 0), \"Other\" (gid 9)", VERDICT_PERMFAIL },
	{ JSON(200, "{\"sheets\": [{\"properties\": {\"sheetId\": 7, "
	    "\"sheetType\": \"OBJECT\"}}]}"), "is a chart or a linked table",
	    VERDICT_PERMFAIL },
	{ JSON(200, "{\"sheets\": ["), "Google's answer cannot be read",
	    VERDICT_TEMPFAIL },
	{ PAGE(404), "google_api does not lead to Google Sheets",
	    VERDICT_PERMFAIL },
	{ PAGE(403), "an answer came that is not Google's (403)",
	    VERDICT_PERMFAIL },
	{ REFUSED(410, "Gone for good", ""), "Google answered 410: Gone for "
	    "good", VERDICT_PERMFAIL },
	{ JSON(418, "{}"), "Google answered 418: no reason given",
	    VERDICT_PERMFAIL },
	{ REFUSED(403, "no scope", "{\"reason\": "
	    "\"ACCESS_TOKEN_SCOPE_INSUFFICIENT\"}"), "does not let "
	    "a@b.iam.gserviceaccount.com use spreadsheets: no scope",
	    VERDICT_PERMFAIL },
	{ REFUSED(403, "off", "{\"links\": []}, {\"reason\": "
	    "\"SERVICE_DISABLED\", \"metadata\": {\"consumer\": "
	    "\"projects/12\"}}, {\"links\": []}"), "not enabled in the key's "
	    "project demo (12)", VERDICT_PERMFAIL },
	{ REFUSED(400, "Something else", ""), "Google refused the request: "
	    "Something else", VERDICT_PERMFAIL },
	{ JSON(400, "{}"), "Google refused the request: no reason given",
	    VERDICT_PERMFAIL },
};

static void
test_a_tab_that_cannot_be_used_is_said_in_words(void **state)
{
	struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof(tabs) / sizeof(tabs[0]); i++) {
		answers(w, (struct script){ { tabs[i].answer } });
		assert_int_equal(sheet_read(w), tabs[i].verdict);
		said(w, tabs[i].words);
		assert_int_equal(asked(w), 1);
	}
}

static void
test_an_address_that_cannot_be_asked_is_a_matter_of_settings(void **state)
{
	struct world *w = *state;

	answers(w, (struct script){ { NULL } });
	free(w->google->api);
	w->google->api = copy("http://sheets.example.com");
	assert_int_equal(sheet_read(w), VERDICT_PERMFAIL);
	said(w, "http:// to another host would show the key");
	assert_int_equal(asked(w), 0);
}

/* Of what follows the question for the tab, the last is not taken. */
static const struct {
	const char	*answer[4];
	const char	*words;
} half[] = {
	{ { ROWS("") }, "Google answered for 0 of 1 ranges" },
	{ { ROWS("{\"valueRange\": {\"values\": [[" NINE "]]}}, "
	    HEAD("?")) }, "it holds more than was asked for" },
	{ { ROWS(HEAD("Leads!A5:I5")) }, "it holds rows that were not asked "
	    "for" },
	{ { ROWS("{\"valueRange\": {\"values\": [[1, }") },
	    "Google's answer cannot be read: " },
	{ { JSON(200, "{\"valueRanges\": [") }, "Google's answer cannot be "
	    "read: it is cut off" },
	{ { ONE_HEAD, ONE_HEAD }, "Google answered for 1 of 2 ranges" },
};

static void
test_half_an_answer_is_not_taken_for_the_sheet(void **state)
{
	struct world *w = *state;
	struct script s;
	size_t i, n;

	for (i = 0; i < sizeof(half) / sizeof(half[0]); i++) {
		memset(&s, 0, sizeof(s));
		s.reply[0] = TAB;
		for (n = 0; half[i].answer[n] != NULL; n++)
			s.reply[n + 1] = half[i].answer[n];
		s.reply[n + 1] = TAB;
		layout_free(&w->l);
		answers(w, s);
		assert_int_equal(sheet_read(w), VERDICT_TEMPFAIL);
		said(w, half[i].words);
		asked(w);
	}
}

static void
test_a_range_without_a_name_is_the_one_that_was_asked_for(void **state)
{
	struct world *w = *state;

	answers(w, (struct script){ { TAB, ONE_HEAD, ROWS(HEAD("?") ", "
	    PEOPLE("?")) } });
	assert_int_equal(sheet_read(w), VERDICT_OK);
	assert_int_equal(w->t.nrows, 2);
	assert_string_equal(table_get(&w->t, 1, 1), "+919999900001");
	assert_int_equal(asked(w), 3);
}

static void
test_columns_that_were_deleted_are_looked_for_anew(void **state)
{
	struct world *w = *state;

	answers(w, (struct script){ { TAB, ONE_HEAD, WHOLE, REFUSED(400,
	    "Range exceeds grid limits", ""), ONE_HEAD, WHOLE } });
	assert_int_equal(sheet_read(w), VERDICT_OK);
	assert_int_equal(sheet_read(w), VERDICT_OK);
	assert_string_equal(table_get(&w->t, 1, 0), "Asha");
	assert_int_equal(asked(w), 6);
}

#define MOVED(first)	ROWS("{\"valueRange\": {\"range\": \"L!A1:K1\", " \
	"\"values\": [[\"" first "\", " NINE "]]}}, " \
	"{\"valueRange\": {\"range\": \"L!A1:H1\"}}")

static void
test_columns_that_move_all_the_time_put_the_reading_off(void **state)
{
	struct world *w = *state;

	answers(w, (struct script){ { TAB, ONE_HEAD, MOVED("City"),
	    MOVED("Age"), NULL } });
	assert_int_equal(sheet_read(w), VERDICT_TEMPFAIL);
	said(w, "columns are being moved while it is read");
	assert_int_equal(asked(w), 4);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_tab_that_cannot_be_used_is_said_in_words),
		T(test_an_address_that_cannot_be_asked_is_a_matter_of_settings),
		T(test_half_an_answer_is_not_taken_for_the_sheet),
		T(test_a_range_without_a_name_is_the_one_that_was_asked_for),
		T(test_columns_that_were_deleted_are_looked_for_anew),
		T(test_columns_that_move_all_the_time_put_the_reading_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
