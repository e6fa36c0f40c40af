/*
 * The Outcome column is ours, and a person's as well: who writes another word
 * there has chosen.  What stands there is compared with what we wrote; a word
 * that is none is left alone, and Notes says so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "db.h"
#include "dialer.h"
#include "import_int.h"
#include "log.h"
#include "outcome_cell.h"
#include "outcome_int.h"

#define MAX_ODD		60	/* bytes that are kept of a word */

int
outcome_cell_differs(const char *cell, const char *ours)
{
	int a = outcome_named(cell), b = outcome_named(ours);

	return *cell != '\0' && (a == -1 ? strcmp(cell, ours) != 0 : a != b);
}

int
outcome_cell_is_word(const char *cell)
{
	return outcome_named(cell) != -1;
}

/* Who saves a copy of the sheet that is older than the last call has not
 * seen that call, but what they wrote there they meant. */
int
outcome_cell_is_fresh(struct db *db, int64_t lead, const char *mark,
    const char *cell)
{
	struct stmt *st;
	int what = outcome_named(cell);

	if (what == -1 || *mark == '\0')
		return 0;
	st = db_stmt(db, SQL_OUTCOME_FRESH);
	db_int(st, ":lead", lead);
	db_text(st, ":mark", mark);
	db_text(st, ":word", outcome_name((enum outcome_word)what));
	return db_value(st, 0) != 0;
}

static void
put(struct reading *r, int64_t lead, const char *shown, const char *odd)
{
	struct stmt *st = import_change(r, SQL_OUTCOME_CELL_PUT);

	if (st == NULL)
		return;
	db_int(st, ":lead", lead);
	db_text(st, ":shown", shown);
	db_text(st, ":odd", odd);
	if (db_run(st) == -1)
		r->failed = 1;
	if (outcome_tell(r->d->db, lead) == -1)
		r->failed = 1;
	r->pending++;
}

static void
choose(struct reading *r, int64_t lead, enum outcome_word what)
{
	if (import_change(r, SQL_OUTCOME_CHOOSE) == NULL)
		return;
	if (outcome_choose(r->d->db, lead, 0, what, "sheet", NULL, NULL) == 0)
		r->failed = 1;
	put(r, lead, outcome_name(what), NULL);
	r->changed++;
}

/* A copy of somebody else's row brings somebody else's word along. */
static int
is_own(const struct person *p, const struct known *k)
{
	return p->mark != MARK_STRAY && (k == NULL || *p->execution == '\0' ||
	    strcmp(p->execution, k->execution) == 0 || *k->execution == '\0');
}

void
outcome_cell_read(struct reading *r, const struct person *p,
    const struct known *k)
{
	const char *cell = person_cell(&r->t, &r->c->layout, p->row,
	    COL_OUTCOME);
	char shown[32] = "", odd[MAX_ODD * 2] = "", *folded;
	struct stmt *st;
	int what;

	if (r->c->layout.at[COL_OUTCOME] == -1 || p->lead == 0 ||
	    (k == NULL && *cell == '\0') || (!is_own(p, k) &&
	    !outcome_cell_is_fresh(r->d->db, p->lead, p->execution, cell)))
		return;
	st = db_stmt(r->d->db, SQL_OUTCOME_CELL_GET);
	db_int(st, ":lead", p->lead);
	if (db_step(st) == DB_ROW) {
		snprintf(shown, sizeof(shown), "%s", db_col_text(st, 0));
		if (!db_col_null(st, 1))
			snprintf(odd, sizeof(odd), "%s", db_col_text(st, 1));
	}
	db_reset(st);
	folded = words_fold(cell);
	if (strlen(folded) > MAX_ODD)
		folded[0] = '\0';	/* no word at all, but still theirs */
	what = outcome_named(cell);
	if (what != -1 && outcome_cell_differs(cell, shown))
		choose(r, p->lead, (enum outcome_word)what);
	else if (what != -1 || *cell == '\0')
		*odd != '\0' ? put(r, p->lead, shown, NULL) : (void)0;
	else if (strcmp(odd, *folded != '\0' ? folded : "?") != 0)
		put(r, p->lead, shown, *folded != '\0' ? folded : "?");
	free(folded);
}

void
outcome_cell_written(struct db *db, int64_t lead, const char *shown)
{
	struct stmt *st = db_stmt(db, SQL_OUTCOME_CELL_PUT);

	db_int(st, ":lead", lead);
	db_text(st, ":shown", shown);
	db_run(st);
}
