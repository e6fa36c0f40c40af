/*
 * Breakers: why dialling is stopped for an account, for a while.  When its time
 * is over, one call is let through (sql/query/room.sql); when Bolna takes it,
 * or for "failures" when it does not fail, the breaker is gone.
 */
#include <stdio.h>
#include <time.h>

#include "db.h"
#include "dialer.h"
#include "log.h"

#define FAILURES_SECS	3600
#define OPT_OUTS_SECS	86400

void
breaker_open(struct dialer *d, int64_t account, const char *name, long secs,
    const char *reason)
{
	struct account *a = dialer_account(d, account);
	struct stmt *st;

	d->counts.problems++;
	if (db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, SQL_BREAKER_OPEN);
	db_int(st, ":account", account);
	db_text(st, ":name", name);
	db_int(st, ":now", time(NULL));
	db_int(st, ":until", time(NULL) + secs);
	db_text(st, ":reason", reason);
	/* For everybody to hear it is an alarm (alarm.c). */
	if (db_value(st, 0) != 0)
		log_info("account %s: no calls for %ld seconds: %s",
		    a != NULL ? a->name : "?", secs, reason);
	db_commit(d->db);
}

int
breaker_passed(struct dialer *d, int64_t account)
{
	struct stmt *st = db_stmt(d->db, SQL_BREAKER_PASSED);

	db_int(st, ":account", account);
	db_int(st, ":now", time(NULL));
	return db_run(st);
}

/* One question to the last calls: its answer, if it has one, is why. */
static void
look_back(struct dialer *d, const struct account *a, enum sql question,
    const char *name, long secs)
{
	struct stmt *st = db_stmt(d->db, question);
	char why[160];
	int open;

	db_int(st, ":account", a->id);
	db_int(st, ":now", time(NULL));
	if ((open = db_step(st) == DB_ROW))
		snprintf(why, sizeof(why), "%s", db_col_str(st, 0));
	db_reset(st);
	if (open)
		breaker_open(d, a->id, name, secs, why);
}

/* The call that was let through has ended well. */
static void
close_failures(struct dialer *d, const struct account *a)
{
	struct stmt *st = db_stmt(d->db, SQL_BREAKER_HEALED);

	db_int(st, ":account", a->id);
	db_int(st, ":now", time(NULL));
	if (db_value(st, 0) == 0 || db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, SQL_BREAKER_FORGIVEN);
	db_int(st, ":account", a->id);
	db_int(st, ":now", time(NULL));
	db_run(st);
	st = db_stmt(d->db, SQL_BREAKER_CLOSE);
	db_int(st, ":account", a->id);
	db_run(st);
	db_commit(d->db);
}

void
breakers(struct dialer *d)
{
	struct account *a;

	for (a = d->accounts; a < d->accounts + d->naccounts; a++) {
		close_failures(d, a);
		look_back(d, a, SQL_BREAKER_FAILURES, "failures",
		    FAILURES_SECS);
		look_back(d, a, SQL_BREAKER_OPT_OUTS, "opt-outs",
		    OPT_OUTS_SECS);
	}
}
