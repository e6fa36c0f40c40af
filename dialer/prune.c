/*
 * callsheet prune: what is older than its class may be kept goes, in steps so
 * small that no webhook waits.  Attempts are never old: they are what a number
 * has had of calls.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "log.h"
#include "verbs.h"

#define BUSY_MS	30000
#define STEP	100		/* in one transaction */
#define NAP_MS	10		/* between two, for whoever waits */
#define DAY	86400

#define NOTHING	{ SQL__MAX, SQL__MAX }

static const struct class {
	const char	*name;
	enum sql	 look, change;
	enum sql	 also[2];	/* before change; SQL__MAX: nothing */
} classes[] = {
	{ "transcripts", SQL_PRUNE_LOOK_TRANSCRIPTS, SQL_PRUNE_TRANSCRIPTS,
	    { SQL_PRUNE_SAID, SQL_PRUNE_QUOTES } },
	{ "analyses", SQL_PRUNE_LOOK_ANALYSES, SQL_PRUNE_ANALYSES, NOTHING },
	{ "payloads", SQL_PRUNE_LOOK_PAYLOADS, SQL_PRUNE_PAYLOADS, NOTHING },
	{ "quarantine", SQL_PRUNE_LOOK_QUARANTINE, SQL_PRUNE_QUARANTINE,
	    NOTHING },
	{ "refused", SQL_PRUNE_LOOK_REFUSED, SQL_PRUNE_REFUSED, NOTHING },
	{ "runs", SQL_PRUNE_LOOK_RUNS, SQL_PRUNE_RUNS, NOTHING },
	{ "decisions", SQL_PRUNE_LOOK_DECISIONS, SQL_PRUNE_DECISIONS,
	    NOTHING },
	{ "do-not-call", SQL_PRUNE_LOOK_LIST, SQL_PRUNE_LIST, NOTHING },
};
#define NCLASSES	(sizeof(classes) / sizeof(classes[0]))

struct step {
	char	 id[STEP][48];		/* a number, or an address */
	int	 n;
};

/* The next after "last": 0, or -1. */
static int
look(struct db *db, const struct class *c, int64_t before, const char *last,
    struct step *s)
{
	struct stmt *st = db_stmt(db, c->look);
	int rc = DB_ROW;

	db_text(st, ":after", last);
	db_int(st, ":before", before);
	db_int(st, ":limit", STEP);
	for (s->n = 0; s->n < STEP && (rc = db_step(st)) == DB_ROW; s->n++)
		snprintf(s->id[s->n], sizeof(s->id[0]), "%s",
		    db_col_text(st, 0));
	db_reset(st);
	return rc == DB_FAIL ? -1 : 0;
}

static int
change_one(struct db *db, enum sql how, int64_t before, const char *id)
{
	struct stmt *st = db_stmt(db, how);

	db_text(st, ":id", id);
	db_int(st, ":before", before);
	return db_run(st);
}

static int
change_all(struct db *db, const struct class *c, int64_t before,
    const char *id)
{
	int i;

	for (i = 0; i < 2; i++)
		if (c->also[i] != SQL__MAX &&
		    change_one(db, c->also[i], before, id) == -1)
			return -1;
	return change_one(db, c->change, before, id);
}

static int
change(struct db *db, const struct class *c, int64_t before,
    const struct step *s)
{
	int i;

	if (db_begin(db) == -1)
		return -1;
	for (i = 0; i < s->n; i++)
		if (change_all(db, c, before, s->id[i]) == -1) {
			db_rollback(db);
			return -1;
		}
	return db_commit(db);
}

/* How many, or -1 after a message. */
static long
prune_class(struct db *db, const struct class *c, int64_t before, int dry)
{
	struct timespec nap = { 0, NAP_MS * 1000000L };
	char last[48] = "0";
	struct step s;
	long n = 0;

	for (;;) {
		if (look(db, c, before, last, &s) == -1)
			return -1;
		if (s.n == 0)
			return n;
		if (!dry && change(db, c, before, &s) == -1)
			return -1;
		n += s.n;
		memcpy(last, s.id[s.n - 1], sizeof(last));
		if (!dry)
			nanosleep(&nap, NULL);
	}
}

/* For how many days each class is kept; -1: for good.  0, or an exit status
 * after a message. */
static int
read_days(struct db *db, int64_t days[NCLASSES])
{
	struct stmt *st = db_stmt(db, SQL_RETENTION_LIST);
	int rc, status = 0;
	size_t i;

	for (i = 0; i < NCLASSES; i++)
		days[i] = -1;
	while ((rc = db_step(st)) == DB_ROW) {
		for (i = 0; i < NCLASSES && strcmp(classes[i].name,
		    db_col_text(st, 0)) != 0; i++)
			;
		if (i == NCLASSES) {
			log_warnx("table retention: nothing is of the class "
			    "'%s'", db_col_text(st, 0));
			status = EX_DATAERR;
		} else if (!db_col_null(st, 1)) {
			days[i] = db_col_int(st, 1);
		}
	}
	db_reset(st);
	return rc == DB_FAIL ? EX_TEMPFAIL : status;
}

/* n is how many were too old; days -1: none ever is. */
static void
say_class(struct reply *a, const struct class *c, int64_t days, long n,
    int dry)
{
	struct reply item = reply_item(a, "classes");

	reply_text(&item, "class", c->name);
	if (days == -1) {
		reply_say(a, "%-12s kept for good\n", c->name);
		reply_put(&item, "days", NULL);
		return;
	}
	reply_say(a, "%-12s %ld older than %lld days %s\n", c->name, n,
	    (long long)days, dry ? "would go" : "are gone");
	reply_int(&item, "days", days);
	reply_int(&item, "older", n);
}

static int
prune(struct db *db, int dry, struct reply *a)
{
	int64_t days[NCLASSES], now = time(NULL);
	int status = read_days(db, days);
	size_t i;
	long n;

	reply_bool(a, "dry_run", dry);
	reply_list(a, "classes");
	for (i = 0; i < NCLASSES && status == 0; i++) {
		n = days[i] == -1 ? 0 : prune_class(db, &classes[i], now -
		    days[i] * DAY, dry);
		if (n == -1)
			status = EX_TEMPFAIL;
		else
			say_class(a, &classes[i], days[i], n, dry);
	}
	return status;
}

int
verb_prune(const struct conf *conf, struct args *args)
{
	struct db *db;
	int dry = 0, rc;
	char *path;

	while (args_more(args))
		if (!args_flag(args, "--dry-run", &dry))
			return args_bad(args);
	path = conf_path(conf, conf->database);
	db = db_open(path, BUSY_MS);
	free(path);
	if (db == NULL)
		return EX_CONFIG;
	rc = prune(db, dry, &args->reply);
	db_close(db);
	return rc;
}
