/*
 * callsheet replay: every execution's state worked out anew from the journal,
 * for a journal that says more than the state does: a decoder that learnt a
 * new shape, a disposition row that was changed, a lost record.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "event.h"
#include "execution.h"
#include "verbs.h"

#define BUSY_MS		30000
#define BATCH		200	/* executions in one transaction */

struct replay {
	struct db	*db;
	int64_t		 since;
	int		 dry;
	struct reply	*reply;
	char		 id[BATCH][EXECUTION_ID_SIZE];
	char		 last[EXECUTION_ID_SIZE];
	long		 looked, changed;
};

/* The next executions in the order of their ids: how many, or -1. */
static int
next_batch(struct replay *r)
{
	struct stmt *st = db_stmt(r->db, SQL_EVENT_EXECUTIONS);
	int n = 0, rc;

	db_text(st, ":after", r->last);
	db_int(st, ":since", r->since);
	db_int(st, ":limit", BATCH);
	while ((rc = db_step(st)) == DB_ROW && n < BATCH)
		snprintf(r->id[n++], sizeof(r->id[0]), "%s",
		    db_col_text(st, 0));
	db_reset(st);
	if (n > 0)
		memcpy(r->last, r->id[n - 1], sizeof(r->last));
	return rc == DB_FAIL ? -1 : n;
}

static int
replay_batch(struct replay *r, int n)
{
	struct reply item;
	char what[512];
	int i, rc;

	if (!r->dry && db_begin(r->db) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		rc = event_replay(r->db, r->id[i], time(NULL), r->dry, what,
		    sizeof(what));
		if (rc == -1) {
			if (!r->dry)
				db_rollback(r->db);
			return -1;
		}
		if (rc == 0)
			continue;
		reply_say(r->reply, "execution %s: %s\n", r->id[i], what);
		item = reply_item(r->reply, "executions");
		reply_text(&item, "execution", r->id[i]);
		reply_text(&item, "change", what);
		r->changed++;
	}
	r->looked += n;
	return r->dry ? 0 : db_commit(r->db);
}

int
verb_replay(const struct conf *conf, struct args *args)
{
	struct replay r = { .reply = &args->reply };
	char *path;
	int n;

	while (args_more(args))
		if (!args_time(args, "--since", &r.since) &&
		    !args_flag(args, "--dry-run", &r.dry))
			return args_bad(args);
	if (args->bad)
		return args_bad(args);
	path = conf_path(conf, conf->database);
	r.db = db_open(path, BUSY_MS);
	free(path);
	if (r.db == NULL)
		return EX_CONFIG;
	while ((n = next_batch(&r)) > 0)
		if (replay_batch(&r, n) == -1)
			break;
	db_close(r.db);
	reply_say(r.reply, "%ld executions looked at, %ld %s\n", r.looked,
	    r.changed, r.dry ? "would change" : "changed");
	reply_bool(r.reply, "dry_run", r.dry);
	reply_int(r.reply, "looked", r.looked);
	reply_int(r.reply, "changed", r.changed);
	reply_list(r.reply, "executions");
	return n == 0 ? 0 : EX_TEMPFAIL;
}
