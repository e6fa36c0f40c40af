/* What db_files.h promises: whose files the database, its log and its lock
 * are is seen before anything is written, and said with the cure. */
#include "unit.h"

#include <sys/resource.h>

#include <errno.h>
#include <sqlite3.h>

#include "db.h"
#include "db_files.h"

#define BUSY_MS	60
#define NOBODY	65534

/* A sound database; its path. */
static const char *
made(void **state)
{
	const char *path = scratch_path(state, "x.db");

	assert_int_equal(db_create(path), 1);
	return path;
}

/* The database is opened in vain, and this is said; returns errno. */
static int
refused(void **state, const char *words)
{
	struct said s;
	struct db *db;
	int error;

	said_begin(&s);
	db = db_open(scratch_path(state, "x.db"), BUSY_MS);
	error = errno;
	said_end(&s);
	assert_null(db);
	if (strstr(s.text, words) == NULL)
		fail_msg("%s", s.text);
	return error;
}

/* As somebody to whom root's privileges do not open everything. */
static void
as_a_user(void **state)
{
	if (geteuid() == 0) {
		assert_int_equal(chown(*state, NOBODY, NOBODY), 0);
		assert_int_equal(chown(scratch_path(state, "x.db"), NOBODY,
		    NOBODY), 0);
		assert_int_equal(chown(scratch_path(state, "x.db.lock"),
		    NOBODY, NOBODY), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	}
}

static int
teardown(void **state)
{
	if (getuid() == 0 && seteuid(0) == -1)
		return -1;
	chmod(*state, 0700);
	return scratch_remove(state);
}

static void
test_a_directory_that_may_not_be_written_is_named(void **state)
{
	made(state);
	as_a_user(state);
	assert_int_equal(chmod(*state, 0500), 0);
	refused(state, ": cannot be written; chown it to the user that runs "
	    "this");
	refused(state, "directory ");
}

static void
test_a_log_of_somebody_else_is_named(void **state)
{
	static const char *const name[] = { "x.db-wal", "x.db-shm" };
	char want[64];
	size_t i;

	made(state);
	as_a_user(state);
	for (i = 0; i < LENGTH(name); i++) {
		scratch_write(state, name[i], "");
		assert_int_equal(chmod(scratch_path(state, name[i]), 0), 0);
		snprintf(want, sizeof(want), "%s: cannot be written; chown",
		    name[i]);
		refused(state, want);
		assert_int_equal(unlink(scratch_path(state, name[i])), 0);
	}
}

static void
test_a_database_that_can_only_be_read_is_not_opened(void **state)
{
	made(state);
	as_a_user(state);
	assert_int_equal(chmod(scratch_path(state, "x.db"), 0400), 0);
	refused(state, "x.db: cannot be written; chown it to the user that "
	    "runs this");
}

static void
test_a_link_in_place_of_the_lock_is_not_followed(void **state)
{
	char target[512];

	made(state);
	snprintf(target, sizeof(target), "%s", scratch_path(state, "theirs"));
	assert_int_equal(unlink(scratch_path(state, "x.db.lock")), 0);
	assert_int_equal(symlink(target, scratch_path(state, "x.db.lock")), 0);
	refused(state, "x.db.lock: ");
	assert_int_equal(access(target, F_OK), -1);
}

/* --- for now or for good --- */

static void
test_a_database_that_somebody_has_for_himself_is_for_later(void **state)
{
	const char *path = made(state);
	sqlite3 *h;

	assert_int_equal(sqlite3_open(path, &h), 0);
	assert_int_equal(sqlite3_exec(h, "PRAGMA locking_mode = EXCLUSIVE;"
	    "BEGIN IMMEDIATE; COMMIT", NULL, NULL, NULL), 0);
	assert_int_equal(refused(state, "database is locked"), EAGAIN);
	sqlite3_close(h);
	scratch_write(state, "x.db", "Dear diary");
	assert_int_not_equal(refused(state, "is not callsheet's"), EAGAIN);
}

static void
test_on_a_full_disk_the_lock_does_without_its_mark(void **state)
{
	const char *path = made(state);
	struct rlimit before, none;
	struct said s;
	int fd, rc;

	fd = open(scratch_path(state, "x.db.lock"), O_RDWR | O_TRUNC);
	assert_int_not_equal(fd, -1);
	path = scratch_path(state, "x.db");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	signal(SIGXFSZ, SIG_IGN);
	said_begin(&s);
	setrlimit(RLIMIT_FSIZE, &none);
	rc = db_files_own(path, fd);
	setrlimit(RLIMIT_FSIZE, &before);
	said_end(&s);
	assert_int_equal(rc, 0);
	/* What cannot be marked now is marked by the next. */
	assert_int_equal(db_files_own(path, fd), 0);
	assert_true(lseek(fd, 0, SEEK_END) > 0);
	close(fd);
}

static void
test_a_database_that_is_gone_meanwhile_is_named(void **state)
{
	struct db_files files = { 0 };
	const char *path = scratch_path(state, "none.db");
	struct said s;
	int local, own, note;

	said_begin(&s);
	local = db_files_local(path);
	own = db_files_own(path, -1);
	note = db_files_note(&files, path);
	said_end(&s);
	assert_int_equal(local, -1);
	assert_int_equal(own, -1);
	assert_int_equal(note, -1);
	assert_non_null(strstr(s.text, "none.db: No such file"));
	db_files_free(&files);
}

/* --- a database that was replaced --- */

static void
test_a_replaced_database_is_kept_while_its_log_is_read(void **state)
{
	const char *path = made(state);
	struct db *db = db_open(path, BUSY_MS);
	struct stmt *st;
	char away[512];
	struct said s;
	sqlite3 *h;
	int rc;

	assert_non_null(db);
	assert_int_equal(sqlite3_open(path, &h), 0);
	assert_int_equal(sqlite3_exec(h, "BEGIN; SELECT * FROM account", NULL,
	    NULL, NULL), 0);
	assert_int_equal(db_begin(db), 0);
	st = db_stmt(db, SQL_ACCOUNT_PUT);
	db_text(st, ":name", "acme");
	assert_int_equal(db_run(st), 0);
	assert_int_equal(db_commit(db), 0);
	snprintf(away, sizeof(away), "%s", scratch_path(state, "away.db"));
	assert_int_equal(rename(scratch_path(state, "x.db"), away), 0);
	said_begin(&s);
	rc = db_leave(db);
	said_end(&s);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(s.text, "is in use by another program"));
	assert_int_equal(sqlite3_close(h), SQLITE_OK);
	assert_int_equal(db_leave(db), 0);
	/* What was committed is in the one that was moved away. */
	assert_int_equal(access(scratch_path(state, "x.db-wal"), F_OK), -1);
	assert_int_equal(sqlite3_open(away, &h), 0);
	assert_int_equal(sqlite3_exec(h, "UPDATE account SET name = 'found'"
	    " WHERE name = 'acme'", NULL, NULL, NULL), 0);
	assert_int_equal(sqlite3_changes(h), 1);
	sqlite3_close(h);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_make, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_directory_that_may_not_be_written_is_named),
		T(test_a_log_of_somebody_else_is_named),
		T(test_a_database_that_can_only_be_read_is_not_opened),
		T(test_a_link_in_place_of_the_lock_is_not_followed),
		T(test_a_database_that_somebody_has_for_himself_is_for_later),
		T(test_on_a_full_disk_the_lock_does_without_its_mark),
		T(test_a_database_that_is_gone_meanwhile_is_named),
		T(test_a_replaced_database_is_kept_while_its_log_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
