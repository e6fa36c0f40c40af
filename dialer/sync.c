/*
 * Results to the sheet.  Rows are found anew by one read before each write; a
 * row that cannot be told apart from another is not written, and what it
 * should say stays in the outbox.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "match.h"
#include "outcome_cell.h"
#include "parcel.h"
#include "stray.h"

struct hit {			/* a row with the number of some parcel */
	size_t	 parcel;	/* the first with this number */
	size_t	 row;
};

struct round {
	struct dialer	*d;
	struct campaign	*c;
	struct parcel	*parcels;
	size_t		 n;
	struct table	 t;
	struct hit	*hits;
	size_t		 nhits;
	struct sheet_write *writes;
	struct parcel	**of;		/* of each write; NULL: a blank row */
	struct sheet_hit *fell;		/* likewise, where it fell instead */
	size_t		 nwrites;
	int64_t		 now;
};

static void
round_free(struct round *r)
{
	size_t i;

	for (i = 0; i < r->nwrites; i++)
		sheet_hit_clear(&r->fell[i]);
	free(r->fell);
	parcels_free(r->parcels, r->n);
	free(r->hits);
	free(r->writes);
	free(r->of);
	table_free(&r->t);
}

/* --- finding rows --- */

static const char *
cell(const struct round *r, size_t row, enum column col)
{
	return person_cell(&r->t, &r->c->layout, row, col);
}

/* As when the sheet is imported: a row without name and number is not even
 * that of somebody whose number is missing. */
static int
is_nobodys(const struct round *r, size_t row)
{
	return *cell(r, row, COL_NAME) == '\0' &&
	    *cell(r, row, COL_PHONE) == '\0';
}

/* Whose call a row shows, by its mark; 0 when it shows none of ours. */
static int64_t
shown_call(const struct round *r, size_t row)
{
	const char *mark = cell(r, row, COL_EXECUTION);
	struct stmt *st;

	if (*mark == '\0')
		return 0;
	st = db_stmt(r->d->db, SQL_ATTEMPT_BY_MARK);
	db_text(st, ":mark", mark);
	return db_value(st, 0);
}

/* A result that fell into such a row, when rows were deleted at the very
 * moment of writing: it is taken away. */
static void
look_for_litter(struct round *r, size_t row)
{
	if (shown_call(r, row) != 0)
		r->hits[r->nhits++] = (struct hit){ r->n, row };
}

static int
hit_cmp(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->parcel != y->parcel)
		return x->parcel < y->parcel ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* All rows that have the number of some parcel; each is one hit at most. */
static void
find_hits(struct round *r)
{
	struct parcel key, *p;
	char phone[PERSON_PHONE_SIZE];
	const char *why;
	size_t row;

	memset(&key, 0, sizeof(key));
	key.field[D_PHONE] = phone;
	if ((r->hits = calloc(r->t.nrows + 1, sizeof(*r->hits))) == NULL)
		fatal(EX_OSERR, NULL);
	for (row = 1; row < r->t.nrows; row++) {
		if (is_nobodys(r, row)) {
			look_for_litter(r, row);
			continue;
		}
		person_phone(r->c, &r->t, &r->c->layout, row, phone, &why);
		p = bsearch(&key, r->parcels, r->n, sizeof(*p), parcel_cmp);
		if (p == NULL)
			continue;
		while (p > r->parcels && parcel_cmp(p - 1, &key) == 0)
			p--;
		r->hits[r->nhits++] = (struct hit){
		    (size_t)(p - r->parcels), row };
	}
	qsort(r->hits, r->nhits, sizeof(*r->hits), hit_cmp);
}

/* The leads of a number, those without news too: each has its own row. */
static size_t
read_leads(struct round *r, const char *phone, struct match_lead **leads,
    int64_t **ids)
{
	struct stmt *st = db_stmt(r->d->db, SQL_LEAD_FIND);
	struct match_lead *l;
	size_t n = 0;

	*leads = NULL;
	*ids = NULL;
	db_int(st, ":campaign", r->c->id);
	db_text(st, ":phone", phone);
	while (db_step(st) == DB_ROW) {
		*leads = reallocarray(*leads, n + 1, sizeof(**leads));
		*ids = reallocarray(*ids, n + 1, sizeof(**ids));
		if (*leads == NULL || *ids == NULL)
			fatal(EX_OSERR, NULL);
		(*ids)[n] = db_col_int(st, 0);
		l = &(*leads)[n++];
		memset(l, 0, sizeof(*l));
		l->key = strdup(db_col_text(st, 1));
		l->name = strdup(db_col_text(st, 2));
		l->present = (int)db_col_int(st, 7);
		l->mark = strdup(db_col_text(st, 11));
		if (l->key == NULL || l->name == NULL || l->mark == NULL)
			fatal(EX_OSERR, NULL);
	}
	db_reset(st);
	return n;
}

/* Tell the parcels from first on which of the n rows is theirs. */
static void
find_number(struct round *r, const struct hit *hits, size_t n)
{
	struct parcel *p = &r->parcels[hits->parcel], *first = p;
	struct match_lead *leads;
	struct match_row *rows;
	int64_t *ids;
	size_t nleads, i;

	if ((rows = calloc(n, sizeof(*rows))) == NULL)
		fatal(EX_OSERR, NULL);
	for (i = 0; i < n; i++) {
		rows[i].key = cell(r, hits[i].row, COL_KEY);
		rows[i].name = cell(r, hits[i].row, COL_NAME);
		rows[i].mark = cell(r, hits[i].row, COL_EXECUTION);
	}
	nleads = read_leads(r, p->field[D_PHONE], &leads, &ids);
	match(rows, n, leads, nleads);
	for (; p < r->parcels + r->n && parcel_cmp(p, first) == 0; p++)
		for (i = 0; i < nleads; i++)
			if (ids[i] == p->lead && leads[i].row != NULL) {
				p->row = hits[leads[i].row - rows].row;
				p->unsure = leads[i].unsure;
			}
	for (i = 0; i < nleads; i++) {
		free((void *)(uintptr_t)leads[i].key);
		free((void *)(uintptr_t)leads[i].name);
		free((void *)(uintptr_t)leads[i].mark);
	}
	free(leads);
	free(ids);
	free(rows);
}

static void
find_rows(struct round *r)
{
	size_t i, end;

	find_hits(r);
	for (i = 0; i < r->nhits && r->hits[i].parcel < r->n; i = end) {
		for (end = i + 1; end < r->nhits && r->hits[end].parcel ==
		    r->hits[i].parcel; end++)
			;
		find_number(r, &r->hits[i], end - i);
	}
}

/* --- writing --- */

static void
put_off(struct round *r, const struct parcel *p, const char *why)
{
	struct stmt *st = db_stmt(r->d->db, SQL_DELIVERY_FAILED);

	db_int(st, ":lead", p->lead);
	db_int(st, ":now", r->now);
	db_text(st, ":error", why);
	db_run(st);
}

/* A person may have written "pause" since the sheet was imported. */
static int
stopped(const struct round *r, const struct parcel *p)
{
	char control[64];

	person_control(cell(r, p->row, COL_CONTROL), control, sizeof(control));
	return *control != '\0' && strcmp(control, "retry now") != 0 &&
	    strcmp(control, "resume") != 0;
}

/* Or, for somebody who was never called, how a call ended that was not ours;
 * what stands beside our own mark is ours, of a write whose answer was lost. */
static int
seen_to(const struct round *r, const struct parcel *p)
{
	const char *before = p->field[D_BEFORE];
	char status[64];

	person_control(cell(r, p->row, COL_STATUS), status, sizeof(status));
	return before != NULL && *status != '\0' &&
	    strcmp(status, before) != 0 &&
	    strcasecmp(status, p->field[D_CELL_STATUS]) != 0 &&
	    shown_call(r, p->row) == 0;
}

/* Or another installation, for somebody whom we are to call: that is not
 * written over before the import has seen it.  1, 0, or -1 while Bolna's lists
 * are still to be read. */
static int
anothers(const struct round *r, const struct parcel *p)
{
	if (p->field[D_UNHELD] == NULL || p->wipe)
		return 0;
	return mark_is_foreign(r->d, r->c, cell(r, p->row, COL_EXECUTION),
	    cell(r, p->row, COL_STATUS), p->field[D_CELL_EXECUTION],
	    p->field[D_CELL_STATUS]);
}

/* So may they have written another outcome: it is read before ours is
 * written.  What came with another row's call is nobody's word; what stands
 * beside an earlier call of this row may be one. */
static int
chosen(const struct round *r, const struct parcel *p)
{
	const char *word = cell(r, p->row, COL_OUTCOME);
	const char *mark = cell(r, p->row, COL_EXECUTION);

	if (p->wipe || (*mark != '\0' && *p->field[D_CELL_EXECUTION] != '\0' &&
	    strcmp(mark, p->field[D_CELL_EXECUTION]) != 0 &&
	    !outcome_cell_is_fresh(r->d->db, p->lead, mark, word)))
		return 0;
	return outcome_cell_differs(word, p->field[D_CELL_OUTCOME]) &&
	    (p->field[D_OUTCOME] == NULL ||
	    outcome_cell_differs(word, p->field[D_OUTCOME]));
}

static struct sheet_write *
add_write(struct round *r, size_t row, struct parcel *p)
{
	struct sheet_write *w = &r->writes[r->nwrites];

	w->hit = &r->fell[r->nwrites];
	r->of[r->nwrites++] = p;
	w->row = row;
	w->phone = cell(r, row, COL_PHONE);
	w->name = cell(r, row, COL_NAME);
	w->key = cell(r, row, COL_KEY);
	return w;
}

static void
prepare_parcel(struct round *r, struct parcel *p)
{
	int foreign = p->row == 0 || p->unsure ? 0 : anothers(r, p);

	if (p->row == 0 || p->unsure) {
		put_off(r, p, p->row != 0 ? "several rows could be this "
		    "person's: give them different names or keys" :
		    "the row is not in the sheet any more");
		r->c->stale |= p->intent;
	} else if (foreign == 1) {
		r->c->stale = 1;
	} else if (foreign == -1) {
		r->c->doubt = 1;
		put_off(r, p, "the row shows a call that Bolna's lists may "
		    "know, and they were not read yet");
	} else if (p->intent && (stopped(r, p) || seen_to(r, p))) {
		r->c->stale = 1;
	} else if ((p->theirs = chosen(r, p)) != 0 &&
	    outcome_cell_is_word(cell(r, p->row, COL_OUTCOME)) && p->intent) {
		r->c->stale = 1;
	} else {
		r->c->stale |= p->theirs && outcome_cell_is_word(cell(r,
		    p->row, COL_OUTCOME));
		parcel_fill(p, add_write(r, p->row, p));
	}
}

static void
prepare(struct round *r)
{
	struct sheet_write *w;
	size_t i;

	r->writes = calloc(r->n + r->nhits + 1, sizeof(*r->writes));
	r->of = calloc(r->n + r->nhits + 1, sizeof(*r->of));
	r->fell = calloc(r->n + r->nhits + 1, sizeof(*r->fell));
	if (r->writes == NULL || r->of == NULL || r->fell == NULL)
		fatal(EX_OSERR, NULL);
	for (i = 0; i < r->n; i++)
		prepare_parcel(r, &r->parcels[i]);
	for (i = r->nhits; i > 0 && r->hits[i - 1].parcel == r->n; i--) {
		w = add_write(r, r->hits[i - 1].row, NULL);
		parcel_fill(NULL, w);
	}
}

static void
written(struct round *r, const struct parcel *p, const struct sheet_write *w)
{
	struct stmt *st = db_stmt(r->d->db, SQL_DELIVERY_DONE);

	db_int(st, ":lead", p->lead);
	db_int(st, ":rev", p->rev);
	db_run(st);
	st = db_stmt(r->d->db, SQL_LEAD_WRITTEN);
	db_int(st, ":lead", p->lead);
	db_text(st, ":execution", p->field[D_ATTEMPT] == NULL ? "" :
	    p->field[D_EXECUTION]);
	db_text(st, ":status", p->field[D_ATTEMPT] == NULL ? "" :
	    p->field[D_STATUS]);
	db_run(st);
	if (r->c->layout.at[COL_OUTCOME] != -1 &&
	    w->cell[COL_OUTCOME].kind == CELL_TEXT)
		outcome_cell_written(r->d->db, p->lead,
		    w->cell[COL_OUTCOME].text);
	r->d->counts.synced++;
}

/* What became of each row that was written. */
static void
account_for(struct round *r, enum verdict verdict)
{
	const struct parcel *p;
	struct sheet_write *w;
	size_t i;

	for (i = 0; i < r->nwrites; i++) {
		w = &r->writes[i];
		if ((p = r->of[i]) == NULL)
			continue;
		if (w->refused) {
			put_off(r, p, w->why);
		} else if (w->landed == 1) {
			written(r, p, w);
		} else if (w->landed == 0 || verdict == VERDICT_OK) {
			log_warnx("campaign %s: rows were moved while row %zu "
			    "was written; reading the sheet again",
			    r->c->conf->name, w->row + 1);
			r->c->stale = 1;
			put_off(r, p, "the row moved while it was written");
		} else {
			put_off(r, p, r->c->sheet->why);
		}
	}
}

/* One row of the sheet as it is now. */
static void
look_at_row(struct sheet_write *w, const struct table *t,
    const struct layout *l)
{
	const char *phone = person_cell(t, l, w->row, COL_PHONE);
	const char *name = person_cell(t, l, w->row, COL_NAME);
	const char *key = person_cell(t, l, w->row, COL_KEY);

	w->landed = sheet_write_is(w, phone, name, key);
	if (w->landed == 0)
		sheet_hit_set(w->hit, phone, name, key);
}

/* The answer did not show which rows were hit: look. */
static void
look_where_landed(struct round *r)
{
	const struct layout *l = &r->c->layout;
	struct sheet *s = r->c->sheet;
	struct sheet_write *w, *end = r->writes + r->nwrites;
	struct table t;

	for (w = r->writes; w < end; w++)
		if (!w->refused && w->landed == -1)
			break;
	if (w == end)
		return;
	table_init(&t, 0);
	if (s->ops->read(s, SHEET_IDENTITY, &r->c->layout, &t) == VERDICT_OK)
		for (w = r->writes; w < end; w++)
			if (w->landed == -1)
				look_at_row(w, &t, l);
	table_free(&t);
}

/* One read, one write, however many rows have changed. */
static void
write_rows(struct round *r)
{
	struct sheet *s = r->c->sheet;
	enum verdict verdict = VERDICT_OK;
	long faults = db_failures(r->d->db);
	int at[COL__MAX];

	if (s->ops->read(s, SHEET_IDENTITY, &r->c->layout, &r->t) !=
	    VERDICT_OK) {
		campaign_problem(r->d, r->c, s->why);
		return;
	}
	memcpy(at, r->c->layout.at, sizeof(at));
	find_rows(r);
	/* Not all leads of a number: whose row it is, is not known. */
	if (db_failures(r->d->db) != faults) {
		r->d->counts.problems++;
		return;
	}
	if (db_begin(r->d->db) == -1)
		return;
	prepare(r);
	if (db_commit(r->d->db) == -1)
		return;
	if (r->nwrites > 0)
		verdict = s->ops->write(s, &r->c->layout, r->writes,
		    r->nwrites);
	if (verdict == VERDICT_OK)
		look_where_landed(r);
	if (db_begin(r->d->db) == -1)
		return;
	account_for(r, verdict);
	db_commit(r->d->db);
	if (memcmp(at, r->c->layout.at, sizeof(at)) == 0)
		stray_undo(r->d, r->c, &r->t, r->writes, r->nwrites);
	if (verdict == VERDICT_PERMFAIL) {
		campaign_problem(r->d, r->c, s->why);
	} else if (verdict != VERDICT_OK) {
		log_warnx("campaign %s: %s", r->c->conf->name, s->why);
		r->d->counts.problems++;
	}
}

int
sync_rows(struct dialer *d, struct campaign *c)
{
	struct round r = { .d = d, .c = c, .now = time(NULL) };
	int some;

	table_init(&r.t, 0);
	r.parcels = parcels_read(d, c, r.now, &r.n);
	some = r.n > 0;
	if (some) {
		c->synced_ms = clock_ms();
		write_rows(&r);
	}
	round_free(&r);
	return some;
}
