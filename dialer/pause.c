/*
 * callsheet pause, resume and stop: for one campaign or all.  A pass that is
 * under way looks before each call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "log.h"
#include "verbs.h"

#define BUSY_MS		30000

enum { GOES_ON, PAUSED, STOPPED };	/* campaign.paused */

/* Whoever resumes has looked at what stopped dialling. */
static void
forgive(struct db *db, const char *name)
{
	struct stmt *st = db_stmt(db, SQL_BREAKER_RESUME), *close;

	db_int(st, ":now", time(NULL));
	if (name != NULL)
		db_text(st, ":name", name);
	while (db_step(st) == DB_ROW) {
		close = db_stmt(db, SQL_BREAKER_CLOSE);
		db_int(close, ":account", db_col_int(st, 0));
		db_run(close);
	}
	db_reset(st);
}

static int
set(struct db *db, const char *name, int paused, const char *said,
    struct reply *a)
{
	static const char *const state[] = { "goes on", "paused", "stopped" };
	struct reply item;
	struct stmt *st;
	int n = 0;

	if (db_begin(db) == -1)
		return EX_TEMPFAIL;
	if (paused == GOES_ON)
		forgive(db, name);
	st = db_stmt(db, SQL_CAMPAIGN_PAUSE);
	db_int(st, ":paused", paused);
	if (name != NULL)
		db_text(st, ":name", name);
	for (; db_step(st) == DB_ROW; n++) {
		reply_say(a, "campaign %s %s\n", db_col_text(st, 0), said);
		item = reply_item(a, "campaigns");
		reply_text(&item, "campaign", db_col_text(st, 0));
		reply_text(&item, "state", state[paused]);
	}
	db_reset(st);
	if (db_commit(db) == -1)
		return EX_TEMPFAIL;
	if (n > 0)
		return 0;
	log_warnx("there is no campaign%s%s, or no pass has run yet: "
	    "\"callsheet run\" takes in those of the settings", name != NULL ?
	    " " : "", name != NULL ? name : "");
	return EX_DATAERR;
}

static int
pause_verb(const struct conf *conf, struct args *args, int paused,
    const char *said)
{
	const char *name = NULL;
	struct db *db;
	char *path;
	int rc;

	while (args_more(args))
		if (!args_word(args, &name))
			return args_bad(args);
	path = conf_path(conf, conf->database);
	db = db_open(path, BUSY_MS);
	free(path);
	if (db == NULL)
		return EX_CONFIG;
	rc = set(db, name, paused, said, &args->reply);
	db_close(db);
	return rc;
}

int
verb_pause(const struct conf *conf, struct args *args)
{
	return pause_verb(conf, args, PAUSED, "is paused");
}

int
verb_stop(const struct conf *conf, struct args *args)
{
	return pause_verb(conf, args, STOPPED, "is paused, and the next pass "
	    "takes back what Bolna has queued");
}

int
verb_resume(const struct conf *conf, struct args *args)
{
	return pause_verb(conf, args, GOES_ON, "goes on");
}
