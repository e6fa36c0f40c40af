/*
 * From the outbox to cells.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "body.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "parcel.h"
#include "sheet.h"

#define MAX_ROWS	2000	/* a cycle; the rest follows in the next */
#define MAX_BYTES	(8 * 1024 * 1024)
/* Google refuses a cell of more than 50,000; which unit it counts is not
 * documented, so UTF-16 units and some distance. */
#define MAX_CELL	49000
#define CUT_MARK	"... (truncated)"

static const struct {
	enum column	 col;
	int		 field;
	int		 number;
} shown[] = {
	{ COL_STATUS, D_STATUS, 0 },
	{ COL_EXECUTION, D_EXECUTION, 0 },
	{ COL_DURATION, D_DURATION, 1 },
	{ COL_LAST_ATTEMPT, D_LAST_ATTEMPT, 0 },
	{ COL_NOTES, D_NOTES, 0 },
	{ COL_TRANSCRIPT, D_TRANSCRIPT, 0 },
	{ COL_SUMMARY, D_SUMMARY, 0 },
	{ COL_RECORDING, D_RECORDING, 0 },
	{ COL_COST, D_COST, 1 },
	{ COL_NEXT_ATTEMPT, D_NEXT_ATTEMPT, 0 },
	{ COL_OUTCOME, D_OUTCOME, 0 },
};
#define NSHOWN	(sizeof(shown) / sizeof(shown[0]))

/* Cut at a character where a cell would grow too large, with a mark.  For a
 * byte that is no text nobody's result stays out of its row. */
static char *
cell_text(const char *s)
{
	size_t units = 0, i, cut = 0;
	char *out = NULL;

	for (i = 0; s[i] != '\0'; i++) {
		unsigned char ch = (unsigned char)s[i];

		if ((ch & 0xc0) == 0x80)
			continue;
		units += ch >= 0xf0 ? 2 : 1;
		if (units <= MAX_CELL - sizeof(CUT_MARK))
			cut = i;
		if (units > MAX_CELL)
			break;
	}
	if (s[i] == '\0')
		out = strdup(s);
	else if (asprintf(&out, "%.*s%s", (int)cut, s, CUT_MARK) == -1)
		out = NULL;
	if (out == NULL)
		fatal(EX_OSERR, NULL);
	utf8_whole(out);
	return out;
}

static void
parcel_read(struct stmt *st, struct parcel *p)
{
	int i;

	memset(p, 0, sizeof(*p));
	p->lead = db_col_int(st, D_LEAD);
	p->rev = db_col_int(st, D_REV);
	p->wipe = (int)db_col_int(st, D_WIPE);
	for (i = D_KEY; i < D__N; i++)
		if (!db_col_null(st, i))
			p->field[i] = cell_text(db_col_text(st, i));
	p->intent = p->field[D_STATE] != NULL &&
	    strcmp(p->field[D_STATE], "intent") == 0;
}

int
parcel_cmp(const void *a, const void *b)
{
	return strcmp(((const struct parcel *)a)->field[D_PHONE],
	    ((const struct parcel *)b)->field[D_PHONE]);
}

struct parcel *
parcels_read(struct dialer *d, const struct campaign *c, int64_t now,
    size_t *n)
{
	struct stmt *st = db_stmt(d->db, SQL_DELIVERY_LIST);
	struct parcel *list, *p;
	size_t bytes = 0;
	int i;

	campaign_localtime(c);
	if ((list = calloc(MAX_ROWS, sizeof(*list))) == NULL)
		fatal(EX_OSERR, NULL);
	db_int(st, ":campaign", c->id);
	db_int(st, ":now", now);
	db_int(st, ":limit", MAX_ROWS);
	for (*n = 0; bytes < MAX_BYTES && db_step(st) == DB_ROW; ) {
		p = &list[(*n)++];
		parcel_read(st, p);
		for (i = 0; i < D__N; i++)
			if (p->field[i] != NULL)
				bytes += strlen(p->field[i]);
	}
	db_reset(st);
	if (*n > 0)
		qsort(list, *n, sizeof(*list), parcel_cmp);
	return list;
}

void
parcels_free(struct parcel *list, size_t n)
{
	size_t i;
	int f;

	for (i = 0; i < n; i++)
		for (f = 0; f < D__N; f++)
			free(list[i].field[f]);
	free(list);
}

/* A lead that was never called: what an earlier system or a person left in the
 * row stays; only Notes may have something to say, and Outcome what a person
 * has said elsewhere. */
static int
is_virgin(const struct parcel *p)
{
	return p->field[D_ATTEMPT] == NULL && !p->wipe &&
	    *p->field[D_CELL_EXECUTION] == '\0' &&
	    *p->field[D_CELL_STATUS] == '\0';
}

/* What the database has forgotten for its age, the row still shows; but not
 * what is somebody else's. */
static int
is_pruned(const struct parcel *p, int field)
{
	return (field == D_TRANSCRIPT || field == D_SUMMARY ||
	    field == D_RECORDING) && p->field[field] == NULL && !p->wipe &&
	    strcmp(p->field[D_PRUNED], "1") == 0;
}

void
parcel_fill(const struct parcel *p, struct sheet_write *w)
{
	int notes_only = p != NULL && is_virgin(p);
	struct sheet_cell *cell;
	const char *v;
	size_t i;

	for (i = 0; i < NSHOWN; i++) {
		v = p == NULL ? NULL : p->field[shown[i].field];
		if (notes_only && shown[i].col != COL_NOTES &&
		    (shown[i].col != COL_OUTCOME || v == NULL))
			continue;
		if (p != NULL && p->theirs && shown[i].col == COL_OUTCOME)
			continue;
		if (p != NULL && is_pruned(p, shown[i].field))
			continue;
		cell = &w->cell[shown[i].col];
		if (v != NULL && *v != '\0' && shown[i].number) {
			cell->kind = CELL_NUMBER;
			cell->number = strtod(v, NULL);
		} else {
			cell->kind = CELL_TEXT;
			cell->text = v == NULL ? "" : v;
		}
	}
}
