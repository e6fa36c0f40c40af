/*
 * Sheet to leads.  The sheet says who is to be called; the database knows what
 * has happened.  Rows are matched to leads (match.c), so that sorting, copying
 * and renaming never make a second lead, and with it a second call.
 */
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "import_int.h"
#include "log.h"
#include "match.h"
#include "outcome_cell.h"

#define CHUNK	500	/* changes a transaction: webhooks want to get in */

/* --- transactions of a few hundred changes, begun when there is one --- */

struct stmt *
import_change(struct reading *r, enum sql id)
{
	if (!r->open && db_begin(r->d->db) == -1) {
		r->failed = 1;
		return NULL;
	}
	r->open = 1;
	return db_stmt(r->d->db, id);
}

static void
changed(struct reading *r, struct stmt *st)
{
	if (db_run(st) == -1)
		r->failed = 1;
	r->pending++;
}

static void
commit(struct reading *r, int force)
{
	if (!r->open || (!force && r->pending < CHUNK))
		return;
	/* What could not be read is not judged. */
	if (db_failures(r->d->db) != r->faults)
		r->failed = 1;
	if (r->failed)
		db_rollback(r->d->db);
	else if (db_commit(r->d->db) == -1)
		r->failed = 1;
	r->open = r->pending = 0;
}

/* --- reading --- */

static int
person_cmp(const void *a, const void *b)
{
	const struct person *p = a, *q = b;
	int rc;

	if ((rc = strcmp(p->phone, q->phone)) != 0 ||
	    (rc = strcmp(p->key, q->key)) != 0)
		return rc;
	return p->row < q->row ? -1 : 1;
}

static void
read_people(struct reading *r)
{
	const struct layout *l = &r->c->layout;
	struct person *p;
	size_t row;

	r->people = calloc(r->t.nrows + 1, sizeof(*r->people));
	r->seen = calloc(r->t.nrows + 1, sizeof(*r->seen));
	if (r->people == NULL || r->seen == NULL)
		fatal(EX_OSERR, NULL);
	for (row = 1; row < r->t.nrows; row++) {
		p = &r->people[r->npeople];
		p->name = person_cell(&r->t, l, row, COL_NAME);
		p->key = person_cell(&r->t, l, row, COL_KEY);
		p->execution = person_cell(&r->t, l, row, COL_EXECUTION);
		p->row = row;
		/* A row without name and number is no row of ours. */
		if (*p->name == '\0' && *person_cell(&r->t, l, row,
		    COL_PHONE) == '\0')
			continue;
		p->why = NULL;
		person_phone(r->c, &r->t, l, row, p->phone, &p->why);
		r->npeople++;
	}
	if (r->npeople > 0)
		qsort(r->people, r->npeople, sizeof(*r->people), person_cmp);
}

static char *
copy(const char *s)
{
	char *p = strdup(s == NULL ? "" : s);

	if (p == NULL)
		fatal(EX_OSERR, NULL);
	return p;
}

static void
known_free(struct reading *r)
{
	struct known *k;
	size_t i;

	for (i = 0; i < r->nknown; i++) {
		k = &r->known[i];
		free(k->key);
		free(k->name);
		free(k->variables);
		free(k->timezone);
		free(k->control);
		free(k->status_cell);
		free(k->held);
		free(k->held_note);
		free(k->execution);
		free(k->status);
		free(k->country);
		free(k->consent);
		free(k->consent_on);
	}
	free(r->known);
	r->known = NULL;
	r->nknown = 0;
}

static void
known_read(struct reading *r, const char *phone)
{
	struct stmt *st = db_stmt(r->d->db, SQL_LEAD_FIND);
	struct known *k;
	int rc;

	known_free(r);
	db_int(st, ":campaign", r->c->id);
	db_text(st, ":phone", phone);
	while ((rc = db_step(st)) == DB_ROW) {
		r->known = reallocarray(r->known, r->nknown + 1,
		    sizeof(*r->known));
		if (r->known == NULL)
			fatal(EX_OSERR, NULL);
		k = &r->known[r->nknown++];
		k->id = db_col_int(st, 0);
		k->key = copy(db_col_text(st, 1));
		k->name = copy(db_col_text(st, 2));
		k->variables = copy(db_col_text(st, 3));
		k->timezone = copy(db_col_text(st, 4));
		k->control = copy(db_col_text(st, 5));
		k->status_cell = copy(db_col_text(st, 6));
		k->present = (int)db_col_int(st, 7);
		k->held = copy(db_col_text(st, 8));
		k->held_note = copy(db_col_text(st, 9));
		k->granted = db_col_int(st, 10);
		k->execution = copy(db_col_text(st, 11));
		k->status = copy(db_col_text(st, 12));
		k->attempts = db_col_int(st, 13);
		k->country = copy(db_col_text(st, 14));
		k->priority = db_col_int(st, 15);
		k->consent = copy(db_col_text(st, 16));
		k->consent_on = copy(db_col_text(st, 17));
		k->waits = (int)db_col_int(st, 18);
		k->taken = 0;
	}
	db_reset(st);
	if (rc == DB_FAIL)
		r->failed = 1;
}

/* --- whose row is it, and what stands in it --- */

/* Pair people and leads; both have the same number. */
static void
pair(struct reading *r, struct person *from, struct person *to)
{
	size_t n = (size_t)(to - from), i;
	struct match_row *rows = calloc(n + 1, sizeof(*rows));
	struct match_lead *leads = calloc(r->nknown + 1, sizeof(*leads));
	struct known *k;

	if (rows == NULL || leads == NULL)
		fatal(EX_OSERR, NULL);
	for (i = 0; i < n; i++) {
		rows[i].key = from[i].key;
		rows[i].name = from[i].name;
		rows[i].mark = from[i].execution;
	}
	for (i = 0; i < r->nknown; i++) {
		k = &r->known[i];
		leads[i].key = k->key;
		leads[i].name = k->name;
		leads[i].mark = k->execution;
		leads[i].present = k->present;
	}
	match(rows, n, leads, r->nknown);
	for (i = 0; i < n; i++) {
		if (rows[i].lead == NULL)
			continue;
		k = &r->known[rows[i].lead - leads];
		k->taken = 1;
		from[i].lead = k->id;
	}
	free(rows);
	free(leads);
}

/* --- storing --- */

static void
mark_seen(struct reading *r, int64_t lead)
{
	r->seen[r->nseen++] = lead;
}

static void
suppress(struct reading *r, const struct person *p, const struct judgement *j)
{
	struct stmt *st;

	if (strcmp(j->control, "dnc") != 0 || p->why != NULL ||
	    (st = import_change(r, SQL_SUPPRESSION_PUT)) == NULL)
		return;
	db_int(st, ":campaign", r->c->id);
	db_text(st, ":phone", p->phone);
	db_text(st, ":source", "sheet");
	changed(r, st);
}

static void
tell_sheet(struct reading *r, int64_t lead, enum sql how)
{
	struct stmt *st = import_change(r, how);

	if (st == NULL)
		return;
	db_int(st, ":lead", lead);
	db_int(st, ":now", r->now);
	changed(r, st);
}

/* What a new lead and a known one have in common. */
static void
bind_judged(struct stmt *st, const struct judgement *j)
{
	db_text(st, ":variables", j->variables);
	db_text(st, ":country", j->where.country);
	db_text(st, ":timezone", j->where.timezone);
	db_text(st, ":timezone_from", j->where.from);
	db_text(st, ":control", j->control);
	db_int(st, ":priority", j->priority);
	db_text(st, ":consent", j->consent);
	db_text(st, ":consent_on", j->consent_on);
	db_text(st, ":held", j->held);
	db_text(st, ":held_note", j->note);
	if (j->next_at != 0)
		db_int(st, ":next_at", j->next_at);
}

static void
insert(struct reading *r, struct person *p, const struct judgement *j)
{
	struct stmt *st = import_change(r, SQL_LEAD_NEW);

	if (st == NULL)
		return;
	db_int(st, ":campaign", r->c->id);
	db_text(st, ":key", p->key);
	db_text(st, ":phone", p->phone);
	db_text(st, ":name", p->name);
	db_text(st, ":status_cell", j->status);
	bind_judged(st, j);
	changed(r, st);
	p->lead = db_last_id(r->d->db);
	r->changed++;
	suppress(r, p, j);
	if (j->note != NULL)
		tell_sheet(r, p->lead, SQL_DELIVERY_LEAD);
}

static int
differs(const char *old, const char *new)
{
	return strcmp(old, new == NULL ? "" : new) != 0;
}

/* Who writes "retry now" into a row that waits for a person has looked. */
static void
not_placed(struct reading *r, int64_t lead)
{
	struct stmt *st = import_change(r, SQL_ATTEMPT_NEVER);

	if (st == NULL)
		return;
	db_int(st, ":lead", lead);
	db_int(st, ":now", r->now);
	db_text(st, ":note", "A person says that this call was not placed");
	changed(r, st);
}

static void
update(struct reading *r, const struct person *p, const struct known *k,
    const struct judgement *j)
{
	struct stmt *st;
	int told = differs(k->held_note, j->note);
	/* Kept as first seen once we have called: our own word comes back. */
	const char *status = k->attempts > 0 ? k->status_cell : j->status;

	if (k->present && !told && !differs(k->name, p->name) &&
	    !differs(k->key, p->key) &&
	    !differs(k->variables, j->variables) &&
	    !differs(k->country, j->where.country) &&
	    !differs(k->timezone, j->where.timezone) &&
	    !differs(k->consent, j->consent) &&
	    !differs(k->consent_on, j->consent_on) &&
	    k->priority == j->priority &&
	    !differs(k->control, j->control) && !differs(k->held, j->held) &&
	    !differs(k->status_cell, status) && k->granted == j->granted)
		return;
	if ((st = import_change(r, SQL_LEAD_UPDATE)) == NULL)
		return;
	db_int(st, ":lead", k->id);
	db_text(st, ":key", p->key);
	db_text(st, ":name", p->name);
	db_text(st, ":status_cell", status);
	bind_judged(st, j);
	db_int(st, ":granted", j->granted);
	changed(r, st);
	r->changed++;
	suppress(r, p, j);
	if (strcmp(k->held, "review") == 0 && j->held == NULL)
		not_placed(r, k->id);
	if (told)
		tell_sheet(r, k->id, SQL_DELIVERY_LEAD);
}

/* A call that is not shown in this row stands there: a write went astray when
 * a person moved rows at that very moment, or its answer was lost, or the row
 * is a copy.  All our cells are written again; so they are when a person has
 * cleared or overwritten the mark. */
static void
put_right(struct reading *r, const struct person *p)
{
	if (p->mark == MARK_DOUBT)
		r->c->doubt = 1;
	if (p->mark == MARK_LOST || p->mark == MARK_FOREIGN)
		tell_sheet(r, p->lead, SQL_DELIVERY_AGAIN);
	if (p->mark != MARK_STRAY)
		return;
	log_warnx("campaign %s: row %zu showed what is not its own; put right",
	    r->c->conf->name, p->row + 1);
	tell_sheet(r, p->lead, SQL_DELIVERY_WIPE);
}

/* One of the rows with a number is called: that of a lead which was called
 * before, else of the eldest. */
static const struct known *
principal(const struct reading *r)
{
	size_t i;

	for (i = 0; i < r->nknown; i++)
		if (r->known[i].attempts > 0)
			return &r->known[i];
	for (i = 0; i < r->nknown; i++)
		if (r->known[i].taken)
			return &r->known[i];
	return NULL;
}

static struct known *
known_by_id(struct reading *r, int64_t id)
{
	size_t i;

	for (i = 0; i < r->nknown; i++)
		if (r->known[i].id == id)
			return &r->known[i];
	return NULL;
}

static void
import_person(struct reading *r, struct person *p, const char *doubled)
{
	const struct known *k = p->lead != 0 ? known_by_id(r, p->lead) : NULL;
	struct judgement j;

	if (k == NULL && p->why == NULL && judge_erased(r, p))
		return;
	p->mark = mark_read(r, p, k);
	judge(r, p, k, doubled, &j);
	if (k == NULL)
		insert(r, p, &j);
	else
		update(r, p, k, &j);
	free(j.variables);
	mark_seen(r, p->lead);
	outcome_cell_read(r, p, k);
	put_right(r, p);
}

/* All rows with one number. */
static void
import_number(struct reading *r, struct person *from, struct person *to)
{
	const struct known *called;
	struct person *p;
	const char *doubled;
	int64_t first;

	known_read(r, from->phone);
	pair(r, from, to);
	called = principal(r);
	first = called != NULL ? called->id : 0;
	doubled = called == NULL || called->taken ?
	    "The same number stands in another row and is called only once" :
	    "The number was called for a row that is gone, and is called only "
	    "once";
	for (p = from; p < to && !r->failed; p++) {
		import_person(r, p, p->why == NULL && first != 0 &&
		    first != p->lead ? doubled : NULL);
		if (first == 0)
			first = p->lead;
	}
	commit(r, 0);
}

static int
id_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* Leads that had a row and have none now are not called. */
static void
retire(struct reading *r)
{
	struct stmt *st = db_stmt(r->d->db, SQL_LEAD_PRESENT), *up;
	int64_t *gone = NULL, id;
	size_t n = 0, i;

	qsort(r->seen, r->nseen, sizeof(*r->seen), id_cmp);
	db_int(st, ":campaign", r->c->id);
	while (db_step(st) == DB_ROW) {
		id = db_col_int(st, 0);
		if (bsearch(&id, r->seen, r->nseen, sizeof(*r->seen),
		    id_cmp) != NULL)
			continue;
		if ((gone = reallocarray(gone, n + 1, sizeof(*gone))) == NULL)
			fatal(EX_OSERR, NULL);
		gone[n++] = id;
	}
	db_reset(st);
	for (i = 0; i < n && !r->failed; i++) {
		if ((up = import_change(r, SQL_LEAD_GONE)) == NULL)
			break;
		db_int(up, ":lead", gone[i]);
		changed(r, up);
		up = db_stmt(r->d->db, SQL_DELIVERY_FORGET);
		db_int(up, ":lead", gone[i]);
		changed(r, up);
		r->changed++;
		commit(r, 0);
	}
	free(gone);
}

static void
import_table(struct reading *r)
{
	size_t i, end;

	for (i = 0; i < r->npeople && !r->failed; i = end) {
		for (end = i + 1; end < r->npeople && strcmp(
		    r->people[i].phone, r->people[end].phone) == 0; end++)
			;
		import_number(r, &r->people[i], &r->people[end]);
	}
	if (!r->failed)
		retire(r);
}

/* A file that has not changed, nor how its numbers are read, need not be read
 * again.  The first number is another when rows come to mean something else. */
static void
file_stamp(const struct campaign *c, char *out, size_t size)
{
	struct stat sb;

	out[0] = '\0';
	if (c->file != NULL && stat(c->file, &sb) == 0)
		snprintf(out, size, "2 %llu %lld %lld.%09ld %s",
		    (unsigned long long)sb.st_ino, (long long)sb.st_size,
		    (long long)sb.st_mtim.tv_sec, sb.st_mtim.tv_nsec,
		    c->conf->country != NULL ? c->conf->country : "");
}

static int
unchanged(struct dialer *d, const struct campaign *c, const char *stamp)
{
	struct stmt *st = db_stmt(d->db, SQL_CAMPAIGN_GET);
	int same = 0;

	db_text(st, ":name", c->conf->name);
	if (db_step(st) == DB_ROW && db_col_null(st, 1))
		same = *stamp != '\0' && strcmp(stamp, db_col_text(st, 2)) ==
		    0;
	db_reset(st);
	return same;
}

static void
finish(struct reading *r, const char *stamp)
{
	struct stmt *st;

	st = import_change(r, SQL_CAMPAIGN_IMPORTED);
	if (st != NULL) {
		db_int(st, ":campaign", r->c->id);
		db_int(st, ":now", r->now);
		db_text(st, ":stamp", r->c->doubt ? "" : stamp);
		changed(r, st);
	}
	commit(r, 1);
	if (r->failed) {
		r->d->counts.problems++;
		return;
	}
	r->c->usable = 1;
	r->d->counts.imported += r->changed;
	if (r->changed > 0)
		log_info("campaign %s: %zu rows, %ld new or changed",
		    r->c->conf->name, r->npeople, r->changed);
}

void
import(struct dialer *d, struct campaign *c)
{
	struct reading r = { .d = d, .c = c, .now = time(NULL),
	    .faults = db_failures(d->db) };
	char stamp[128];

	c->stale = c->doubt = 0;
	file_stamp(c, stamp, sizeof(stamp));
	if (unchanged(d, c, stamp)) {
		c->usable = 1;
		return;
	}
	table_init(&r.t, 0);
	if (c->sheet->ops->read(c->sheet, SHEET_PEOPLE, &c->layout, &r.t) !=
	    VERDICT_OK) {
		campaign_problem(d, c, c->sheet->why);
	} else if (judge_columns(d, c) == 0) {
		read_people(&r);
		import_table(&r);
		finish(&r, stamp);
	}
	known_free(&r);
	free(r.people);
	free(r.seen);
	table_free(&r.t);
}
