/*
 * Lanes: where posts go, and what is remembered of an address or key that
 * fails, so that it is left alone for a while by all that would go there, in
 * later passes too.
 */
#include <stdlib.h>
#include <time.h>

#include "db.h"
#include "deliver.h"
#include "dialer.h"
#include "lane.h"

#define LANE_MAX	300	/* seconds: it is tried that often at least */
#define AFTER_MAX	7200	/* and not left alone for longer */

int64_t
lane_backoff(int n, int64_t max)
{
	int64_t secs = n < 1 ? 1 : n > 16 ? max : (int64_t)1 << (n - 1);

	if (secs > max)
		secs = max;
	return secs + arc4random_uniform((uint32_t)secs / 2 + 1);
}

int
lane_open(struct dialer *d, struct lane *l)
{
	struct stmt *st = db_stmt(d->db, SQL_LANE_GET);
	int rc;

	db_text(st, ":name", l->name);
	if ((rc = db_step(st)) == DB_ROW) {
		l->until = db_col_int(st, 0);
		l->fails = (int)db_col_int(st, 1);
	}
	db_reset(st);
	return rc == DB_FAIL ? -1 : 0;
}

int
lane_well(struct dialer *d, struct lane *l)
{
	struct stmt *st = db_stmt(d->db, SQL_LANE_WELL);

	if (l->fails == 0)
		return 0;
	db_text(st, ":name", l->name);
	return db_run(st);
}

int64_t
lane_rest(const struct lane *l, const struct answer *a)
{
	int64_t secs = lane_backoff(l->fails + 1, LANE_MAX);

	if (a->refused)		/* tried anew by the next run, or later */
		return time(NULL) + a->after;
	if (secs < a->after)
		secs = a->after;
	return time(NULL) + (secs < AFTER_MAX ? secs : AFTER_MAX);
}

int
lane_fail(struct dialer *d, const struct lane *l, const char *kind,
    const struct answer *a, int64_t until)
{
	struct stmt *st = db_stmt(d->db, SQL_LANE_FAIL);

	db_text(st, ":name", l->name);
	db_text(st, ":kind", kind);
	db_int(st, ":account", l->account);
	db_int(st, ":until", until);
	db_int(st, ":refused", a->refused);
	db_text(st, ":error", a->why);
	db_int(st, ":now", time(NULL));
	return db_run(st);
}

int
notify_set(struct dialer *d, int64_t campaign, const char *kind,
    const char *statuses)
{
	static const enum sql steps[] = { SQL_NOTIFY_REST, SQL_NOTIFY_PUT };
	struct stmt *st;
	size_t i;

	for (i = 0; i < 2; i++) {
		st = db_stmt(d->db, steps[i]);
		db_int(st, ":campaign", campaign);
		db_text(st, ":kind", kind);
		db_text(st, ":statuses", statuses);
		if (db_run(st) == -1)
			return -1;
	}
	return 0;
}
