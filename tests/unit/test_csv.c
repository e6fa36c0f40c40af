/*
 * A CSV file keeps every byte that is not ours, and is whole at any time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "csv.h"
#include "sheet.h"

#define NINE "Name,Phone Number,Status,Latest Execution ID,Duration," \
	"Last Attempt Time,Notes,Transcript,Summary"
#define PHONE "+12125550123"

struct place {
	char		 dir[64];
	char		 path[96];
	struct sheet	*sheet;
	struct layout	 l;
	struct table	 t;
};

/* Another program that saves the file while ours is being written: libc's
 * fsync is the last thing before the look whether it changed. */
static struct {
	const struct place	*place;
	const char		*content;
	int			 times;
	int			 fail_dir;
} other;

int
fsync(int fd)
{
	struct stat st;
	FILE *f;

	if (other.times > 0) {
		other.times--;
		assert_non_null(f = fopen(other.place->path, "w"));
		assert_true(fputs(other.content, f) >= 0);
		assert_int_equal(fclose(f), 0);
	}
	if (other.fail_dir && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	strcpy(p->dir, "/tmp/test_csv.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/leads.csv", p->dir);
	p->sheet = csv_sheet(p->path);
	assert_non_null(p->sheet);
	table_init(&p->t, 0);
	memset(&other, 0, sizeof(other));
	other.place = p;
	*state = p;
	return 0;
}

/* Files in the directory, the sheet's own and links included. */
static int
files_count(const struct place *p)
{
	struct dirent *e;
	DIR *d = opendir(p->dir);
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	char link[128];

	p->sheet->ops->close(p->sheet);
	layout_free(&p->l);
	table_free(&p->t);
	snprintf(link, sizeof(link), "%s/link.csv", p->dir);
	unlink(link);
	unlink(p->path);
	rmdir(p->path);
	/* Fails when a temporary file was left behind. */
	assert_int_equal(rmdir(p->dir), 0);
	free(p);
	return 0;
}

static void
file_put(const struct place *p, const char *s, size_t n)
{
	FILE *f = fopen(p->path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(s, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static char *
file_get(const struct place *p)
{
	FILE *f = fopen(p->path, "r");
	char *s = NULL;
	size_t n = 0;

	assert_non_null(f);
	if (getdelim(&s, &n, '\0', f) == -1)
		s[0] = '\0';
	fclose(f);
	return s;
}

static void
file_is(const struct place *p, const char *want)
{
	char *s = file_get(p);

	assert_string_equal(s, want);
	free(s);
}

static enum verdict
sheet_read(struct place *p, enum sheet_want want)
{
	return p->sheet->ops->read(p->sheet, want, &p->l, &p->t);
}

static void
loads(struct place *p, const char *s)
{
	file_put(p, s, strlen(s));
	if (sheet_read(p, SHEET_PEOPLE) != VERDICT_OK)
		fail_msg("%s", p->sheet->why);
}

static enum verdict
sheet_put(struct place *p, struct sheet_write *w, size_t n)
{
	return p->sheet->ops->write(p->sheet, &p->l, w, n);
}

/* Write one text in one cell of a row that holds PHONE. */
static int
text_put(struct place *p, size_t row, enum column c, const char *text)
{
	struct sheet_write w = { .row = row, .phone = PHONE };

	w.cell[c].kind = CELL_TEXT;
	w.cell[c].text = text;
	assert_int_equal(sheet_put(p, &w, 1), VERDICT_OK);
	assert_int_equal(w.refused, 0);
	return w.landed;
}

static void
cell_is(const struct place *p, size_t row, size_t col, const char *want)
{
	assert_string_equal(table_get(&p->t, row, col), want);
	assert_false(table_is_number(&p->t, row, col));
}

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
		T(test_moved_columns_put_the_write_off),
		T(test_mode_and_link_are_kept),
		T(test_full_disk_leaves_the_old_file_and_no_other),
		T(test_change_by_another_program_is_not_lost),
		T(test_file_that_keeps_changing_is_put_off),
		T(test_rename_that_may_not_be_on_disk_is_unknown),
		T(test_hundred_thousand_rows_are_rewritten_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
