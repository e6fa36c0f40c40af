/* Who a row is: the same answer for reading the sheet and for writing it. */
#include "unit.h"

#include "conf.h"
#include "dialer.h"

static void
control(const char *cell, const char *want)
{
	char out[16];

	person_control(cell, out, sizeof(out));
	assert_string_equal(out, want);
}

static void
test_control_is_read_without_regard_to_case_and_blanks(void **state)
{
	(void)state;
	control("dnc", "dnc");
	control(" DNC\n", "dnc");
	control("\tRetry   Now ", "retry now");
	control("retry\nnow", "retry now");
	control("", "");
	control(" \t ", "");
}

static void
test_a_long_control_is_cut_and_never_becomes_another_word(void **state)
{
	(void)state;
	control("a very long word from a person", "a very long wor");
	control("retry now, please", "retry now, plea");
}

struct sheet_of_one {
	struct conf_campaign	 conf;
	struct campaign		 campaign;
	struct table		 table;
	struct layout		 layout;
};

static void
one_row(struct sheet_of_one *s, enum table_kind kind, const char *phone)
{
	static const char *const header[] = { "Name", "Phone Number",
	    "Status", "Latest Execution ID", "Duration", "Last Attempt Time",
	    "Notes", "Transcript", "Summary" };
	char why[256];
	size_t i;

	memset(s, 0, sizeof(*s));
	s->conf.country = (char *)(uintptr_t)"91";
	s->campaign.conf = &s->conf;
	table_init(&s->table, LENGTH(header));
	for (i = 0; i < LENGTH(header); i++)
		assert_int_equal(table_set(&s->table, 0, i, TABLE_TEXT,
		    header[i], strlen(header[i])), 0);
	assert_int_equal(table_set(&s->table, 1, 1, kind, phone,
	    strlen(phone)), 0);
	assert_int_equal(layout_read(&s->layout, &s->table, why, sizeof(why)),
	    0);
}

static void
row_free(struct sheet_of_one *s)
{
	layout_free(&s->layout);
	table_free(&s->table);
}

static void
identity(enum table_kind kind, const char *cell, int rc, const char *want)
{
	char out[PERSON_PHONE_SIZE];
	struct sheet_of_one s;
	const char *why = NULL;

	one_row(&s, kind, cell);
	assert_int_equal(person_phone(&s.campaign, &s.table, &s.layout, 1,
	    out, &why), rc);
	assert_string_equal(out, want);
	assert_true((why != NULL) == (rc == -1));
	row_free(&s);
}

static void
test_a_row_is_its_number_however_it_is_written(void **state)
{
	(void)state;
	identity(TABLE_TEXT, "+91 99999-00001", 0, "+919999900001");
	identity(TABLE_TEXT, "9999900001", 0, "+919999900001");
	identity(TABLE_NUMBER, "919999900001", 0, "+919999900001");
}

static void
test_a_row_without_a_number_is_the_text_of_its_cell(void **state)
{
	char big[400];

	(void)state;
	identity(TABLE_TEXT, "ask Asha", -1, "ask Asha");
	identity(TABLE_TEXT, "", -1, "");
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	big[PERSON_PHONE_SIZE - 1] = '\0';
	identity(TABLE_TEXT, big, -1, big);
}

static void
test_a_column_that_is_not_there_has_empty_cells(void **state)
{
	struct sheet_of_one s;

	(void)state;
	one_row(&s, TABLE_TEXT, "+919999900001");
	assert_string_equal(person_cell(&s.table, &s.layout, 1, COL_KEY), "");
	assert_string_equal(person_cell(&s.table, &s.layout, 1, COL_PHONE),
	    "+919999900001");
	row_free(&s);
}

int
main(void)
{
#define T(f) cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(test_control_is_read_without_regard_to_case_and_blanks),
		T(test_a_long_control_is_cut_and_never_becomes_another_word),
		T(test_a_row_is_its_number_however_it_is_written),
		T(test_a_row_without_a_number_is_the_text_of_its_cell),
		T(test_a_column_that_is_not_there_has_empty_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
