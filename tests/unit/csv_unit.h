/*
 * What the tests of CSV files share: a file in a directory of its own, its
 * sheet, and another program that changes it at the worst moment.
 */
#ifndef CSV_UNIT_H
#define CSV_UNIT_H

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

static inline int
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
static inline int
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

static inline int
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

static inline void
file_put(const struct place *p, const char *s, size_t n)
{
	FILE *f = fopen(p->path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(s, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static inline char *
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

static inline void
file_is(const struct place *p, const char *want)
{
	char *s = file_get(p);

	assert_string_equal(s, want);
	free(s);
}

static inline enum verdict
sheet_read(struct place *p, enum sheet_want want)
{
	return p->sheet->ops->read(p->sheet, want, &p->l, &p->t);
}

static inline void
loads(struct place *p, const char *s)
{
	file_put(p, s, strlen(s));
	if (sheet_read(p, SHEET_PEOPLE) != VERDICT_OK)
		fail_msg("%s", p->sheet->why);
}

static inline enum verdict
sheet_put(struct place *p, struct sheet_write *w, size_t n)
{
	return p->sheet->ops->write(p->sheet, &p->l, w, n);
}

/* Write one text in one cell of a row that holds PHONE. */
static inline int
text_put(struct place *p, size_t row, enum column c, const char *text)
{
	struct sheet_write w = { .row = row, .phone = PHONE };

	w.cell[c].kind = CELL_TEXT;
	w.cell[c].text = text;
	assert_int_equal(sheet_put(p, &w, 1), VERDICT_OK);
	assert_int_equal(w.refused, 0);
	return w.landed;
}

static inline void
cell_is(const struct place *p, size_t row, size_t col, const char *want)
{
	assert_string_equal(table_get(&p->t, row, col), want);
	assert_false(table_is_number(&p->t, row, col));
}

#endif
