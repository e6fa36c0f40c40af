/*
 * A CSV file as a sheet, as RFC 4180 has it and as spreadsheet programs write
 * it.  What is not ours stays as it is, byte for byte; the file is replaced as
 * a whole, never changed in place.
 *
 * No lock is taken on the file: the programs that people edit it with do not
 * look for one, and after rename(2) it would be a lock on the old file.  A
 * change is seen by comparing the file's identity just before the rename; one
 * that falls between that look and the rename is lost.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "body.h"
#include "csv.h"
#include "sheet.h"

#define CSV_MAX_BYTES	(512L * 1024 * 1024)	/* all of it is in memory */
#define CSV_TRIES	3	/* while others keep changing the file */

struct csv_sheet {
	struct sheet	 sheet;		/* first: the interface */
	char		*path;
	int		 again;		/* changed under our hands: once more */
};

struct csv_file {
	char		*data;
	size_t		 len;
	size_t		 start;		/* after the byte order mark */
	char		 sep;
	struct stat	 st;
	char		 real[PATH_MAX];
};

struct cursor {
	const char	*p;
	const char	*end;
	char		 sep;
};

struct field {
	const char	*raw;		/* quotes included */
	size_t		 len;
	int		 last;		/* of its record */
};

struct record {
	const char	*begin;
	struct field	 field[SHEET_MAX_COLS];
	size_t		 n;		/* in field */
	size_t		 total;		/* in the file */
	const char	*tail;		/* the fields after those */
	const char	*eol;
};

struct buffer {
	char	*s;
	size_t	 len, cap;
};

static int
buffer_add(struct buffer *b, const char *s, size_t len)
{
	size_t cap;
	char *grown;

	if (b->len + len + 1 > b->cap) {
		cap = b->cap + b->cap / 2 + 256;
		if (cap < b->len + len + 1)
			cap = b->len + len + 1;
		if ((grown = realloc(b->s, cap)) == NULL)
			return -1;
		b->s = grown;
		b->cap = cap;
	}
	memcpy(b->s + b->len, s, len);
	b->len += len;
	b->s[b->len] = '\0';
	return 0;
}

static int
buffer_set(struct buffer *b, const char *s, size_t len)
{
	b->len = 0;
	return buffer_add(b, s, len);
}

/* Say what happened to the file; returns v. */
static enum verdict __attribute__((format(printf, 3, 4)))
csv_fault(struct csv_sheet *c, enum verdict v, const char *fmt, ...)
{
	char what[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(c->sheet.why, sizeof(c->sheet.why), "%.100s: %s", c->path,
	    what);
	return v;
}

/* A fault of the system: some stay until a person does something. */
static enum verdict
csv_errno(struct csv_sheet *c, const char *doing)
{
	int e = errno;

	return csv_fault(c, e == ENOENT || e == ENOTDIR || e == EACCES ||
	    e == EPERM || e == EROFS || e == ELOOP || e == EISDIR ||
	    e == ENAMETOOLONG ? VERDICT_PERMFAIL : VERDICT_TEMPFAIL,
	    "cannot %s: %s", doing, strerror(e));
}

static enum verdict
csv_memory(struct csv_sheet *c)
{
	return csv_fault(c, VERDICT_TEMPFAIL, "out of memory");
}

static enum verdict
csv_changed(struct csv_sheet *c)
{
	c->again = 1;
	return csv_fault(c, VERDICT_TEMPFAIL,
	    "the file is being changed by another program");
}

/* Have one more try at a file that was being changed? */
static int
csv_again(struct csv_sheet *c, int *tries)
{
	static const struct timespec pause = { 0, 20 * 1000 * 1000 };

	if (*tries > 0 && (!c->again || *tries == CSV_TRIES))
		return 0;
	if ((*tries)++ > 0)
		nanosleep(&pause, NULL);
	c->again = 0;
	return 1;
}

/* Take the next field; -1 when its quote is never closed.  What stands after
 * a closing quote is taken along, as spreadsheet programs do. */
static int
field_next(struct cursor *c, struct field *f)
{
	const char *p = c->p;

	f->raw = p;
	if (p < c->end && *p == '"') {
		for (p++;; p++) {
			p = memchr(p, '"', (size_t)(c->end - p));
			if (p == NULL)
				return -1;
			if (++p == c->end || *p != '"')
				break;
		}
	}
	while (p < c->end && *p != c->sep && *p != '\n' && *p != '\r')
		p++;
	f->len = (size_t)(p - f->raw);
	f->last = p == c->end || *p != c->sep;
	c->p = p < c->end && !f->last ? p + 1 : p;
	return 0;
}

/* Take the next record: 1, or 0 at the end, or -1 with r->tail at a quote
 * that is never closed. */
static int
record_next(struct cursor *c, struct record *r)
{
	struct field f;

	r->begin = c->p;
	r->n = r->total = 0;
	r->tail = NULL;
	if (c->p == c->end)
		return 0;
	do {
		if (field_next(c, &f) == -1) {
			r->tail = f.raw;
			return -1;
		}
		r->total++;
		if (r->n < SHEET_MAX_COLS)
			r->field[r->n++] = f;
		else if (r->tail == NULL)
			r->tail = f.raw;
	} while (!f.last);
	r->eol = c->p;
	if (c->p < c->end && *c->p == '\r')
		c->p++;
	if (c->p < c->end && *c->p == '\n')
		c->p++;
	return 1;
}

/* The value of field i, "" when the record is shorter. */
static int
record_value(const struct record *r, size_t i, struct buffer *b)
{
	const char *p, *end, *q;

	if (i >= r->n)
		return buffer_set(b, "", 0);
	p = r->field[i].raw;
	end = p + r->field[i].len;
	if (p == end || *p != '"')
		return buffer_set(b, p, (size_t)(end - p));
	b->len = 0;
	for (p++;; p = q + 1) {
		q = memchr(p, '"', (size_t)(end - p));
		if (buffer_add(b, p, (size_t)(q - p)) == -1)
			return -1;
		if (++q == end || *q != '"')
			return buffer_add(b, q, (size_t)(end - q));
		if (buffer_add(b, "\"", 1) == -1)
			return -1;
	}
}

/* The number of the line that p is in. */
static size_t
csv_line(const struct csv_file *f, const char *p)
{
	const char *s;
	size_t line = 1;

	for (s = f->data; s < p; s++)
		if (*s == '\n' || (*s == '\r' && s[1] != '\n'))
			line++;
	return line;
}

/* The separator is the one that the header line has most of. */
static char
csv_separator(const char *p, const char *end)
{
	size_t comma = 0, semicolon = 0, tab = 0;
	int quoted = 0;

	for (; p < end && (quoted || (*p != '\n' && *p != '\r')); p++) {
		if (*p == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		comma += *p == ',';
		semicolon += *p == ';';
		tab += *p == '\t';
	}
	if (tab > comma && tab > semicolon)
		return '\t';
	return semicolon > comma ? ';' : ',';
}

/* Refuse what is no text, with the line where it shows. */
static enum verdict
csv_check(struct csv_sheet *c, struct csv_file *f)
{
	const char *p = f->data, *end = f->data + f->len, *nl;

	if (f->len >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 ||
	    memcmp(p, "\xfe\xff", 2) == 0))
		return csv_fault(c, VERDICT_PERMFAIL, "the file is UTF-16; "
		    "save it as \"CSV UTF-8\"");
	if (!utf8_valid(p, f->len)) {
		/* The first line that is bad by itself. */
		for (; p < end; p = nl + 1) {
			nl = memchr(p, '\n', (size_t)(end - p));
			if (nl == NULL ||
			    !utf8_valid(p, (size_t)(nl - p)))
				break;
		}
		return csv_fault(c, VERDICT_PERMFAIL, "line %zu is not UTF-8; "
		    "save the file as \"CSV UTF-8\"", csv_line(f, p));
	}
	if ((nl = memchr(p, '\0', f->len)) != NULL)
		return csv_fault(c, VERDICT_PERMFAIL, "line %zu holds a NUL "
		    "byte; the file is not CSV", csv_line(f, nl));
	f->start = f->len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	f->sep = csv_separator(p + f->start, end);
	return VERDICT_OK;
}

static int
stat_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Read fd to its end into f; the file must not change meanwhile. */
static enum verdict
csv_slurp(struct csv_sheet *c, struct csv_file *f, int fd)
{
	struct stat after;
	ssize_t n;

	if (fstat(fd, &f->st) == -1)
		return csv_errno(c, "read it");
	if (!S_ISREG(f->st.st_mode))
		return csv_fault(c, VERDICT_PERMFAIL, "this is no file");
	if (f->st.st_size > CSV_MAX_BYTES)
		return csv_fault(c, VERDICT_PERMFAIL, "the file is larger "
		    "than %ld MB", CSV_MAX_BYTES / 1024 / 1024);
	f->data = malloc((size_t)f->st.st_size + 1);
	if (f->data == NULL)
		return csv_memory(c);
	while (f->len < (size_t)f->st.st_size) {
		n = read(fd, f->data + f->len,
		    (size_t)f->st.st_size - f->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return csv_errno(c, "read it");
		if (n == 0)
			break;
		f->len += (size_t)n;
	}
	f->data[f->len] = '\0';
	if (fstat(fd, &after) == -1 || !stat_same(&f->st, &after) ||
	    f->len != (size_t)f->st.st_size)
		return csv_changed(c);
	return VERDICT_OK;
}

static void
csv_release(struct csv_file *f)
{
	free(f->data);
	memset(f, 0, sizeof(*f));
}

static enum verdict
csv_load(struct csv_sheet *c, struct csv_file *f)
{
	enum verdict v;
	int fd;

	memset(f, 0, sizeof(*f));
	/* A link stays a link: what it points to is read and replaced. */
	if (realpath(c->path, f->real) == NULL)
		return csv_errno(c, "open it");
	fd = open(f->real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return csv_errno(c, "open it");
	if ((v = csv_slurp(c, f, fd)) == VERDICT_OK)
		v = csv_check(c, f);
	close(fd);
	if (v != VERDICT_OK)
		csv_release(f);
	return v;
}

/* The columns after the last that can be used must be empty. */
static int
record_fits(const struct record *r, char sep)
{
	const char *p;

	for (p = r->tail; p != NULL && p < r->eol; p++)
		if (*p != sep && *p != ' ' && *p != '"')
			return 0;
	return 1;
}

/* Read the header record into *l. */
static enum verdict
csv_header(struct csv_sheet *c, struct cursor *cur, struct record *r,
    struct layout *l)
{
	struct buffer b = { NULL, 0, 0 };
	struct table t;
	char why[256];
	enum verdict v = VERDICT_OK;
	size_t i;

	if (record_next(cur, r) == -1)
		return csv_fault(c, VERDICT_PERMFAIL, "a quote in the first "
		    "line is never closed");
	if (!record_fits(r, cur->sep))
		return csv_fault(c, VERDICT_PERMFAIL, "the sheet has %zu "
		    "columns, %d at most can be used", r->total,
		    SHEET_MAX_COLS);
	table_init(&t, r->n);
	for (i = 0; i < r->n && v == VERDICT_OK; i++)
		if (record_value(r, i, &b) == -1 ||
		    table_set(&t, 0, i, TABLE_TEXT, b.s, b.len) == -1)
			v = csv_memory(c);
	if (v == VERDICT_OK && layout_read(l, &t, why, sizeof(why)) == -1)
		v = csv_fault(c, VERDICT_PERMFAIL, "%s", why);
	table_free(&t);
	free(b.s);
	return v;
}

static int
column_wanted(const struct layout *l, size_t i, enum sheet_want want)
{
	int k = l->known[i];

	if (want == SHEET_IDENTITY)
		return k == COL_NAME || k == COL_PHONE || k == COL_STATUS ||
		    k == COL_EXECUTION || k == COL_KEY || k == COL_CONTROL;
	return k == -1 || !column_is_bulky((enum column)k);
}

static enum verdict
csv_rows(struct csv_sheet *c, const struct csv_file *f, struct cursor *cur,
    struct record *r, const struct layout *l, enum sheet_want want,
    struct table *t)
{
	struct buffer b = { NULL, 0, 0 };
	enum verdict v = VERDICT_OK;
	size_t i, row;
	int more = 1;

	for (i = 0; i < l->ncols && v == VERDICT_OK; i++)
		if (table_set(t, 0, i, TABLE_TEXT, l->header[i],
		    strlen(l->header[i])) == -1)
			v = csv_memory(c);
	for (row = 1; v == VERDICT_OK; row++) {
		if ((more = record_next(cur, r)) != 1)
			break;
		/* An empty row is a row too. */
		if (table_set(t, row, 0, TABLE_TEXT, "", 0) == -1)
			v = csv_memory(c);
		for (i = 0; i < l->ncols && i < r->n &&
		    v == VERDICT_OK; i++)
			if (column_wanted(l, i, want) &&
			    (record_value(r, i, &b) == -1 ||
			    table_set(t, row, i, TABLE_TEXT, b.s,
			    b.len) == -1))
				v = csv_memory(c);
	}
	if (more == -1)
		v = csv_fault(c, VERDICT_PERMFAIL, "the quote in line %zu is "
		    "never closed", csv_line(f, r->tail));
	free(b.s);
	return v;
}

static enum verdict
csv_read(struct sheet *s, enum sheet_want want, struct layout *l,
    struct table *t)
{
	struct csv_sheet *c = (struct csv_sheet *)s;
	struct csv_file f;
	struct cursor cur;
	struct record r;
	struct layout fresh;
	enum verdict v = VERDICT_TEMPFAIL;
	int tries = 0;

	table_free(t);
	while (csv_again(c, &tries))
		v = csv_load(c, &f);
	if (v != VERDICT_OK)
		return v;
	cur = (struct cursor){ f.data + f.start, f.data + f.len, f.sep };
	if ((v = csv_header(c, &cur, &r, &fresh)) != VERDICT_OK)
		goto out;
	table_init(t, fresh.ncols);
	if ((v = csv_rows(c, &f, &cur, &r, &fresh, want, t)) != VERDICT_OK) {
		table_free(t);
		layout_free(&fresh);
		goto out;
	}
	layout_free(l);
	*l = fresh;
out:
	csv_release(&f);
	return v;
}

/*
 * Writing.
 */

struct job {
	struct csv_sheet	*c;
	struct csv_file		 f;
	const struct layout	*l;
	struct sheet_write	**w;	/* by row */
	size_t			 n;
	struct buffer		 out;	/* the new file */
	struct buffer		 value, now;
	const char		*copied;	/* up to here it is in out */
	int			 changed;
};

/* True for text that a spreadsheet program would run as a formula: blanks and
 * invisible marks before the sign do not stop it. */
static int
is_formula(const char *s)
{
	static const uint32_t signs[] = {
		'=', '+', '-', '@', 0xff1d, 0xff0b, 0xff0d, 0xff20,
		0xfe66, 0xfe62, 0xfe63, 0xfe6b,
	};
	uint32_t r;
	size_t i, len;

	if (*s == '\t')
		return 1;
	while ((r = table_rune(s, &len)) != 0 &&
	    (table_is_blank(r) || table_is_mark(r)))
		s += len;
	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (r == signs[i])
			return 1;
	return 0;
}

/* Set b to what stands in the file for a cell, quotes apart. */
static int
cell_text(const struct sheet_cell *cell, struct buffer *b)
{
	const char *p, *q;
	char number[32];

	if (cell->kind == CELL_NUMBER) {
		snprintf(number, sizeof(number), "%.15g", cell->number);
		return buffer_set(b, number, strlen(number));
	}
	if (buffer_set(b, "'", 1) == -1)
		return -1;
	for (p = cell->text == NULL ? "" : cell->text; *p != '\0'; p = q) {
		for (q = p; (unsigned char)*q >= ' ' || *q == '\t' ||
		    *q == '\n'; q++)
			continue;
		if (buffer_add(b, p, (size_t)(q - p)) == -1)
			return -1;
		if (*q != '\0')
			q++;
	}
	if (!is_formula(b->s + 1)) {
		memmove(b->s, b->s + 1, b->len);
		b->len--;
	}
	return 0;
}

/* Append a value, in quotes when it needs them: for any separator, as it may
 * be read with another one. */
static int
field_add(struct buffer *out, const struct buffer *value)
{
	const char *p = value->s, *q;
	size_t n = value->len;

	if (n == 0 || (strpbrk(p, ",;\t\"\r\n") == NULL &&
	    p[0] != ' ' && p[n - 1] != ' '))
		return buffer_add(out, p, n);
	if (buffer_add(out, "\"", 1) == -1)
		return -1;
	for (; (q = strchr(p, '"')) != NULL; p = q + 1)
		if (buffer_add(out, p, (size_t)(q - p)) == -1 ||
		    buffer_add(out, "\"\"", 2) == -1)
			return -1;
	if (buffer_add(out, p, strlen(p)) == -1)
		return -1;
	return buffer_add(out, "\"", 1);
}

/* Look for a reason not to write w at all. */
static void
write_check(struct sheet_write *w)
{
	const struct sheet_cell *cell;
	int k;

	w->landed = -1;
	w->refused = 0;
	w->why[0] = '\0';
	if (w->row == 0)
		snprintf(w->why, sizeof(w->why), "row 1 is the header");
	for (k = 0; k < COL__MAX && w->why[0] == '\0'; k++) {
		cell = &w->cell[k];
		if (cell->kind == CELL_KEEP)
			continue;
		if (!column_is_ours((enum column)k))
			snprintf(w->why, sizeof(w->why), "the column \"%s\" "
			    "belongs to people", column_name((enum column)k));
		else if (cell->kind == CELL_NUMBER && !isfinite(cell->number))
			snprintf(w->why, sizeof(w->why), "the number for "
			    "\"%s\" is not finite",
			    column_name((enum column)k));
		else if (cell->kind == CELL_TEXT && cell->text != NULL &&
		    !utf8_valid(cell->text, strlen(cell->text)))
			snprintf(w->why, sizeof(w->why), "the text for "
			    "\"%s\" is not UTF-8",
			    column_name((enum column)k));
	}
	w->refused = w->why[0] != '\0';
}

static int
write_compare(const void *a, const void *b)
{
	const struct sheet_write *x = *(struct sheet_write *const *)a;
	const struct sheet_write *y = *(struct sheet_write *const *)b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Append a record with the cells in set, where not NULL, replaced. */
static int
record_add(struct job *j, const struct record *r,
    const struct sheet_cell *const *set, size_t width)
{
	size_t i;
	int e;

	if (buffer_add(&j->out, j->copied, (size_t)(r->begin - j->copied)))
		return -1;
	for (i = 0; i < r->n || i < width; i++) {
		if (i > 0 && buffer_add(&j->out, &j->f.sep, 1) == -1)
			return -1;
		if (i < width && set[i] != NULL)
			e = cell_text(set[i], &j->value) == -1 ||
			    field_add(&j->out, &j->value) == -1;
		else
			e = i < r->n && buffer_add(&j->out, r->field[i].raw,
			    r->field[i].len) == -1;
		if (e)
			return -1;
	}
	if (r->tail != NULL && (buffer_add(&j->out, &j->f.sep, 1) == -1 ||
	    buffer_add(&j->out, r->tail, (size_t)(r->eol - r->tail)) == -1))
		return -1;
	j->copied = r->eol;
	j->changed = 1;
	return 0;
}

/* Note in set where w changes the record; width grows with it. */
static int
record_mark(struct job *j, const struct record *r, struct sheet_write *w,
    const struct sheet_cell **set, size_t *width)
{
	size_t at;
	int k;

	for (k = 0; k < COL__MAX; k++) {
		if (w->cell[k].kind == CELL_KEEP || j->l->at[k] == -1)
			continue;
		at = (size_t)j->l->at[k];
		set[at] = NULL;
		if (cell_text(&w->cell[k], &j->value) == -1 ||
		    record_value(r, at, &j->now) == -1)
			return -1;
		if (strcmp(j->value.s, j->now.s) == 0)
			continue;
		set[at] = &w->cell[k];
		if (at >= *width)
			*width = at + 1;
	}
	return 0;
}

/* Carry out the n writes that are for the record r. */
static int
record_write(struct job *j, const struct record *r, struct sheet_write **w,
    size_t n)
{
	const struct sheet_cell *set[SHEET_MAX_COLS] = { NULL };
	size_t i, width = 0, phone = (size_t)j->l->at[COL_PHONE];

	for (i = 0; i < n; i++) {
		if (w[i]->refused)
			continue;
		if (record_value(r, phone, &j->now) == -1)
			return -1;
		w[i]->landed = strcmp(j->now.s, w[i]->phone) == 0;
		if (w[i]->landed &&
		    record_mark(j, r, w[i], set, &width) == -1)
			return -1;
	}
	return width == 0 ? 0 : record_add(j, r, set, width);
}

/* Make the new file in j->out from the records at cur. */
static enum verdict
job_build(struct job *j, struct cursor *cur, struct record *r)
{
	size_t row, i = 0, n;
	int more;

	j->copied = j->f.data;
	while (i < j->n && j->w[i]->row == 0)
		i++;
	for (row = 1; (more = record_next(cur, r)) == 1; row++) {
		for (n = 0; i + n < j->n && j->w[i + n]->row == row; n++)
			continue;
		if (n > 0 && record_write(j, r, j->w + i, n) == -1)
			return csv_memory(j->c);
		i += n;
	}
	if (more == -1)
		return csv_fault(j->c, VERDICT_PERMFAIL, "the quote in line "
		    "%zu is never closed", csv_line(&j->f, r->tail));
	for (; i < j->n; i++)
		if (!j->w[i]->refused)
			j->w[i]->landed = 0;	/* below the last row */
	if (j->changed && buffer_add(&j->out, j->copied,
	    (size_t)(j->f.data + j->f.len - j->copied)) == -1)
		return csv_memory(j->c);
	return VERDICT_OK;
}

/* Fill the temporary file: content, owner and mode, all of it on disk. */
static int
temporary_fill(const struct job *j, int fd)
{
	mode_t mode = j->f.st.st_mode & 0777;
	size_t done = 0;
	ssize_t n;

	/* Without its group, the group's rights would be another's. */
	if (fchown(fd, j->f.st.st_uid, j->f.st.st_gid) == -1 &&
	    fchown(fd, (uid_t)-1, j->f.st.st_gid) == -1)
		mode &= ~(mode_t)070;
	if (fchmod(fd, mode) == -1)
		return -1;
	while (done < j->out.len) {
		n = write(fd, j->out.s + done, j->out.len - done);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	return fsync(fd);
}

/* Make the rename in dir last; a file system may have no need for it. */
static int
directory_sync(const char *dir)
{
	int fd, e;

	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	e = fsync(fd) == -1 && errno != EINVAL ? -1 : 0;
	close(fd);
	return e;
}

/* Put j->out in the place of the file that was read. */
static enum verdict
job_replace(struct job *j)
{
	char tmp[PATH_MAX + 32], *slash;
	struct stat now;
	enum verdict v;
	int fd, e;

	slash = strrchr(j->f.real, '/');
	*slash = '\0';
	snprintf(tmp, sizeof(tmp), "%s/.callsheet.XXXXXX", j->f.real);
	*slash = '/';
	if ((fd = mkostemp(tmp, O_CLOEXEC)) == -1)
		return csv_errno(j->c, "make a file beside it");
	e = temporary_fill(j, fd);
	if (e == -1)
		v = csv_errno(j->c, "write it");
	if (close(fd) == -1 && e == 0) {
		e = -1;
		v = csv_errno(j->c, "write it");
	}
	if (e == 0 && (stat(j->f.real, &now) == -1 ||
	    !stat_same(&j->f.st, &now))) {
		e = -1;
		v = csv_changed(j->c);
	}
	if (e == 0 && (e = rename(tmp, j->f.real)) == -1)
		v = csv_errno(j->c, "replace it");
	if (e == -1) {
		unlink(tmp);
		return v;
	}
	*slash = '\0';
	if (directory_sync(slash == j->f.real ? "/" : j->f.real) == -1)
		return csv_fault(j->c, VERDICT_UNKNOWN, "it was written, but "
		    "perhaps not to disk: %s", strerror(errno));
	return VERDICT_OK;
}

/* One try at the whole of it. */
static enum verdict
job_run(struct job *j)
{
	struct layout fresh;
	struct cursor cur;
	struct record r;
	enum verdict v;
	int same;

	j->out.len = 0;
	j->changed = 0;
	if ((v = csv_load(j->c, &j->f)) != VERDICT_OK)
		return v;
	cur = (struct cursor){ j->f.data + j->f.start,
	    j->f.data + j->f.len, j->f.sep };
	if (csv_header(j->c, &cur, &r, &fresh) == VERDICT_OK) {
		same = layout_same(&fresh, j->l);
		layout_free(&fresh);
		if (!same)
			v = csv_fault(j->c, VERDICT_TEMPFAIL,
			    "the columns changed");
	} else
		v = VERDICT_TEMPFAIL;	/* csv_header said why */
	if (v == VERDICT_OK)
		v = job_build(j, &cur, &r);
	if (v == VERDICT_OK && j->changed)
		v = job_replace(j);
	csv_release(&j->f);
	return v;
}

static enum verdict
csv_write(struct sheet *s, const struct layout *l, struct sheet_write *w,
    size_t n)
{
	struct job j = { .c = (struct csv_sheet *)s, .l = l, .n = n };
	enum verdict v = VERDICT_OK;
	size_t i;
	int tries = 0;

	for (i = 0; i < n; i++)
		write_check(&w[i]);
	if (n == 0)
		return VERDICT_OK;
	if ((j.w = calloc(n, sizeof(*j.w))) == NULL)
		return csv_memory(j.c);
	for (i = 0; i < n; i++)
		j.w[i] = &w[i];
	qsort(j.w, n, sizeof(*j.w), write_compare);
	while (csv_again(j.c, &tries))
		v = job_run(&j);
	for (i = 0; i < n && v != VERDICT_OK; i++)
		w[i].landed = -1;
	free(j.w);
	free(j.out.s);
	free(j.value.s);
	free(j.now.s);
	return v;
}

static void
csv_close(struct sheet *s)
{
	struct csv_sheet *c = (struct csv_sheet *)s;

	free(c->path);
	free(c);
}

struct sheet *
csv_sheet(const char *path)
{
	static const struct sheet_ops ops = {
		.read = csv_read, .write = csv_write, .close = csv_close
	};
	struct csv_sheet *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	if ((c->path = strdup(path)) == NULL) {
		free(c);
		return NULL;
	}
	c->sheet.ops = &ops;
	return &c->sheet;
}
