/*
 * What was written into another row than was meant, because people moved rows
 * at that very moment.  A call's own mark beside it would tell when the sheet
 * is read again (mark.c); what has none, Notes and Outcome of somebody who was
 * never called or a call that Bolna refused, would be taken for the words of
 * people.  It is taken away at once, before anybody reads it.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "stray.h"

#define TRIES	3		/* rows may be moved once more */

/* The columns that are believed when the sheet is read. */
static const enum column believed[] = { COL_STATUS, COL_EXECUTION,
    COL_OUTCOME };
#define NBELIEVED	(sizeof(believed) / sizeof(believed[0]))

struct stray {
	struct sheet_hit	 hit;		/* whose row it fell into */
	struct sheet_write	 was;		/* what fell there */
	int			 over;
};

struct undoing {
	struct dialer		*d;
	struct campaign		*c;
	const struct table	*before;	/* by the same layout */
	struct table		 now;
	struct stray		*list;
	size_t			 n;
	struct sheet_write	*writes;
	size_t			*of;		/* the stray of each */
	size_t			 nwrites;
};

static const char *
set_text(const struct sheet_write *w, enum column c)
{
	const struct sheet_cell *cell = &w->cell[c];

	return cell->kind != CELL_TEXT ? NULL : cell->text == NULL ? "" :
	    cell->text;
}

static int
shows_a_call(const struct sheet_write *w)
{
	const char *mark = set_text(w, COL_EXECUTION);

	return mark != NULL && *mark != '\0';
}

static void
add(struct undoing *u, const struct sheet_write *w)
{
	struct stray *s;

	u->list = reallocarray(u->list, u->n + 1, sizeof(*u->list));
	if (u->list == NULL)
		fatal(EX_OSERR, NULL);
	s = &u->list[u->n++];
	memset(s, 0, sizeof(*s));
	s->was = *w;
	sheet_hit_set(&s->hit, w->hit->phone, w->hit->name, w->hit->key);
	s->over = s->hit.phone == NULL;
}

static int
is_row_of(const struct undoing *u, const struct table *t, size_t row,
    const struct sheet_hit *hit)
{
	const struct layout *l = &u->c->layout;

	return strcmp(person_cell(t, l, row, COL_PHONE), hit->phone) == 0 &&
	    strcmp(person_cell(t, l, row, COL_NAME), hit->name) == 0 &&
	    strcmp(person_cell(t, l, row, COL_KEY), hit->key) == 0;
}

/* Does the row show what fell there, where that would be believed? */
static int
shows(const struct undoing *u, size_t row, const struct sheet_write *was)
{
	const char *text;
	size_t i;
	int some = 0;

	for (i = 0; i < NBELIEVED; i++) {
		text = set_text(was, believed[i]);
		if (text == NULL || u->c->layout.at[believed[i]] == -1)
			continue;
		if (strcmp(person_cell(&u->now, &u->c->layout, row,
		    believed[i]), text) != 0)
			return 0;
		some = 1;
	}
	return some;
}

/* What stood there, of a column that was read. */
static const char *
text_before(const struct undoing *u, const struct sheet_hit *hit,
    enum column c)
{
	size_t row;

	for (row = 1; row < u->before->nrows; row++)
		if (is_row_of(u, u->before, row, hit))
			return person_cell(u->before, &u->c->layout, row, c);
	return "";
}

static void
take_away(struct undoing *u, size_t i, size_t row)
{
	const struct stray *s = &u->list[i];
	struct sheet_write *w;
	size_t c;

	u->writes = reallocarray(u->writes, u->nwrites + 1,
	    sizeof(*u->writes));
	u->of = reallocarray(u->of, u->nwrites + 1, sizeof(*u->of));
	if (u->writes == NULL || u->of == NULL)
		fatal(EX_OSERR, NULL);
	u->of[u->nwrites] = i;
	w = &u->writes[u->nwrites++];
	memset(w, 0, sizeof(*w));
	w->row = row;
	w->phone = s->hit.phone;
	w->name = s->hit.name;
	w->key = s->hit.key;
	for (c = 0; c < COL__MAX; c++)
		if (s->was.cell[c].kind != CELL_KEEP)
			w->cell[c] = (struct sheet_cell){ .kind = CELL_TEXT,
			    .text = "" };
	for (c = 0; c < NBELIEVED; c++)
		if (w->cell[believed[c]].kind != CELL_KEEP)
			w->cell[believed[c]].text = text_before(u, &s->hit,
			    believed[c]);
}

/* Whoever has this number says anew in the row what is the row's own. */
static void
tell(struct undoing *u, size_t row)
{
	char phone[PERSON_PHONE_SIZE];
	struct stmt *st, *put;
	const char *why;
	int64_t lead[16];
	size_t n, i;

	person_phone(u->c, &u->now, &u->c->layout, row, phone, &why);
	st = db_stmt(u->d->db, SQL_LEAD_FIND);
	db_int(st, ":campaign", u->c->id);
	db_text(st, ":phone", phone);
	for (n = 0; n < 16 && db_step(st) == DB_ROW; n++)
		lead[n] = db_col_int(st, 0);
	db_reset(st);
	for (i = 0; i < n; i++) {
		put = db_stmt(u->d->db, SQL_DELIVERY_AGAIN);
		db_int(put, ":lead", lead[i]);
		db_int(put, ":now", time(NULL));
		db_run(put);
	}
}

static void
find(struct undoing *u)
{
	size_t i, row;

	u->nwrites = 0;
	for (i = 0; i < u->n; i++) {
		if (u->list[i].over)
			continue;
		/* Gone, unless it is still to be seen. */
		u->list[i].over = 1;
		for (row = 1; row < u->now.nrows; row++) {
			if (!is_row_of(u, &u->now, row, &u->list[i].hit))
				continue;
			tell(u, row);
			if (!shows(u, row, &u->list[i].was))
				continue;
			u->list[i].over = 0;
			take_away(u, i, row);
		}
	}
}

static int
write_back(struct undoing *u)
{
	struct sheet *s = u->c->sheet;
	struct sheet_hit *fell = calloc(u->nwrites, sizeof(*fell));
	struct sheet_write *w;
	enum verdict v;
	size_t i;

	if (fell == NULL)
		fatal(EX_OSERR, NULL);
	for (i = 0; i < u->nwrites; i++)
		u->writes[i].hit = &fell[i];
	v = s->ops->write(s, &u->c->layout, u->writes, u->nwrites);
	for (i = 0; i < u->nwrites; i++) {
		w = &u->writes[i];
		if (w->landed == 1)
			u->list[u->of[i]].over = 1;
		else if (w->landed == 0 && fell[i].phone != NULL)
			add(u, w);
		sheet_hit_clear(&fell[i]);
	}
	free(fell);
	return v == VERDICT_OK ? 0 : -1;
}

/* One read, one write; 0, or -1 when nothing can be done now. */
static int
undo(struct undoing *u)
{
	struct sheet *s = u->c->sheet;
	int at[COL__MAX];

	memcpy(at, u->c->layout.at, sizeof(at));
	table_free(&u->now);
	if (s->ops->read(s, SHEET_IDENTITY, &u->c->layout, &u->now) !=
	    VERDICT_OK || memcmp(at, u->c->layout.at, sizeof(at)) != 0 ||
	    db_begin(u->d->db) == -1)
		return -1;
	find(u);
	if (db_commit(u->d->db) == -1)
		return -1;
	if (u->nwrites == 0)
		return 0;
	return write_back(u);
}

static size_t
left(const struct undoing *u)
{
	size_t i, n = 0;

	for (i = 0; i < u->n; i++)
		n += !u->list[i].over;
	return n;
}

void
stray_undo(struct dialer *d, struct campaign *c, const struct table *before,
    const struct sheet_write *w, size_t n)
{
	struct undoing u = { .d = d, .c = c, .before = before };
	size_t i;
	int tries;

	for (i = 0; i < n; i++)
		if (w[i].landed == 0 && w[i].hit->phone != NULL &&
		    !shows_a_call(&w[i]))
			add(&u, &w[i]);
	table_init(&u.now, 0);
	for (tries = 0; left(&u) > 0 && tries < TRIES; tries++)
		if (undo(&u) == -1)
			break;
	if (left(&u) > 0) {
		log_warnx("campaign %s: rows were moved while they were "
		    "written, and %zu may show the Notes or Outcome of "
		    "another person: look at them", c->conf->name, left(&u));
		d->counts.problems++;
	}
	for (i = 0; i < u.n; i++)
		sheet_hit_clear(&u.list[i].hit);
	free(u.list);
	free(u.writes);
	free(u.of);
	table_free(&u.now);
}
