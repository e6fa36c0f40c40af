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

/* Half of the last ten calls failed: that is no chance any more. */
static void
look_at_failures(struct dialer *d, const struct account *a)
{
	struct stmt *st = db_stmt(d->db, SQL_BREAKER_FAILURES);
	char why[160];
	int64_t failed, calls;
	int open;

	db_int(st, ":account", a->id);
	db_int(st, ":now", time(NULL));
	open = db_step(st) == DB_ROW;
	failed = open ? db_col_int(st, 0) : 0;
	calls = open ? db_col_int(st, 1) : 0;
	db_reset(st);
	if (!open)
		return;
	snprintf(why, sizeof(why), "%lld of the last %lld calls failed: look "
	    "why, then \"callsheet resume\"", (long long)failed,
	    (long long)calls);
	breaker_open(d, a->id, "failures", FAILURES_SECS, why);
}

/* Five people, and a tenth of those who were talked to, want no more calls. */
static void
look_at_opt_outs(struct dialer *d, const struct account *a)
{
	struct stmt *st = db_stmt(d->db, SQL_BREAKER_OPT_OUTS);
	char why[160];
	int64_t n, talks;
	int open;

	db_int(st, ":account", a->id);
	db_int(st, ":now", time(NULL));
	open = db_step(st) == DB_ROW;
	n = open ? db_col_int(st, 0) : 0;
	talks = open ? db_col_int(st, 1) : 0;
	db_reset(st);
	if (!open)
		return;
	snprintf(why, sizeof(why), "%lld people of %lld asked not to be called "
	    "again within a day: look why, then \"callsheet resume\"",
	    (long long)n, (long long)talks);
	breaker_open(d, a->id, "opt-outs", OPT_OUTS_SECS, why);
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
		look_at_failures(d, a);
		look_at_opt_outs(d, a);
	}
}
