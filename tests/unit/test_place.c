/* What place.h promises: the longest prefix counts, and what is not known is
 * nowhere.  What the rows say is in tests/system/test_places.py. */
#include "unit.h"

#include <sqlite3.h>

#include "db.h"
#include "place.h"

/* A new database in which only these rows tell places. */
static struct db *
with_places(void **state, const char *rows)
{
	char *sql = sqlite3_mprintf("DELETE FROM place;"
	    "INSERT INTO place VALUES %s;", rows);
	const char *path = scratch_path(state, "x.db");
	struct db *db;
	sqlite3 *h;

	assert_int_equal(db_create(path), 1);
	assert_int_equal(sqlite3_open(path, &h), 0);
	assert_int_equal(sqlite3_exec(h, sql, NULL, NULL, NULL), 0);
	sqlite3_close(h);
	sqlite3_free(sql);
	db = db_open(path, 1000);
	assert_non_null(db);
	return db;
}

static void
is_in(struct db *db, const char *phone, const char *country,
    const char *timezone)
{
	struct place place;

	assert_int_equal(place_find(db, phone, &place), 1);
	assert_string_equal(place.country, country);
	assert_string_equal(place.timezone, timezone);
	place_free(&place);
	assert_null(place.timezone);
}

static void
is_nowhere(struct db *db, const char *phone)
{
	struct place place;

	assert_int_equal(place_find(db, phone, &place), 0);
	assert_string_equal(place.country, "");
	assert_null(place.timezone);
	place_free(&place);
}

static void
test_the_longest_prefix_counts_up_to_seven_digits(void **state)
{
	struct db *db = with_places(state, "('1', 'US', 'a,b'),"
	    "('12', 'AA', 'c'), ('123', 'BB', 'd'), ('1234', 'CC', 'e'),"
	    "('12345', 'DD', 'f'), ('123456', 'EE', 'g'),"
	    "('1234567', 'FF', 'h'), ('12345678', 'GG', 'i')");

	is_in(db, "+19025550100", "US", "a,b");
	is_in(db, "+12025550100", "AA", "c");
	is_in(db, "+12305550100", "BB", "d");
	is_in(db, "+12340", "CC", "e");
	is_in(db, "+12345", "DD", "f");
	is_in(db, "+1234560", "EE", "g");
	is_in(db, "+12345678", "FF", "h");
	is_in(db, "+1", "US", "a,b");
	db_close(db);
}

static void
test_what_no_row_begins_is_nowhere(void **state)
{
	struct db *db = with_places(state, "('91', 'IN', 'Asia/Kolkata')");

	is_in(db, "+919999900001", "IN", "Asia/Kolkata");
	is_nowhere(db, "+929999900001");
	is_nowhere(db, "+9");
	is_nowhere(db, "+");
	is_nowhere(db, "");
	is_nowhere(db, "919999900001");
	is_nowhere(db, "0919999900001");
	is_nowhere(db, "not a number");
	db_close(db);
}

static void
test_a_country_too_long_for_a_name_is_cut(void **state)
{
	struct db *db = with_places(state, "('91', 'IND', 'Asia/Kolkata')");

	is_in(db, "+919999900001", "IN", "Asia/Kolkata");
	db_close(db);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
		T(test_the_longest_prefix_counts_up_to_seven_digits),
		T(test_what_no_row_begins_is_nowhere),
		T(test_a_country_too_long_for_a_name_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
