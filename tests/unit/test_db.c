/* What db.h promises: only a database of ours is opened, one program writes at
 * a time, and a transaction is stored whole or not at all. */
#include "unit.h"

#include <sys/file.h>
#include <sys/resource.h>

#include <sqlite3.h>

#include "db.h"

#define BUSY_MS	60

/* What anybody with the sqlite3 shell could do to the file. */
static void
shell(void **state, const char *sql)
{
	char *msg = NULL;
	sqlite3 *h;

	assert_int_equal(sqlite3_open(scratch_path(state, "x.db"), &h), 0);
	sqlite3_busy_timeout(h, 5000);
	if (sqlite3_exec(h, sql, NULL, NULL, &msg) != SQLITE_OK)
		fail_msg("%s: %s", sql, msg);
	sqlite3_close(h);
}

static const char *
ask(void **state, const char *sql)
{
	static char answer[256];
	sqlite3_stmt *st;
	const char *text;
	sqlite3 *h;

	assert_int_equal(sqlite3_open(scratch_path(state, "x.db"), &h), 0);
	assert_int_equal(sqlite3_prepare_v2(h, sql, -1, &st, NULL), 0);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	text = (const char *)sqlite3_column_text(st, 0);
	snprintf(answer, sizeof(answer), "%s", text == NULL ? "" : text);
	sqlite3_finalize(st);
	sqlite3_close(h);
	return answer;
}

static int
create(void **state, struct said *s)
{
	int rc;

	said_begin(s);
	rc = db_create(scratch_path(state, "x.db"));
	said_end(s);
	return rc;
}

static struct db *
open_db(void **state, struct said *s)
{
	struct db *db;

	said_begin(s);
	db = db_open(scratch_path(state, "x.db"), BUSY_MS);
	said_end(s);
	return db;
}

static struct db *
fresh(void **state)
{
	struct said s;
	struct db *db = NULL;

	if (create(state, &s) != 1 || (db = open_db(state, &s)) == NULL)
		fail_msg("%s", s.text);
	return db;
}

static void
refused(void **state, const char *message)
{
	struct said s;

	assert_null(open_db(state, &s));
	if (strstr(s.text, message) == NULL)
		fail_msg("%s", s.text);
}

static int
add_account(struct db *db, const char *name)
{
	struct stmt *st = db_stmt(db, SQL_ACCOUNT_PUT);

	db_text(st, ":name", name);
	return db_run(st);
}

/* --- making and opening --- */

static void
test_a_database_is_made_once_and_then_opened(void **state)
{
	struct said s;
	struct db *db;

	assert_int_equal(create(state, &s), 1);
	assert_int_equal(create(state, &s), 0);
	assert_string_equal(s.text, "");
	assert_string_equal(ask(state, "PRAGMA journal_mode"), "wal");
	db = open_db(state, &s);
	assert_non_null(db);
	assert_string_equal(s.text, "");
	db_close(db);
}

static void
test_every_table_is_strict_about_its_types(void **state)
{
	struct said s;

	assert_int_equal(create(state, &s), 1);
	assert_string_equal(ask(state, "SELECT group_concat(name) FROM"
	    " pragma_table_list WHERE type = 'table' AND NOT strict"
	    " AND name NOT LIKE 'sqlite_%'"), "");
}

static void
test_a_database_that_is_not_there_is_not_made_by_opening(void **state)
{
	refused(state, "run \"callsheet init\" first");
	assert_int_equal(access(scratch_path(state, "x.db"), F_OK), -1);
}

static void
test_a_file_that_is_no_database_is_left_alone(void **state)
{
	struct said s;
	char text[64] = "";
	FILE *fp;

	scratch_write(state, "x.db", "Dear diary, this is no database at "
	    "all.");
	refused(state, "is not callsheet's");
	assert_int_equal(create(state, &s), -1);
	fp = fopen(scratch_path(state, "x.db"), "r");
	assert_non_null(fgets(text, sizeof(text), fp));
	fclose(fp);
	assert_string_equal(text,
	    "Dear diary, this is no database at all.");
}

static void
test_a_database_of_another_program_is_left_alone(void **state)
{
	struct said s;

	shell(state, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
	refused(state, "is not callsheet's");
	assert_int_equal(create(state, &s), -1);
	assert_non_null(strstr(s.text, "is not callsheet's"));
	assert_string_equal(ask(state, "SELECT group_concat(name) FROM"
	    " sqlite_schema"), "theirs");
	assert_string_equal(ask(state, "PRAGMA journal_mode"), "delete");
	/* Also when it says so itself. */
	shell(state, "PRAGMA application_id = 42");
	assert_int_equal(create(state, &s), -1);
	assert_string_equal(ask(state, "PRAGMA journal_mode"), "delete");
}

static void
test_a_newer_database_is_for_a_newer_program(void **state)
{
	struct said s;

	assert_int_equal(create(state, &s), 1);
	shell(state, "PRAGMA user_version = 99; DROP VIEW due;"
	    " CREATE VIEW due AS SELECT 'newer' AS x");
	refused(state, "has version 99, this program needs 5; install the "
	    "newer callsheet again");
	assert_int_equal(create(state, &s), -1);
	assert_string_equal(ask(state, "SELECT x FROM due"), "newer");
	assert_string_equal(ask(state, "PRAGMA user_version"), "99");
}

static void
test_an_older_database_names_its_cure(void **state)
{
	struct said s;

	assert_int_equal(create(state, &s), 1);
	shell(state, "PRAGMA user_version = 0");
	refused(state, "has version 0, this program needs 5; run "
	    "\"callsheet init\"");
}

static void
test_views_are_made_anew_and_rows_are_the_operators(void **state)
{
	struct said s;

	assert_int_equal(create(state, &s), 1);
	shell(state, "DROP VIEW finding; UPDATE retry_rule SET after_secs = 77"
	    " WHERE status = 'busy'");
	refused(state, "no such table: finding");
	assert_int_equal(create(state, &s), 0);
	assert_string_equal(ask(state, "SELECT count(*) FROM due"), "0");
	assert_string_equal(ask(state, "SELECT after_secs FROM retry_rule"
	    " WHERE status = 'busy'"), "77");
}

static void
test_a_query_that_does_not_fit_the_tables_is_named(void **state)
{
	struct said s;

	assert_int_equal(create(state, &s), 1);
	shell(state, "ALTER TABLE run DROP COLUMN synced");
	refused(state, "query run_");
}

static void
test_a_link_on_the_way_to_the_database_is_followed(void **state)
{
	char way[600];
	struct db *db;

	snprintf(way, sizeof(way), "%s/x.db", scratch_path(state, "link"));
	assert_int_equal(mkdir(scratch_path(state, "dir"), 0700), 0);
	assert_int_equal(symlink("dir", scratch_path(state, "link")), 0);
	assert_int_equal(db_create(way), 1);
	assert_int_equal(access(scratch_path(state, "dir/x.db"), F_OK), 0);
	db = db_open(way, BUSY_MS);
	assert_non_null(db);
	db_close(db);
}

static void
test_a_link_in_place_of_the_database_is_not_followed(void **state)
{
	char target[600];
	struct said s;

	assert_int_equal(create(state, &s), 1);
	snprintf(target, sizeof(target), "%s.real",
	    scratch_path(state, "x.db"));
	assert_int_equal(rename(scratch_path(state, "x.db"), target), 0);
	assert_int_equal(symlink(target, scratch_path(state, "x.db")), 0);
	refused(state, "it is a symbolic link");
}

/* --- one writer at a time --- */

static void
test_a_writer_waits_for_another_and_then_gives_up(void **state)
{
	struct db *db = fresh(state), *other;
	struct said s;
	int rc;

	other = open_db(state, &s);
	assert_non_null(other);
	assert_int_equal(db_begin(other), 0);
	said_begin(&s);
	rc = db_begin(db);
	said_end(&s);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(s.text,
	    "another program has been writing for"));
	assert_int_equal(db_commit(other), 0);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(db_commit(db), 0);
	db_close(other);
	db_close(db);
}

static void
test_the_lock_file_alone_keeps_a_writer_out(void **state)
{
	struct db *db = fresh(state);
	struct said s;
	int fd, rc;

	fd = open(scratch_path(state, "x.db.lock"), O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	said_begin(&s);
	rc = db_begin(db);
	said_end(&s);
	assert_int_equal(rc, -1);
	close(fd);
	assert_int_equal(db_begin(db), 0);
	db_rollback(db);
	db_close(db);
}

static void
test_a_writer_that_ignores_the_lock_file_is_waited_for_too(void **state)
{
	struct db *db = fresh(state);
	struct said s;
	sqlite3 *h;
	int rc, fd;

	assert_int_equal(sqlite3_open(scratch_path(state, "x.db"), &h), 0);
	assert_int_equal(sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL,
	    NULL), 0);
	said_begin(&s);
	rc = db_begin(db);
	said_end(&s);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(s.text, "locked"));
	/* Whoever gave up does not keep the others from the lock. */
	fd = open(scratch_path(state, "x.db.lock"), O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
	sqlite3_close(h);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(db_commit(db), 0);
	db_close(db);
}

static void
test_readers_wait_for_nobody(void **state)
{
	struct db *db = fresh(state), *other;
	struct said s;

	other = open_db(state, &s);
	assert_non_null(other);
	assert_int_equal(db_begin(other), 0);
	assert_int_equal(add_account(other, "acme"), 0);
	assert_int_equal(db_run(db_stmt(db, SQL_PROGRESS_LIST)), 0);
	db_rollback(other);
	db_close(other);
	db_close(db);
}

static void
die_writing(void *arg)
{
	struct db *db = db_open(arg, BUSY_MS);

	if (db != NULL && db_begin(db) == 0 && add_account(db, "lost") == 0)
		_exit(3);
}

static void
test_a_writer_that_dies_leaves_neither_rows_nor_locks(void **state)
{
	struct db *db = fresh(state);
	struct said s;
	char path[512];

	snprintf(path, sizeof(path), "%s", scratch_path(state, "x.db"));
	assert_int_equal(exit_status(&s, die_writing, path), 3);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(add_account(db, "kept"), 0);
	assert_int_equal(db_commit(db), 0);
	db_close(db);
	assert_string_equal(ask(state, "SELECT group_concat(name) FROM"
	    " account"), "kept");
}

/* --- whole or not at all --- */

static void
test_what_is_rolled_back_was_never_there(void **state)
{
	struct db *db = fresh(state);

	assert_int_equal(db_begin(db), 0);
	assert_int_equal(add_account(db, "acme"), 0);
	db_rollback(db);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(add_account(db, "other"), 0);
	assert_int_equal(db_commit(db), 0);
	db_close(db);
	assert_string_equal(ask(state, "SELECT group_concat(name) FROM"
	    " account"), "other");
}

/* For want of disk or memory SQLite rolls a transaction back by itself. */
static void
test_after_a_statement_that_failed_nothing_more_is_stored(void **state)
{
	struct db *db = fresh(state);
	struct said s;

	shell(state, "CREATE TRIGGER want BEFORE INSERT ON account"
	    " WHEN new.name = 'want' BEGIN SELECT RAISE(ROLLBACK, 'none left');"
	    " END");
	said_begin(&s);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(add_account(db, "before"), 0);
	assert_int_equal(db_failures(db), 0);
	assert_int_equal(add_account(db, "want"), -1);
	assert_int_equal(add_account(db, "after"), -1);
	assert_int_equal(db_commit(db), -1);
	said_end(&s);
	assert_non_null(strstr(s.text, "none left"));
	assert_int_equal(db_failures(db), 1);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(add_account(db, "next"), 0);
	assert_int_equal(db_commit(db), 0);
	db_close(db);
	assert_string_equal(ask(state, "SELECT group_concat(name) FROM"
	    " account"), "next");
}

/* No file may grow any more: what a full disk does. */
static void
fill_disk(struct rlimit *before)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, before);
	limit = *before;
	limit.rlim_cur = 1;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void
test_a_commit_that_fails_stores_nothing_and_frees_the_lock(void **state)
{
	struct db *db = fresh(state), *other;
	struct rlimit before;
	FILE *sink;
	int rc, err;

	other = db_open(scratch_path(state, "x.db"), BUSY_MS);
	assert_non_null(other);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(add_account(db, "acme"), 0);
	/* What is said goes to a device: a file could not grow. */
	sink = fopen("/dev/null", "w");
	err = dup(STDERR_FILENO);
	dup2(fileno(sink), STDERR_FILENO);
	fill_disk(&before);
	rc = db_commit(db);
	setrlimit(RLIMIT_FSIZE, &before);
	dup2(err, STDERR_FILENO);
	close(err);
	fclose(sink);
	assert_int_equal(rc, -1);
	assert_int_equal(db_begin(other), 0);
	assert_int_equal(add_account(other, "other"), 0);
	assert_int_equal(db_commit(other), 0);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(add_account(db, "again"), 0);
	assert_int_equal(db_commit(db), 0);
	db_close(other);
	db_close(db);
	assert_string_equal(ask(state, "SELECT group_concat(name) FROM"
	    " (SELECT name FROM account ORDER BY name)"), "again,other");
	assert_string_equal(ask(state, "PRAGMA integrity_check"), "ok");
}

static void
test_other_writers_are_noticed_and_oneself_is_not(void **state)
{
	struct db *db = fresh(state);
	int64_t version = db_data_version(db);

	assert_int_equal(db_begin(db), 0);
	assert_int_equal(add_account(db, "acme"), 0);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(db_data_version(db), version);
	shell(state, "INSERT INTO account (name) VALUES ('other')");
	assert_int_not_equal(db_data_version(db), version);
	db_close(db);
}

/* --- statements --- */

static void
misspell(void *arg)
{
	db_int(db_stmt(arg, SQL_RUN_TRIM), ":befor", 1);
}

static void
test_a_misspelt_parameter_ends_the_program(void **state)
{
	struct db *db = fresh(state);
	struct said s;

	assert_int_equal(exit_status(&s, misspell, db), 70);
	assert_non_null(strstr(s.text, "no parameter :befor in: "));
	assert_non_null(strstr(s.text, "DELETE FROM run"));
	db_close(db);
}

static void
test_a_statement_forgets_what_was_bound_before(void **state)
{
	struct db *db = fresh(state);
	struct said s;
	int rc;

	assert_int_equal(db_begin(db), 0);
	assert_int_equal(add_account(db, "acme"), 0);
	said_begin(&s);
	rc = db_run(db_stmt(db, SQL_ACCOUNT_PUT));
	said_end(&s);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(s.text, "NOT NULL constraint failed"));
	db_rollback(db);
	db_close(db);
}

static void
test_a_value_is_the_first_column_or_the_fallback(void **state)
{
	struct db *db = fresh(state);
	struct stmt *st;

	st = db_stmt(db, SQL_DISPOSITION_GET);
	db_text(st, ":status", "nonsense");
	assert_int_equal(db_value(st, -7), -7);
	st = db_stmt(db, SQL_EXECUTION_STRAYS);
	db_int(st, ":since", 0);
	assert_int_equal(db_value(st, -7), 0);
	db_close(db);
}

static void
test_what_is_bound_comes_back_as_it_was(void **state)
{
	static const char body[] = "\xe0\xa4\xa8\xf0\x9f\x98\x80'\"; --";
	static const unsigned char sum[4] = { 0, 255, 0, 1 };
	struct db *db = fresh(state);
	struct stmt *st;
	const void *p;
	size_t n;

	assert_int_equal(db_begin(db), 0);
	st = db_stmt(db, SQL_EVENT_PUT);
	db_text(st, ":execution", "e-1");
	db_blob(st, ":digest", sum, sizeof(sum));
	db_text(st, ":source", "get");
	db_int(st, ":at", INT64_C(1) << 40);
	db_textn(st, ":body", body, sizeof(body) - 1);
	assert_int_equal(db_run(st), 0);
	assert_int_equal(db_changes(db), 1);
	assert_int_equal(db_last_id(db), 1);
	assert_int_equal(db_commit(db), 0);
	st = db_stmt(db, SQL_EVENT_OF);
	db_text(st, ":execution", "e-1");
	assert_int_equal(db_step(st), DB_ROW);
	assert_string_equal(db_col_text(st, 0), "get");
	p = db_col_blob(st, 1, &n);
	assert_int_equal(n, sizeof(sum));
	assert_memory_equal(p, sum, n);
	assert_true(db_col_int(st, 2) == INT64_C(1) << 40);
	assert_string_equal(db_col_text(st, 3), body);
	assert_int_equal(db_step(st), DB_DONE);
	db_reset(st);
	db_close(db);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
		T(test_a_database_is_made_once_and_then_opened),
		T(test_every_table_is_strict_about_its_types),
		T(test_a_database_that_is_not_there_is_not_made_by_opening),
		T(test_a_file_that_is_no_database_is_left_alone),
		T(test_a_database_of_another_program_is_left_alone),
		T(test_a_newer_database_is_for_a_newer_program),
		T(test_an_older_database_names_its_cure),
		T(test_views_are_made_anew_and_rows_are_the_operators),
		T(test_a_query_that_does_not_fit_the_tables_is_named),
		T(test_a_link_on_the_way_to_the_database_is_followed),
		T(test_a_link_in_place_of_the_database_is_not_followed),
		T(test_a_writer_waits_for_another_and_then_gives_up),
		T(test_the_lock_file_alone_keeps_a_writer_out),
		T(test_a_writer_that_ignores_the_lock_file_is_waited_for_too),
		T(test_readers_wait_for_nobody),
		T(test_a_writer_that_dies_leaves_neither_rows_nor_locks),
		T(test_what_is_rolled_back_was_never_there),
		T(test_after_a_statement_that_failed_nothing_more_is_stored),
		T(test_a_commit_that_fails_stores_nothing_and_frees_the_lock),
		T(test_other_writers_are_noticed_and_oneself_is_not),
		T(test_a_misspelt_parameter_ends_the_program),
		T(test_a_statement_forgets_what_was_bound_before),
		T(test_a_value_is_the_first_column_or_the_fallback),
		T(test_what_is_bound_comes_back_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
