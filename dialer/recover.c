/*
 * What a pass that died has left: claimed but not sent is released; sent
 * without an answer may have been placed and is looked for.  What a pass with
 * a wrong clock has put off until its own time is not waited for, and whom
 * "callsheet call" has asked for and died is not called hours later.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db.h"
#include "dialer.h"
#include "log.h"

static void
recover_one(struct dialer *d, int64_t id, int sent)
{
	struct stmt *st;
	int64_t now = time(NULL), lead;

	st = db_stmt(d->db, sent ? SQL_ATTEMPT_UNKNOWN : SQL_ATTEMPT_RELEASED);
	db_int(st, ":attempt", id);
	db_int(st, ":http", 0);
	db_text(st, ":note", sent ? "It is not known whether this call was "
	    "placed (the dialer was interrupted); asking Bolna" :
	    "the dialer was interrupted before anything was sent");
	if (sent) {
		db_int(st, ":look_at", now);
		db_run(st);
	} else {
		db_int(st, ":now", now);
		db_int(st, ":refused", 0);
		lead = db_value(st, 0);
		st = db_stmt(d->db, SQL_LEAD_AGAIN);
		db_int(st, ":lead", lead);
		db_int(st, ":next_at", now);
		db_run(st);
	}
	st = db_stmt(d->db, SQL_DELIVERY_SHEET);
	db_int(st, ":attempt", id);
	db_int(st, ":now", now);
	db_run(st);
	log_warnx("attempt %lld: an earlier pass died %s", (long long)id,
	    sent ? "while placing it; asking Bolna" : "before sending it");
}

/* A clock that was days ahead would make every result as many days late, and a
 * wish that nobody waits for any more would call somebody out of the blue. */
static void
recover_times(struct dialer *d)
{
	static const enum sql late[] = { SQL_EXECUTION_AHEAD,
	    SQL_ATTEMPT_AHEAD, SQL_DELIVERY_AHEAD, SQL_POST_AHEAD,
	    SQL_LANE_AHEAD, SQL_WISH_LEFT, SQL_WISH_TRIM };
	struct stmt *st;
	size_t i;

	if (db_begin(d->db) == -1)
		return;
	for (i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		st = db_stmt(d->db, late[i]);
		db_int(st, ":now", time(NULL));
		db_run(st);
	}
	db_commit(d->db);
}

void
recover(struct dialer *d)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_LEFT);
	struct { int64_t id; int sent; } left[64];
	size_t n, i;

	recover_times(d);
	do {
		for (n = 0; n < 64 && db_step(st) == DB_ROW; n++) {
			left[n].id = db_col_int(st, 0);
			left[n].sent = strcmp(db_col_text(st, 1),
			    "sending") == 0;
		}
		db_reset(st);
		if (n == 0 || db_begin(d->db) == -1)
			return;
		for (i = 0; i < n; i++)
			recover_one(d, left[i].id, left[i].sent);
		if (db_commit(d->db) == -1)
			return;
	} while (n == 64);
}
