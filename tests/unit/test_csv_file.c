/*
 * A CSV file is whole at any time, whatever else happens to it.
 */
#include "csv_unit.h"

#include <sys/file.h>

#define NOBODY	65534

/* Libc's read is in this program: the file is saved by another while ours is
 * reading it, or it cannot be read. */
static int	 saved_meanwhile;
static int	 read_errno;	/* once */

ssize_t
read(int fd, void *buf, size_t n)
{
	FILE *f;

	if (saved_meanwhile > 0) {
		saved_meanwhile--;
		assert_non_null(f = fopen(other.place->path, "w"));
		assert_true(fputs(other.content, f) >= 0);
		assert_int_equal(fclose(f), 0);
	}
	if (read_errno != 0) {
		errno = read_errno;
		read_errno = 0;
		return -1;
	}
	return syscall(SYS_read, fd, buf, n);
}

/* And its renameat2: the file is saved at the last moment, or the file system
 * cannot exchange two names. */
static int	 saved_last;
static int	 swap_errno;

int
renameat2(int from, const char *old, int to, const char *new,
    unsigned int flags)
{
	char path[PATH_MAX];
	FILE *f;

	if (saved_last > 0) {
		saved_last--;
		snprintf(path, sizeof(path), "%s.saved", other.place->path);
		assert_non_null(f = fopen(path, "w"));
		assert_true(fputs(other.content, f) >= 0);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(rename(path, other.place->path), 0);
	}
	if (swap_errno != 0) {
		errno = swap_errno;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

/* What is forbidden to others is not to root. */
static void
root_steps_down(void)
{
	if (geteuid() == 0)
		assert_int_equal(seteuid(NOBODY), 0);
}

static void
root_is_back(void)
{
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static struct sheet_write
status_of(size_t row, const char *text)
{
	struct sheet_write w = { .row = row, .phone = PHONE };

	w.cell[COL_STATUS].kind = CELL_TEXT;
	w.cell[COL_STATUS].text = text;
	return w;
}

/* What is prepared beside the file. */
static const char *
beside(const struct place *p)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/.callsheet.leads.csv", p->dir);
	return path;
}

static void
test_moved_columns_put_the_write_off(void **state)
{
	struct place *p = *state;
	struct sheet_write w = { .row = 1, .phone = PHONE };
	static const char moved[] = "City," NINE "\nUlm,Ann," PHONE "\n";
	static const char broken[] = "Name\nAnn\n";

	w.cell[COL_STATUS].kind = CELL_TEXT;
	w.cell[COL_STATUS].text = "x";
	loads(p, NINE "\nAnn," PHONE "\n");
	file_put(p, moved, sizeof(moved) - 1);
	assert_int_equal(sheet_put(p, &w, 1), VERDICT_TEMPFAIL);
	assert_non_null(strstr(p->sheet->why, "the columns changed"));
	assert_int_equal(w.landed, -1);
	file_is(p, moved);
	file_put(p, broken, sizeof(broken) - 1);
	assert_int_equal(sheet_put(p, &w, 1), VERDICT_TEMPFAIL);
	file_is(p, broken);
}

static void
test_mode_and_link_are_kept(void **state)
{
	struct place *p = *state;
	struct stat st;
	struct sheet *link_sheet;
	struct sheet_write w = { .row = 1, .phone = PHONE };
	char link[128];

	loads(p, NINE "\nAnn," PHONE "\n");
	assert_int_equal(chmod(p->path, 0640), 0);
	snprintf(link, sizeof(link), "%s/link.csv", p->dir);
	assert_int_equal(symlink("leads.csv", link), 0);
	assert_non_null(link_sheet = csv_sheet(link));
	w.cell[COL_STATUS].kind = CELL_TEXT;
	w.cell[COL_STATUS].text = "x";
	assert_int_equal(link_sheet->ops->write(link_sheet, &p->l, &w, 1),
	    VERDICT_OK);
	link_sheet->ops->close(link_sheet);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	file_is(p, NINE "\nAnn," PHONE ",x\n");
}

static void
test_full_disk_leaves_the_old_file_and_no_other(void **state)
{
	struct place *p = *state;
	struct sheet_write w = { .row = 1, .phone = PHONE };
	struct rlimit old, tight;
	enum verdict v;

	loads(p, NINE "\nAnn," PHONE "\n");
	w.cell[COL_STATUS].kind = CELL_TEXT;
	w.cell[COL_STATUS].text = "x";
	/* A limit on file size stands in for the disk. */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tight = old;
	tight.rlim_cur = 50;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	v = sheet_put(p, &w, 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(v, VERDICT_TEMPFAIL);
	assert_non_null(strstr(p->sheet->why, "cannot write it"));
	assert_int_equal(w.landed, -1);
	assert_int_equal(files_count(p), 1);
	file_is(p, NINE "\nAnn," PHONE "\n");
}

static void
test_change_by_another_program_is_not_lost(void **state)
{
	struct place *p = *state;

	loads(p, NINE ",City\nAnn," PHONE "\n");
	other.content = NINE ",City\nZoe,+12125550124\nAnn," PHONE
	    ",,,,,,,,Ulm\n";
	other.times = 1;
	/* Read again, it finds Zoe where Ann was. */
	assert_int_equal(text_put(p, 1, COL_STATUS, "done"), 0);
	file_is(p, other.content);
	other.times = 1;
	assert_int_equal(text_put(p, 2, COL_STATUS, "done"), 1);
	file_is(p, NINE ",City\nZoe,+12125550124\nAnn," PHONE
	    ",done,,,,,,,Ulm\n");
	assert_int_equal(files_count(p), 1);
}

static void
test_what_is_saved_at_the_last_moment_is_not_lost(void **state)
{
	struct place *p = *state;

	loads(p, NINE ",City\nAnn," PHONE "\n");
	other.content = NINE ",City\nZoe,+12125550124\nAnn," PHONE
	    ",,,,,,,,Ulm\n";
	saved_last = 1;
	assert_int_equal(text_put(p, 1, COL_STATUS, "done"), 0);
	file_is(p, other.content);
	saved_last = 1;
	assert_int_equal(text_put(p, 2, COL_STATUS, "done"), 1);
	file_is(p, NINE ",City\nZoe,+12125550124\nAnn," PHONE
	    ",done,,,,,,,Ulm\n");
	assert_int_equal(files_count(p), 1);
}

static void
test_file_is_replaced_where_names_cannot_be_exchanged(void **state)
{
	static const int refusal[] = { EINVAL, ENOSYS, EIO };
	struct place *p = *state;
	struct sheet_write w;
	size_t i;

	for (i = 0; i < 3; i++) {
		loads(p, NINE "\nAnn," PHONE "\n");
		w = status_of(1, "done");
		swap_errno = refusal[i];
		assert_int_equal(sheet_put(p, &w, 1), refusal[i] == EIO ?
		    VERDICT_TEMPFAIL : VERDICT_OK);
		swap_errno = 0;
		file_is(p, refusal[i] == EIO ? NINE "\nAnn," PHONE "\n" :
		    NINE "\nAnn," PHONE ",done\n");
		assert_int_equal(files_count(p), 1);
	}
}

static void
test_file_that_keeps_changing_is_put_off(void **state)
{
	struct place *p = *state;
	struct sheet_write w = { .row = 1, .phone = PHONE };

	loads(p, NINE "\nAnn," PHONE "\n");
	w.cell[COL_STATUS].kind = CELL_TEXT;
	w.cell[COL_STATUS].text = "x";
	/* Of another size: a clock tick is too long to tell by time. */
	other.content = NINE "\nAnn," PHONE "\nBob\n";
	other.times = 9;
	assert_int_equal(sheet_put(p, &w, 1), VERDICT_TEMPFAIL);
	assert_int_equal(other.times, 6);
	assert_non_null(strstr(p->sheet->why, "being changed"));
	assert_int_equal(w.landed, -1);
	assert_int_equal(files_count(p), 1);
	file_is(p, other.content);
}

static void
test_rename_that_may_not_be_on_disk_is_unknown(void **state)
{
	struct place *p = *state;
	struct sheet_write w = { .row = 1, .phone = PHONE };

	loads(p, NINE "\nAnn," PHONE "\n");
	w.cell[COL_STATUS].kind = CELL_TEXT;
	w.cell[COL_STATUS].text = "x";
	other.fail_dir = 1;
	assert_int_equal(sheet_put(p, &w, 1), VERDICT_UNKNOWN);
	assert_int_equal(w.landed, -1);
	file_is(p, NINE "\nAnn," PHONE ",x\n");
}

static void
test_hundred_thousand_rows_are_rewritten_whole(void **state)
{
	struct place *p = *state;
	struct sheet_write *w;
	char *text, phone[24];
	size_t i, n = 0, rows = 100000;
	struct timespec a, b;

	text = malloc(rows * 200);
	assert_non_null(text);
	n += (size_t)sprintf(text, NINE ",City\n");
	for (i = 1; i <= rows; i++)
		n += (size_t)sprintf(text + n, "Person %zu,+1212555%07zu,,,,,"
		    "\"a note, quoted\",\"agent: hello\nuser: yes\",,Ulm\n", i,
		    i);
	file_put(p, text, n);
	free(text);
	w = calloc(rows / 2, sizeof(*w));
	assert_non_null(w);
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(sheet_read(p, SHEET_PEOPLE), VERDICT_OK);
	assert_int_equal(p->t.nrows, rows + 1);
	for (i = 0; i < rows / 2; i++) {
		w[i].row = rows - 2 * i;
		w[i].phone = table_get(&p->t, w[i].row, 1);
		w[i].cell[COL_STATUS].kind = CELL_TEXT;
		w[i].cell[COL_STATUS].text = "completed";
	}
	assert_int_equal(sheet_put(p, w, rows / 2), VERDICT_OK);
	clock_gettime(CLOCK_MONOTONIC, &b);
	print_message("read and rewritten in %.2f s\n",
	    (double)(b.tv_sec - a.tv_sec) +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	for (i = 0; i < rows / 2; i++)
		assert_int_equal(w[i].landed, 1);
	free(w);
	assert_int_equal(sheet_read(p, SHEET_PEOPLE), VERDICT_OK);
	assert_int_equal(p->t.nrows, rows + 1);
	for (i = 1; i <= rows; i++) {
		snprintf(phone, sizeof(phone), "+1212555%07zu", i);
		cell_is(p, i, 1, phone);
		cell_is(p, i, 2, i % 2 == 0 ? "completed" : "");
		cell_is(p, i, 9, "Ulm");
	}
}

static void
test_file_that_is_saved_while_it_is_read_is_read_again(void **state)
{
	struct place *p = *state;

	file_put(p, NINE "\n", sizeof(NINE));
	other.content = NINE "\nAnn," PHONE "\n";
	saved_meanwhile = 1;
	assert_int_equal(sheet_read(p, SHEET_PEOPLE), VERDICT_OK);
	cell_is(p, 1, 1, PHONE);
}

static void
test_bad_disk_puts_the_reading_off_and_a_signal_does_not(void **state)
{
	struct place *p = *state;

	file_put(p, NINE "\n", sizeof(NINE));
	read_errno = EINTR;
	assert_int_equal(sheet_read(p, SHEET_PEOPLE), VERDICT_OK);
	assert_int_equal(read_errno, 0);
	read_errno = EIO;
	assert_int_equal(sheet_read(p, SHEET_PEOPLE), VERDICT_TEMPFAIL);
	assert_non_null(strstr(p->sheet->why, "cannot read it: "));
}

static void
test_quote_left_open_since_the_reading_stops_the_write(void **state)
{
	struct place *p = *state;
	struct sheet_write w = status_of(1, "x");
	static const char broken[] = NINE "\nAnn," PHONE "\n\"Bob,+12\n";

	loads(p, NINE "\nAnn," PHONE "\n");
	file_put(p, broken, sizeof(broken) - 1);
	assert_int_equal(sheet_put(p, &w, 1), VERDICT_PERMFAIL);
	assert_non_null(strstr(p->sheet->why, "the quote in line 3 is never "
	    "closed"));
	assert_int_equal(w.landed, -1);
	file_is(p, broken);
}

static void
test_file_too_large_for_memory_is_refused_unread(void **state)
{
	struct place *p = *state;

	file_put(p, "", 0);
	assert_int_equal(truncate(p->path, 513L << 20), 0);
	assert_int_equal(sheet_read(p, SHEET_PEOPLE), VERDICT_PERMFAIL);
	assert_non_null(strstr(p->sheet->why, "larger than 512 MB"));
}

static void
test_file_that_may_not_be_read_is_said_to_be_so(void **state)
{
	struct place *p = *state;
	enum verdict v;

	file_put(p, NINE "\n", sizeof(NINE));
	assert_int_equal(chmod(p->dir, 0755), 0);
	assert_int_equal(chmod(p->path, 0), 0);
	root_steps_down();
	v = sheet_read(p, SHEET_PEOPLE);
	root_is_back();
	assert_int_equal(v, VERDICT_PERMFAIL);
	assert_non_null(strstr(p->sheet->why, "cannot open it: Permission "
	    "denied"));
}

static void
test_directory_that_may_not_be_written_is_said_to_be_so(void **state)
{
	struct place *p = *state;
	struct sheet_write w = status_of(1, "x");
	enum verdict v;

	loads(p, NINE "\nAnn," PHONE "\n");
	assert_int_equal(chmod(p->path, 0666), 0);
	assert_int_equal(chmod(p->dir, 0555), 0);
	root_steps_down();
	v = sheet_put(p, &w, 1);
	root_is_back();
	assert_int_equal(chmod(p->dir, 0755), 0);
	assert_int_equal(v, VERDICT_PERMFAIL);
	assert_non_null(strstr(p->sheet->why, "cannot make a file beside it: "
	    "Permission denied"));
	assert_int_equal(w.landed, -1);
	file_is(p, NINE "\nAnn," PHONE "\n");
}

static void
test_rights_of_a_group_do_not_go_to_another(void **state)
{
	struct place *p = *state;
	struct sheet_write w = status_of(1, "x");
	struct stat st;
	enum verdict v;
	gid_t group = getegid();

	if (geteuid() != 0)
		skip();		/* only root can be somebody else */
	loads(p, NINE "\nAnn," PHONE "\n");
	assert_int_equal(chmod(p->path, 0664), 0);
	assert_int_equal(chmod(p->dir, 0777), 0);
	assert_int_equal(setegid(NOBODY), 0);
	root_steps_down();
	v = sheet_put(p, &w, 1);
	root_is_back();
	assert_int_equal(setegid(group), 0);
	assert_int_equal(v, VERDICT_OK);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_uid, NOBODY);
	assert_int_equal(st.st_mode & 0777, 0604);
}

static void
test_two_passes_do_not_prepare_the_same_file(void **state)
{
	struct place *p = *state;
	struct sheet_write w = status_of(1, "x");
	int fd = open(p->dir, O_RDONLY | O_DIRECTORY);

	loads(p, NINE "\nAnn," PHONE "\n");
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(sheet_put(p, &w, 1), VERDICT_TEMPFAIL);
	assert_non_null(strstr(p->sheet->why, "being changed by another"));
	file_is(p, NINE "\nAnn," PHONE "\n");
	close(fd);
	assert_int_equal(sheet_put(p, &w, 1), VERDICT_OK);
	file_is(p, NINE "\nAnn," PHONE ",x\n");
}

static void
test_what_a_dead_pass_left_is_removed(void **state)
{
	struct place *p = *state;
	struct sheet *s;
	FILE *f;

	file_put(p, NINE "\n", sizeof(NINE));
	assert_non_null(f = fopen(beside(p), "w"));
	fclose(f);
	assert_int_equal(files_count(p), 2);
	assert_non_null(s = csv_sheet(p->path));
	assert_int_equal(files_count(p), 1);
	s->ops->close(s);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(test_moved_columns_put_the_write_off),
		T(test_mode_and_link_are_kept),
		T(test_full_disk_leaves_the_old_file_and_no_other),
		T(test_change_by_another_program_is_not_lost),
		T(test_what_is_saved_at_the_last_moment_is_not_lost),
		T(test_file_is_replaced_where_names_cannot_be_exchanged),
		T(test_file_that_keeps_changing_is_put_off),
		T(test_rename_that_may_not_be_on_disk_is_unknown),
		T(test_file_that_is_saved_while_it_is_read_is_read_again),
		T(test_bad_disk_puts_the_reading_off_and_a_signal_does_not),
		T(test_quote_left_open_since_the_reading_stops_the_write),
		T(test_file_too_large_for_memory_is_refused_unread),
		T(test_file_that_may_not_be_read_is_said_to_be_so),
		T(test_directory_that_may_not_be_written_is_said_to_be_so),
		T(test_rights_of_a_group_do_not_go_to_another),
		T(test_two_passes_do_not_prepare_the_same_file),
		T(test_what_a_dead_pass_left_is_removed),
		T(test_hundred_thousand_rows_are_rewritten_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
