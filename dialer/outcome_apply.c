/*
 * What follows from an outcome, and from what people say it was: by the verb,
 * by the web, or in the sheet.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "db.h"
#include "log.h"
#include "outcome_int.h"

#define MAX_CHOICES 100

int
outcome_tell(struct db *db, int64_t lead)
{
	struct stmt *st = db_stmt(db, SQL_DELIVERY_LEAD);

	db_int(st, ":lead", lead);
	db_int(st, ":now", time(NULL));
	return db_run(st);
}

int
outcome_set(struct db *db, int64_t lead, int64_t attempt, int64_t at, int rule)
{
	struct stmt *st = db_stmt(db, SQL_OUTCOME_SLOT_SET);

	db_int(st, ":lead", lead);
	db_int(st, ":attempt", attempt);
	db_int(st, ":slot_at", at);
	db_int(st, ":rule", rule);
	return db_run(st);
}

int
outcome_unset(struct db *db, int64_t lead, int64_t at)
{
	struct stmt *st = db_stmt(db, SQL_OUTCOME_SLOT_DROP);

	db_int(st, ":lead", lead);
	db_int(st, ":slot_at", at);
	return db_run(st);
}

int
outcome_hold(struct db *db, int64_t lead)
{
	struct stmt *st = db_stmt(db, SQL_OUTCOME_REST);

	db_int(st, ":lead", lead);
	return db_run(st);
}

/* As event.c does for what the extraction says. */
int
outcome_suppress(struct db *db, int64_t attempt)
{
	struct stmt *st = db_stmt(db, SQL_SUPPRESSION_SAID);
	int rc;

	db_int(st, ":attempt", attempt);
	rc = db_step(st);
	db_reset(st);
	if (rc != DB_ROW)
		return rc == DB_FAIL ? -1 : 0;
	log_info("attempt %lld: the person asks not to be called again",
	    (long long)attempt);
	st = db_stmt(db, SQL_LEAD_HEARD);
	db_int(st, ":attempt", attempt);
	if (db_run(st) == -1)
		return -1;
	st = db_stmt(db, SQL_DELIVERY_HEARD);
	db_int(st, ":attempt", attempt);
	db_int(st, ":now", time(NULL));
	return db_run(st);
}

int64_t
outcome_choose(struct db *db, int64_t lead, int64_t attempt,
    enum outcome_word what, const char *where, const char *slot,
    const char *note)
{
	struct stmt *st = db_stmt(db, SQL_OUTCOME_CHOOSE);
	int64_t id = 0;

	if (attempt != 0)
		db_int(st, ":attempt", attempt);
	db_int(st, ":lead", lead);
	db_text(st, ":outcome", outcome_name(what));
	db_text(st, ":rule", where);
	db_text(st, ":slot", slot);
	db_text(st, ":note", note);
	db_int(st, ":now", time(NULL));
	id = db_value(st, 0);
	return id;
}

/* --- what people say --- */

struct choice {
	int64_t	 id, attempt, lead, account, at, slot_at;
	char	 word[32], *slot, *zones, *phone;
	int	 ends;
};

static void
choice_read(struct stmt *st, struct choice *c)
{
	memset(c, 0, sizeof(*c));
	c->id = db_col_int(st, 0);
	c->attempt = db_col_int(st, 1);
	c->lead = db_col_int(st, 2);
	strncpy(c->word, db_col_text(st, 3), sizeof(c->word) - 1);
	c->slot = strdup(db_col_text(st, 4));
	c->at = db_col_int(st, 5);
	c->zones = strdup(db_col_text(st, 6));
	c->phone = strdup(db_col_text(st, 7));
	c->ends = (int)db_col_int(st, 8);
	c->account = db_col_int(st, 9);
	if (c->slot == NULL || c->zones == NULL || c->phone == NULL)
		fatal(EX_OSERR, NULL);
}

/* All rows with the number are closed, and say so. */
static int
close_number(struct db *db, const struct choice *c)
{
	struct stmt *st = db_stmt(db, SQL_SUPPRESSION_ADD);
	int64_t lead[64];
	size_t n, i;

	db_int(st, ":account", c->account);
	db_text(st, ":phone", c->phone);
	db_text(st, ":source", "outcome");
	if (db_run(st) == -1)
		return -1;
	do {
		st = db_stmt(db, SQL_LEAD_CLOSED);
		db_int(st, ":account", c->account);
		db_text(st, ":phone", c->phone);
		db_text(st, ":note", "On the do-not-call list");
		for (n = 0; n < 64 && db_step(st) == DB_ROW; n++)
			lead[n] = db_col_int(st, 0);
		db_reset(st);
		for (i = 0; i < n; i++)
			if (outcome_tell(db, lead[i]) == -1)
				return -1;
	} while (n == 64);
	return 0;
}

static int
apply(struct db *db, struct choice *c)
{
	const char *note = NULL;
	struct stmt *st;

	if (*c->slot != '\0') {
		c->slot_at = slot_read_text(c->slot, c->at, c->zones);
		if (c->slot_at <= 0)
			note = "The time could not be read as one to come";
	}
	st = db_stmt(db, SQL_OUTCOME_APPLIED);
	db_int(st, ":id", c->id);
	db_int(st, ":now", time(NULL));
	if (c->slot_at > 0)
		db_int(st, ":slot_at", c->slot_at);
	db_text(st, ":note", note);
	if (db_run(st) == -1)
		return -1;
	if (strcmp(c->word, "opt_out") == 0 && close_number(db, c) == -1)
		return -1;
	if (c->ends && outcome_hold(db, c->lead) == -1)
		return -1;
	if (!c->ends && c->slot_at > 0 && outcome_set(db, c->lead, c->attempt,
	    c->slot_at, 0) == -1)
		return -1;
	log_info("lead %lld: a person says %s", (long long)c->lead, c->word);
	return outcome_tell(db, c->lead);
}

static void
choices_free(struct choice *c, size_t n)
{
	while (n-- > 0) {
		free(c[n].slot);
		free(c[n].zones);
		free(c[n].phone);
	}
	free(c);
}

int
outcome_apply_now(struct db *db)
{
	struct stmt *st = db_stmt(db, SQL_OUTCOME_CHOSEN);
	struct choice *c;
	size_t n = 0, i;
	int rc;

	if ((c = calloc(MAX_CHOICES, sizeof(*c))) == NULL)
		fatal(EX_OSERR, NULL);
	while ((rc = db_step(st)) == DB_ROW && n < MAX_CHOICES)
		choice_read(st, &c[n++]);
	db_reset(st);
	for (i = 0; i < n && rc != DB_FAIL; i++)
		if (apply(db, &c[i]) == -1)
			rc = DB_FAIL;
	choices_free(c, n);
	return rc == DB_FAIL ? -1 : 0;
}

int
outcome_apply(struct db *db)
{
	struct stmt *st = db_stmt(db, SQL_OUTCOME_CHOSEN);
	int rc = db_step(st);

	db_reset(st);
	if (rc != DB_ROW)
		return rc;
	if (db_begin(db) == -1)
		return -1;
	if (outcome_apply_now(db) == -1) {
		db_rollback(db);
		return -1;
	}
	return db_commit(db);
}
