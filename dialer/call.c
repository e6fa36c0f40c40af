/*
 * callsheet call: one person now, through all rules.  Only somebody who stands
 * in a row is called, for a result goes into its own row; what a person may
 * set aside by asking is that the turn has not come, as with "retry now" in
 * Control.  When a pass is at work it is told in the database; else a pass for
 * this one person is run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "compose.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "phone.h"
#include "tell.h"
#include "verbs.h"
#include "window.h"

#define BUSY_MS		30000
#define NAP_MS		200
#define PATIENCE_MS	120000	/* until there is a line */
#define AFTERWARDS_MS	300000	/* after the longest call, for its data */
#define ALONE_MS	3000	/* without a pass of others */

struct calling {
	const struct conf		*conf;
	const struct conf_campaign	*cc;
	const char			*name;	/* or NULL */
	struct reply			*reply;
	char				 phone[PHONE_SIZE];
	int64_t				 campaign, lead, before;
	int64_t				 begun_ms;
	int				 wait, wished, placed, looked;
	int				 rc;	/* -1: not over */
	struct {			/* the lead, before it was asked for */
		int64_t	 next_at, granted;
		int	 no_next;
		char	*held, *note;
	} was;
};

/* --- what is said --- */

static void
say_name(const struct calling *x)
{
	reply_say(x->reply, "%s, campaign %s: ", x->phone, x->cc->name);
	reply_text(x->reply, "phone", x->phone);
	reply_text(x->reply, "campaign", x->cc->name);
	reply_bool(x->reply, "called", x->placed);
}

/* Why not, or why it is not known. */
static void
say_why(const struct calling *x, const char *before, const char *why)
{
	say_name(x);
	reply_say(x->reply, "%s%s", before, why);
	reply_text(x->reply, "why", why);
}

/* The rule, for a program. */
static void
tell_rule(struct reply *a, struct stmt *st)
{
	static const char *const names[] = { "verdict", "rule", "says",
	    "{facts", "next", NULL };

	if (a->json)
		reply_put(a, "decision", tell_row(st, names));
}

/* The rule that speaks against it, in its own words: 1, or 0. */
static int
refused(struct calling *x, struct db *db)
{
	struct stmt *st = db_stmt(db, SQL_CALL_JUDGE);
	int rc;

	db_int(st, ":lead", x->lead);
	db_int(st, ":campaign", x->campaign);
	if ((rc = db_step(st)) == DB_ROW) {
		x->rc = strcmp(db_col_str(st, 0), "block") == 0 ? EX_DATAERR :
		    EX_TEMPFAIL;
		say_name(x);
		tell_rule(x->reply, st);
		reply_say(x->reply, "not called; %s: %s", db_col_str(st, 0),
		    db_col_str(st, 2));
		if (!x->reply->json)
			why_facts(db_col_str(st, 3));
		if (!db_col_null(st, 4))
			reply_say(x->reply, "; not before %s there",
			    db_col_str(st, 4));
		reply_say(x->reply, "\n");
	} else if (rc == DB_FAIL) {
		x->rc = EX_TEMPFAIL;
	}
	db_reset(st);
	return rc != DB_DONE;
}

/* It was not placed after all, and is no promise for later. */
static void
undo(struct calling *x, struct db *db, int64_t attempt)
{
	struct stmt *st;

	if (db_begin(db) == -1)
		return;
	st = db_stmt(db, SQL_WISH_UNDO);
	db_int(st, ":lead", x->lead);
	db_int(st, ":attempt", attempt);
	db_int(st, ":granted", x->was.granted);
	db_text(st, ":held", x->was.held);
	db_text(st, ":held_note", x->was.note);
	if (!x->was.no_next)
		db_int(st, ":next_at", x->was.next_at);
	db_run(st);
	st = db_stmt(db, SQL_DELIVERY_LEAD);
	db_int(st, ":lead", x->lead);
	db_int(st, ":now", time(NULL));
	db_run(st);
	db_commit(db);
}

/* How the call ended. */
static void
say_end(const struct calling *x, struct stmt *st)
{
	struct reply *a = x->reply;
	const char *status = db_col_int(st, 5) ? db_col_str(st, 4) : "over";

	say_name(x);
	reply_say(a, "%s", status);
	reply_text(a, "status", status);
	if (!db_col_null(st, 6)) {
		reply_say(a, ", %.1f s", db_col_real(st, 6));
		reply_put(a, "seconds", compose_number(db_col_real(st, 6),
		    db_col_str(st, 6)));
	}
	if (*db_col_str(st, 7) != '\0')
		reply_say(a, ", %s", db_col_str(st, 7));
	reply_text(a, "hangup", db_col_text(st, 7));
	reply_say(a, "\n");
}

/* What has become of the attempt so far. */
static void
look(struct calling *x, struct db *db)
{
	struct stmt *st = db_stmt(db, SQL_CALL_ATTEMPT);
	int64_t released = 0;
	const char *state;

	db_int(st, ":lead", x->lead);
	db_int(st, ":before", x->before);
	if (db_step(st) != DB_ROW) {
		db_reset(st);
		return;
	}
	state = db_col_str(st, 1);
	if (strcmp(state, "released") == 0 || strcmp(state, "rejected") == 0) {
		say_why(x, "not called: ", db_col_str(st, 3));
		reply_say(x->reply, "\n");
		x->rc = strcmp(state, "rejected") == 0 ? EX_DATAERR :
		    EX_TEMPFAIL;
		if (x->rc == EX_TEMPFAIL)
			released = db_col_int(st, 0);
	} else if (strcmp(state, "unknown") == 0) {
		say_why(x, "", db_col_str(st, 3));
		reply_say(x->reply, "\n");
		x->rc = EX_TEMPFAIL;
	} else if (!db_col_null(st, 2) && !x->placed) {
		x->placed = 1;
		say_name(x);
		reply_say(x->reply, "called, execution %s\n",
		    db_col_str(st, 2));
		reply_text(x->reply, "execution", db_col_str(st, 2));
		fflush(stdout);
		x->rc = x->wait ? -1 : 0;
	} else if (strcmp(state, "done") == 0) {
		say_end(x, st);
		x->rc = 0;
	}
	db_reset(st);
	if (released != 0 && x->wished)
		undo(x, db, released);
}

/* --- asking for it --- */

static int
find(struct calling *x, struct db *db)
{
	struct stmt *st = db_stmt(db, SQL_CALL_LEAD);
	const char *zone;

	db_text(st, ":campaign", x->cc->name);
	db_text(st, ":phone", x->phone);
	db_text(st, ":name", x->name);
	if (db_step(st) == DB_ROW) {
		x->lead = db_col_int(st, 0);
		x->campaign = db_col_int(st, 1);
		x->before = db_col_int(st, 4);
		zone = db_col_str(st, 3);
		if (*zone != '\0' && strchr(zone, ',') == NULL)
			window_localtime(zone);
	}
	db_reset(st);
	return x->lead != 0;
}

static char *
copy(struct stmt *st, int col)
{
	char *s = db_col_null(st, col) ? NULL : strdup(db_col_text(st, col));

	if (s == NULL && !db_col_null(st, col))
		fatal(EX_OSERR, NULL);
	return s;
}

static void
remember(struct calling *x, struct db *db)
{
	struct stmt *st = db_stmt(db, SQL_WISH_GET);

	db_int(st, ":lead", x->lead);
	if (db_step(st) == DB_ROW) {
		x->was.no_next = db_col_null(st, 0);
		x->was.next_at = db_col_int(st, 0);
		x->was.granted = db_col_int(st, 1);
		x->was.held = copy(st, 2);
		x->was.note = copy(st, 3);
	}
	db_reset(st);
}

/* Nothing is changed when a rule speaks against it. */
static void
wish(struct calling *x, struct db *db)
{
	static const enum sql steps[] = { SQL_WISH_PUT, SQL_WISH_ACT };
	int64_t now = time(NULL);
	struct stmt *st;
	size_t i;

	if (refused(x, db))
		return;
	if (db_begin(db) == -1) {
		x->rc = EX_TEMPFAIL;
		return;
	}
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		st = db_stmt(db, steps[i]);
		db_int(st, ":lead", x->lead);
		db_int(st, ":now", now);
		db_run(st);
	}
	remember(x, db);
	if (db_commit(db) == -1)
		x->rc = EX_TEMPFAIL;
	else
		x->wished = 1;
}

/* Unless there is an attempt by now, the wish is forgotten. */
static void
withdraw(struct calling *x, struct db *db)
{
	static const enum sql steps[] = { SQL_WISH_BACK, SQL_WISH_OVER };
	struct stmt *st;
	size_t i;

	if (!x->wished || db_begin(db) == -1)
		return;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		st = db_stmt(db, steps[i]);
		db_int(st, ":lead", x->lead);
		db_run(st);
	}
	db_commit(db);
}

static int64_t
patience(const struct calling *x)
{
	return x->placed ? PATIENCE_MS + x->cc->max_minutes * 60000 +
	    AFTERWARDS_MS : PATIENCE_MS;
}

static void
give_up(struct calling *x, struct db *db)
{
	if (clock_ms() - x->begun_ms < patience(x) && !pass_interrupted())
		return;
	x->rc = EX_TEMPFAIL;
	if (x->placed) {
		say_why(x, "", "the call is not over yet, or Bolna has not "
		    "said so; callsheet why says later");
		reply_say(x->reply, "\n");
	} else if (!refused(x, db)) {
		say_why(x, "not called: ", "no line was free (gap, max_live, "
		    "rate)");
		reply_say(x->reply, "\n");
	}
}

/* Between the cycles of our own pass. */
static enum pass_next
next(void *arg, struct dialer *d)
{
	struct calling *x = arg;

	if (x->lead == 0 && !find(x, d->db)) {
		say_name(x);
		reply_say(x->reply, "stands in no row%s%s; who is to be "
		    "called is added to the sheet\n", x->name != NULL ?
		    " with the name " : "", x->name != NULL ? x->name : "");
		reply_text(x->reply, "why", "stands in no row");
		x->rc = EX_DATAERR;
	}
	if (x->rc == -1 && !x->wished)
		wish(x, d->db);
	if (x->rc == -1)
		look(x, d->db);
	if (x->rc == -1)
		give_up(x, d->db);
	d->only = x->lead;
	return x->rc != -1 || x->placed ? PASS_END : PASS_CALL;
}

/* After the call was placed others may have their passes: one look. */
static enum pass_next
next_look(void *arg, struct dialer *d)
{
	struct calling *x = arg;

	(void)d;
	x->looked = !x->looked;
	return x->looked ? PASS_LOOK : PASS_END;
}

/* Another pass is at work: it sees the wish, or ends and leaves it to us. */
static void
poll(struct calling *x, struct db *db)
{
	if (!x->wished && (x->lead != 0 || find(x, db)))
		wish(x, db);
	if (x->rc == -1 && x->wished)
		look(x, db);
	if (x->rc == -1)
		give_up(x, db);
}

static void
call(struct calling *x, struct db *db)
{
	struct timespec nap = { 0, NAP_MS * 1000000L };
	int64_t alone_ms = clock_ms();
	int lock, status;

	while (x->rc == -1) {
		if (x->placed)
			poll(x, db);
		if (x->rc != -1)
			break;
		if ((lock = pass_lock(x->conf)) == -1) {
			x->rc = EX_CANTCREAT;
		} else if (lock == -2) {
			poll(x, db);
			alone_ms = clock_ms();
		} else if (!x->placed || clock_ms() - alone_ms > ALONE_MS) {
			status = pass_for(x->conf, x->cc->name, x->placed ?
			    next_look : next, x);
			alone_ms = clock_ms();
			/* It could not even begin. */
			if (x->rc == -1 && !x->wished)
				x->rc = status != 0 ? status : EX_TEMPFAIL;
		}
		if (lock >= 0)
			close(lock);
		nanosleep(&nap, NULL);
	}
	if (!x->placed)
		withdraw(x, db);
}

static const struct conf_campaign *
campaign_find(const struct conf *conf, const char *name)
{
	size_t i;

	for (i = 0; i < conf->ncampaigns; i++)
		if (strcmp(conf->campaigns[i].name, name) == 0)
			return &conf->campaigns[i];
	log_warnx("there is no campaign %s in the settings: \"callsheet "
	    "config\" shows those that there are", name);
	return NULL;
}

int
verb_call(const struct conf *conf, struct args *args)
{
	struct calling x = { .conf = conf, .rc = -1, .begun_ms = clock_ms(),
	    .reply = &args->reply };
	const char *word = NULL, *campaign = NULL;
	struct db *db;
	char *path;

	while (args_more(args))
		if (!args_text(args, "--campaign", &campaign) &&
		    !args_text(args, "--name", &x.name) &&
		    !args_flag(args, "--wait", &x.wait) &&
		    !args_word(args, &word))
			return args_bad(args);
	if (args->bad || word == NULL)
		return args_bad(args);
	if (campaign == NULL)
		return args_lacks(args, "--campaign NAME is missing");
	if ((x.cc = campaign_find(conf, campaign)) == NULL)
		return EX_DATAERR;
	if (args_phone(args, word, x.cc->country, x.phone) == -1)
		return EX_DATAERR;
	path = conf_path(conf, conf->database);
	db = db_open(path, BUSY_MS);
	free(path);
	if (db == NULL)
		return EX_CONFIG;
	pass_catch_signals();
	call(&x, db);
	free(x.was.held);
	free(x.was.note);
	db_close(db);
	return x.rc;
}
