/*
 * A CSV file as a sheet, as RFC 4180 has it and as spreadsheet programs write
 * it.  What is not ours stays as it is, byte for byte; the file is replaced as
 * a whole, never changed in place.
 *
 * No lock is taken on the file: the programs that people edit it with do not
 * look for one, and after rename(2) it would be a lock on the old file.  A
 * change is seen by comparing the file's identity just before the rename, and
 * that of what it has replaced.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "body.h"
#include "csv.h"
#include "csv_file.h"
#include "sheet.h"

#define CSV_TRIES	3	/* while others keep changing the file */

struct csv_sheet {
	struct sheet	 sheet;		/* first: the interface */
	struct csv_file	 file;
};

/* Have one more try at a file that was being changed? */
static int
csv_again(struct csv_file *f, int *tries)
{
	static const struct timespec pause = { 0, 20 * 1000 * 1000 };

	if (*tries > 0 && (!f->changing || *tries == CSV_TRIES))
		return 0;
	if ((*tries)++ > 0)
		nanosleep(&pause, NULL);
	f->changing = 0;
	return 1;
}

/* Read the header record into *l. */
static enum verdict
csv_header(struct csv_file *f, struct csv_cursor *cur, struct csv_record *r,
    struct layout *l)
{
	struct csv_buffer b = { NULL, 0, 0 };
	struct table t;
	char why[256];
	enum verdict v = VERDICT_OK;
	size_t i;

	if (csv_record_next(cur, r) == -1)
		return csv_fault(f, VERDICT_PERMFAIL, "a quote in the first "
		    "line is never closed");
	if (!csv_record_fits(r, cur->sep))
		return csv_fault(f, VERDICT_PERMFAIL, "the sheet has %zu "
		    "columns, %d at most can be used", r->total,
		    SHEET_MAX_COLS);
	table_init(&t, r->n);
	for (i = 0; i < r->n && v == VERDICT_OK; i++)
		if (csv_record_value(r, i, &b) == -1 ||
		    table_set(&t, 0, i, TABLE_TEXT, b.s, b.len) == -1)
			v = csv_memory(f);
	if (v == VERDICT_OK && layout_read(l, &t, why, sizeof(why)) == -1)
		v = csv_fault(f, VERDICT_PERMFAIL, "%s", why);
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
		    k == COL_EXECUTION || k == COL_KEY || k == COL_CONTROL ||
		    k == COL_OUTCOME;
	return k == -1 || !column_is_bulky((enum column)k);
}

static enum verdict
csv_rows(struct csv_file *f, struct csv_cursor *cur, struct csv_record *r,
    const struct layout *l, enum sheet_want want, struct table *t)
{
	struct csv_buffer b = { NULL, 0, 0 };
	enum verdict v = VERDICT_OK;
	size_t i, row;
	int more = 1;

	for (i = 0; i < l->ncols && v == VERDICT_OK; i++)
		if (table_set(t, 0, i, TABLE_TEXT, l->header[i],
		    strlen(l->header[i])) == -1)
			v = csv_memory(f);
	for (row = 1; v == VERDICT_OK; row++) {
		if ((more = csv_record_next(cur, r)) != 1)
			break;
		/* An empty row is a row too. */
		if (table_set(t, row, 0, TABLE_TEXT, "", 0) == -1)
			v = csv_memory(f);
		for (i = 0; i < l->ncols && i < r->n &&
		    v == VERDICT_OK; i++)
			if (column_wanted(l, i, want) &&
			    (csv_record_value(r, i, &b) == -1 ||
			    table_set(t, row, i, TABLE_TEXT, b.s,
			    b.len) == -1))
				v = csv_memory(f);
	}
	if (more == -1)
		v = csv_fault(f, VERDICT_PERMFAIL, "the quote in line %zu is "
		    "never closed", csv_line(f, r->tail));
	free(b.s);
	return v;
}

static enum verdict
csv_read(struct sheet *s, enum sheet_want want, struct layout *l,
    struct table *t)
{
	struct csv_file *f = &((struct csv_sheet *)s)->file;
	struct csv_cursor cur;
	struct csv_record r;
	struct layout fresh;
	enum verdict v = VERDICT_TEMPFAIL;
	int tries = 0;

	table_free(t);
	while (csv_again(f, &tries))
		v = csv_load(f);
	if (v != VERDICT_OK)
		return v;
	cur = csv_begin(f);
	if ((v = csv_header(f, &cur, &r, &fresh)) != VERDICT_OK)
		goto out;
	table_init(t, fresh.ncols);
	if ((v = csv_rows(f, &cur, &r, &fresh, want, t)) != VERDICT_OK) {
		table_free(t);
		layout_free(&fresh);
		goto out;
	}
	layout_free(l);
	*l = fresh;
out:
	csv_release(f);
	return v;
}

/*
 * Writing.
 */

struct job {
	struct csv_file		*f;
	const struct layout	*l;
	struct sheet_write	**w;	/* by row */
	size_t			 n;
	struct csv_buffer	 out;	/* the new file */
	struct csv_buffer	 value, now;
	const char		*copied;	/* up to here it is in out */
	int			 changed;
};

/* Set b to what stands in the file for a cell, quotes apart. */
static int
cell_text(const struct sheet_cell *cell, struct csv_buffer *b)
{
	const char *p, *q;
	char number[32];

	if (cell->kind == CELL_NUMBER) {
		snprintf(number, sizeof(number), "%.15g", cell->number);
		return csv_buffer_set(b, number, strlen(number));
	}
	if (csv_buffer_set(b, "'", 1) == -1)
		return -1;
	for (p = cell->text == NULL ? "" : cell->text; *p != '\0'; p = q) {
		for (q = p; (unsigned char)*q >= ' ' || *q == '\t' ||
		    *q == '\n'; q++)
			continue;
		if (csv_buffer_add(b, p, (size_t)(q - p)) == -1)
			return -1;
		if (*q != '\0')
			q++;
	}
	if (!csv_is_formula(b->s + 1)) {
		memmove(b->s, b->s + 1, b->len);
		b->len--;
	}
	return 0;
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
record_add(struct job *j, const struct csv_record *r,
    const struct sheet_cell *const *set, size_t width)
{
	size_t i;
	int e;

	if (csv_buffer_add(&j->out, j->copied, (size_t)(r->begin - j->copied)))
		return -1;
	for (i = 0; i < r->n || i < width; i++) {
		if (i > 0 && csv_buffer_add(&j->out, &j->f->sep, 1) == -1)
			return -1;
		if (i < width && set[i] != NULL)
			e = cell_text(set[i], &j->value) == -1 ||
			    csv_field_add(&j->out, &j->value) == -1;
		else
			e = i < r->n && csv_buffer_add(&j->out,
			    r->field[i].raw, r->field[i].len) == -1;
		if (e)
			return -1;
	}
	if (r->tail != NULL && (csv_buffer_add(&j->out, &j->f->sep, 1) ==
	    -1 || csv_buffer_add(&j->out, r->tail, (size_t)(r->eol -
	    r->tail)) == -1))
		return -1;
	j->copied = r->eol;
	j->changed = 1;
	return 0;
}

/* Note in set where w changes the record; width grows with it. */
static int
record_mark(struct job *j, const struct csv_record *r, struct sheet_write *w,
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
		    csv_record_value(r, at, &j->now) == -1)
			return -1;
		if (strcmp(j->value.s, j->now.s) == 0)
			continue;
		set[at] = &w->cell[k];
		if (at >= *width)
			*width = at + 1;
	}
	return 0;
}

/* Is it still the row that was meant?  -1 when out of memory. */
static int
record_is(struct job *j, const struct csv_record *r,
    const struct sheet_write *w)
{
	static const enum column who[] = { COL_PHONE, COL_NAME, COL_KEY };
	const char *was[] = { w->phone, w->name, w->key };
	size_t i;
	int at;

	for (i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
		if (was[i] == NULL || (at = j->l->at[who[i]]) == -1)
			continue;
		if (csv_record_value(r, (size_t)at, &j->now) == -1)
			return -1;
		if (strcmp(j->now.s, was[i]) != 0)
			return 0;
	}
	return 1;
}

/* Carry out the n writes that are for the record r. */
static int
record_write(struct job *j, const struct csv_record *r, struct sheet_write **w,
    size_t n)
{
	const struct sheet_cell *set[SHEET_MAX_COLS] = { NULL };
	size_t i, width = 0;

	for (i = 0; i < n; i++) {
		if (w[i]->refused)
			continue;
		if ((w[i]->landed = record_is(j, r, w[i])) == -1)
			return -1;
		if (w[i]->landed &&
		    record_mark(j, r, w[i], set, &width) == -1)
			return -1;
	}
	return width == 0 ? 0 : record_add(j, r, set, width);
}

/* Make the new file in j->out from the records at cur. */
static enum verdict
job_build(struct job *j, struct csv_cursor *cur, struct csv_record *r)
{
	size_t row, i = 0, n;
	int more;

	j->copied = j->f->data;
	while (i < j->n && j->w[i]->row == 0)
		i++;
	for (row = 1; (more = csv_record_next(cur, r)) == 1; row++) {
		for (n = 0; i + n < j->n && j->w[i + n]->row == row; n++)
			continue;
		if (n > 0 && record_write(j, r, j->w + i, n) == -1)
			return csv_memory(j->f);
		i += n;
	}
	if (more == -1)
		return csv_fault(j->f, VERDICT_PERMFAIL, "the quote in line "
		    "%zu is never closed", csv_line(j->f, r->tail));
	for (; i < j->n; i++)
		if (!j->w[i]->refused)
			j->w[i]->landed = 0;	/* below the last row */
	if (j->changed && csv_buffer_add(&j->out, j->copied,
	    (size_t)(j->f->data + j->f->len - j->copied)) == -1)
		return csv_memory(j->f);
	return VERDICT_OK;
}

/* One try at the whole of it. */
static enum verdict
job_run(struct job *j)
{
	struct layout fresh;
	struct csv_cursor cur;
	struct csv_record r;
	enum verdict v;
	int same;

	j->out.len = 0;
	j->changed = 0;
	if ((v = csv_load(j->f)) != VERDICT_OK)
		return v;
	cur = csv_begin(j->f);
	if (csv_header(j->f, &cur, &r, &fresh) == VERDICT_OK) {
		same = layout_same(&fresh, j->l);
		layout_free(&fresh);
		if (!same)
			v = csv_fault(j->f, VERDICT_TEMPFAIL,
			    "the columns changed");
	} else
		v = VERDICT_TEMPFAIL;	/* csv_header said why */
	if (v == VERDICT_OK)
		v = job_build(j, &cur, &r);
	if (v == VERDICT_OK && j->changed)
		v = csv_replace(j->f, &j->out);
	csv_release(j->f);
	return v;
}

static enum verdict
csv_write(struct sheet *s, const struct layout *l, struct sheet_write *w,
    size_t n)
{
	struct job j = { .f = &((struct csv_sheet *)s)->file, .l = l, .n = n };
	enum verdict v = VERDICT_OK;
	size_t i;
	int tries = 0;

	for (i = 0; i < n; i++)
		write_check(&w[i]);
	if (n == 0)
		return VERDICT_OK;
	if ((j.w = calloc(n, sizeof(*j.w))) == NULL)
		return csv_memory(j.f);
	for (i = 0; i < n; i++)
		j.w[i] = &w[i];
	qsort(j.w, n, sizeof(*j.w), write_compare);
	while (csv_again(j.f, &tries))
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

	free(c->file.path);
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
	if ((c->file.path = strdup(path)) == NULL) {
		free(c);
		return NULL;
	}
	c->file.why = c->sheet.why;
	c->file.whysz = sizeof(c->sheet.why);
	c->sheet.ops = &ops;
	csv_tidy(&c->file);
	return &c->sheet;
}
