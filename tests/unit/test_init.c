/* What "callsheet init" promises: all that is missing is made, or it is said
 * what could not be, and nothing half-made is left. */
#include "unit.h"

#include <sys/resource.h>

#include <sysexits.h>

#include "verbs.h"
#include "watch.h"

/* The status of init, and what it said. */
static int
init(const char *file, struct said *s)
{
	int rc;

	said_begin(s);
	rc = verb_init(file);
	said_end(s);
	return rc;
}

static void
test_directories_that_are_missing_are_made_for_the_owner_only(void **state)
{
	struct stat sb;
	struct said s;

	assert_int_equal(init(scratch_path(state, "a/b/c/callsheet.conf"), &s),
	    0);
	assert_int_equal(access(scratch_path(state, "a/b/c/callsheet.db"),
	    F_OK), 0);
	assert_int_equal(stat(scratch_path(state, "a/b"), &sb), 0);
	assert_int_equal(sb.st_mode & 0777, 0700);
}

static void
test_where_no_directory_can_be_it_is_named(void **state)
{
	struct said s;

	scratch_write(state, "file", "a file");
	assert_int_equal(init(scratch_path(state, "file/c/callsheet.conf"),
	    &s), EX_CANTCREAT);
	assert_non_null(strstr(s.text, "/file/c: Not a directory"));
}

static void
test_settings_that_cannot_be_made_are_named(void **state)
{
	char name[300];
	struct said s;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(init(scratch_path(state, name), &s), EX_CANTCREAT);
	assert_non_null(strstr(s.text, "xxx: File name too long"));
}

/* No file may grow beyond what a directory and a lock need. */
static void
test_on_a_full_disk_no_half_settings_are_left(void **state)
{
	struct rlimit before, full;
	FILE *sink = fopen("/dev/null", "w");
	int err = dup(STDERR_FILENO), rc;
	struct stat sb;
	struct said s;

	assert_non_null(sink);
	dup2(fileno(sink), STDERR_FILENO);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	full = before;
	full.rlim_cur = 64;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &full);
	rc = verb_init(scratch_path(state, "callsheet.conf"));
	setrlimit(RLIMIT_FSIZE, &before);
	dup2(err, STDERR_FILENO);
	close(err);
	fclose(sink);
	assert_int_equal(rc, EX_CANTCREAT);
	assert_int_equal(access(scratch_path(state, "callsheet.conf"), F_OK),
	    -1);
	/* With room again, the same command makes all of it. */
	assert_int_equal(init(scratch_path(state, "callsheet.conf"), &s), 0);
	assert_int_equal(access(scratch_path(state, "webhook-gate"), F_OK),
	    0);
	assert_int_equal(stat(scratch_path(state, "bolna-addresses"), &sb), 0);
	assert_true(sb.st_size > 64);
}

/* Settings that exist are never added to, so they must come last. */
static void
test_settings_are_made_only_when_all_that_they_name_is_there(void **state)
{
	char file[4093];
	struct said s;
	size_t i;

	/* So deep that only a short name still fits. */
	memset(file, 'd', sizeof(file));
	memcpy(file, *state, strlen(*state));
	for (i = strlen(*state); i < sizeof(file) - 3; i += 200)
		file[i] = '/';
	strcpy(file + sizeof(file) - 3, "/c");
	assert_int_equal(init(file, &s), EX_CANTCREAT);
	assert_int_equal(access(file, F_OK), -1);
	file[sizeof(file) - 3] = '\0';
	assert_int_equal(access(file, F_OK), 0);
}

static void
test_what_cannot_be_measured_is_not_taken_for_room(void **state)
{
	struct said s;
	int64_t mb;

	said_begin(&s);
	mb = watch_free_mb(scratch_path(state, "none/x.db"));
	said_end(&s);
	assert_true(mb < 0);
	assert_non_null(strstr(s.text, "none/x.db: No such file"));
	assert_true(watch_free_mb(*state) > 0);
	assert_true(watch_wal_mb(scratch_path(state, "x.db")) == 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
		T(test_directories_that_are_missing_are_made_for_the_owner_only),
		T(test_where_no_directory_can_be_it_is_named),
		T(test_settings_that_cannot_be_made_are_named),
		T(test_on_a_full_disk_no_half_settings_are_left),
		T(test_settings_are_made_only_when_all_that_they_name_is_there),
		T(test_what_cannot_be_measured_is_not_taken_for_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
