/*
 * A CSV file: what is read, written anew and read again is the same table, and
 * a result changes its own cells and no other byte of meaning.
 */
#include "fuzz.h"

#include <fcntl.h>

#include "body.h"
#include "csv.h"
#include "csv_file.h"
#include "sheet.h"

#define NINE "Name,Phone Number,Status,Latest Execution ID,Duration," \
	"Last Attempt Time,Notes,Transcript,Summary\n"

static char path[140];

static void
put_two(const void *a, size_t na, const void *b, size_t nb)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CLAIM(fd != -1 && write(fd, a, na) == (ssize_t)na);
	CLAIM(write(fd, b, nb) == (ssize_t)nb);
	close(fd);
}

static void
put(const struct csv_buffer *b)
{
	put_two(b->s, b->len, "", 0);
}

static void
take_away(void)
{
	char *slash = strrchr(path, '/');

	unlink(path);
	*slash = '\0';
	rmdir(path);
	*slash = '/';
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char dir[128];

	(void)argc;
	(void)argv;
	fuzz_begin();
	fuzz_dir(dir);
	snprintf(path, sizeof(path), "%s/x.csv", dir);
	atexit(take_away);
	return 0;
}

/* Every record of the file, written with the separator it was read with. */
static int
write_anew(struct csv_buffer *out)
{
	char why[512] = "";
	struct csv_file f = { .path = path, .why = why, .whysz = sizeof(why) };
	struct csv_buffer value = { NULL, 0, 0 };
	struct csv_cursor c;
	struct csv_record r;
	size_t i;
	int more;

	if (csv_load(&f) != VERDICT_OK) {
		CLAIM(why[0] != '\0' && f.data == NULL);
		return -1;
	}
	CLAIM(csv_buffer_add(out, f.data, f.start) == 0);
	for (c = csv_begin(&f); (more = csv_record_next(&c, &r)) == 1;) {
		CLAIM(r.n <= r.total && r.n <= SHEET_MAX_COLS);
		CLAIM((r.tail != NULL) == (r.total > r.n));
		for (i = 0; i < r.n; i++) {
			CLAIM(csv_record_value(&r, i, &value) == 0);
			CLAIM(strlen(value.s) == value.len);
			CLAIM(utf8_valid(value.s, value.len));
			CLAIM(i == 0 || csv_buffer_add(out, &f.sep, 1) == 0);
			CLAIM(csv_field_add(out, &value) == 0);
		}
		CLAIM(csv_buffer_add(out, "\r\n", 2) == 0);
	}
	CLAIM(more == 0 || csv_line(&f, r.tail) >= 1);
	csv_release(&f);
	free(value.s);
	return more;
}

static enum verdict
read_all(struct layout *l, struct table *t)
{
	struct sheet *s = csv_sheet(path);
	enum verdict v;

	CLAIM(s != NULL);
	memset(l, 0, sizeof(*l));
	table_init(t, 0);
	v = s->ops->read(s, SHEET_PEOPLE, l, t);
	CLAIM((v == VERDICT_OK) == (l->ncols > 0));
	CLAIM(v == VERDICT_OK || s->why[0] != '\0');
	s->ops->close(s);
	return v;
}

static void
same_table(const struct layout *l, const struct table *a,
    const struct table *b, size_t row, const int *ours)
{
	size_t r, c;

	CLAIM(a->nrows == b->nrows && a->ncols == b->ncols);
	for (r = 0; r < a->nrows; r++)
		for (c = 0; c < a->ncols; c++)
			if (row == 0 || r != row || l->known[c] == -1 ||
			    !ours[l->known[c]])
				CLAIM(strcmp(table_get(a, r, c),
				    table_get(b, r, c)) == 0);
}

/* What stands in a cell after text was written there. */
static void
written(const char *got, const char *text)
{
	size_t n;

	for (n = 0; (unsigned char)text[n] >= ' '; n++)
		continue;
	CLAIM(!csv_is_formula(got));
	if (!csv_is_formula(text))
		CLAIM(strncmp(got, text, n) == 0);
}

/* Write a text into two cells of a row; all else stays. */
static void
write_row(struct layout *l, const struct table *t, const char *text)
{
	struct sheet_write w[2] = { { .row = t->nrows + 3 }, { .row = 1 } };
	struct sheet *s = csv_sheet(path);
	int ours[COL__MAX] = { [COL_STATUS] = 1, [COL_DURATION] = 1 };
	struct layout after;
	struct table now;
	size_t at;

	CLAIM(s != NULL);
	if (t->nrows / 2 > 1)
		w[1].row = t->nrows / 2;
	w[0].cell[COL_STATUS].kind = CELL_TEXT;
	w[1].phone = table_get(t, w[1].row, (size_t)l->at[COL_PHONE]);
	w[1].cell[COL_STATUS].kind = CELL_TEXT;
	w[1].cell[COL_STATUS].text = text;
	w[1].cell[COL_DURATION].kind = CELL_NUMBER;
	w[1].cell[COL_DURATION].number = 68.7;
	CLAIM(s->ops->write(s, l, w, 2) == VERDICT_OK);
	s->ops->close(s);
	CLAIM(w[0].landed == 0 && !w[0].refused);	/* below the last */
	CLAIM(w[1].refused == !utf8_valid(text, strlen(text)));
	CLAIM(w[1].refused || w[1].landed == (w[1].row < t->nrows));
	CLAIM(read_all(&after, &now) == VERDICT_OK);
	same_table(l, t, &now, w[1].row, ours);
	if (w[1].landed == 1) {
		at = (size_t)l->at[COL_DURATION];
		CLAIM(strcmp(table_get(&now, w[1].row, at), "68.7") == 0);
		at = (size_t)l->at[COL_STATUS];
		written(table_get(&now, w[1].row, at), text);
	}
	layout_free(&after);
	table_free(&now);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv_buffer anew = { NULL, 0, 0 };
	struct layout l, again;
	struct table t, u;
	char *text = fuzz_copy(data, size);

	/* A header is hard to guess: "+" stands for one. */
	if (size > 0 && *text == '+')
		put_two(NINE, strlen(NINE), text + 1, size - 1);
	else
		put_two("", 0, text, size);
	if (read_all(&l, &t) == VERDICT_OK && write_anew(&anew) == 0) {
		put(&anew);
		CLAIM(read_all(&again, &u) == VERDICT_OK);
		CLAIM(layout_same(&l, &again));
		same_table(&l, &t, &u, 0, NULL);
		layout_free(&again);
		table_free(&u);
		put(&anew);
		write_row(&l, &t, text + size / 2);
	} else {
		write_anew(&anew);
	}
	layout_free(&l);
	table_free(&t);
	free(anew.s);
	free(text);
	return 0;
}
