/*
 * Making up for what was missed.  Every quarter of an hour while calls are
 * being placed, Bolna's list of each agent's calls is read and compared with
 * what is known here, so that a lost webhook costs minutes and no result.
 *
 * After a pause of the dialer, and when a backup was put back, reality may be
 * ahead of the database: then nobody is called (breaker "reconcile") until the
 * lists were read whole, and calls that the database has forgotten get their
 * attempts again, the eldest first: the last one says what follows.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "event.h"
#include "execution.h"
#include "listing.h"
#include "log.h"
#include "phone.h"
#include "verbs.h"

#define EACH		900	/* seconds between two lists of an agent */
#define OVERLAP		3600	/* a call may be listed late */
#define AHEAD		300	/* clocks differ */
#define TRY_AGAIN_MS	60000	/* after a list that was not whole */
#define PAUSE		300	/* seconds without a pass: what happened? */
#define DAY		86400
#define DEFAULT_DAYS	2
#define MAX_DAYS	90

struct agent {			/* whose list is to be read */
	int64_t	 account;	/* which waits for it */
	int64_t	 was;		/* the account that it is, or was, in */
	char	 id[EXECUTION_ID_SIZE];
	int64_t	 listed_to;
	int	 blocked;	/* nobody is called until it was */
	int	 replaced;	/* by another: it places no calls any more */
};

struct strayed {		/* a call of ours without an execution here */
	int64_t			 created_at;
	struct json_object	*js;
};

struct visit {			/* a walk through one agent's list */
	struct dialer		*d;
	const struct agent	*agent;
	struct strayed		*list;
	size_t			 n;
	long			 calls, asked, found, foreign;
};

/* --- one call of a list --- */

/* Ask Bolna about a call whose end is news to us. */
static void
ask_about(struct visit *v, const struct execution *ex)
{
	struct stmt *st = db_stmt(v->d->db, SQL_EXECUTION_ASK);

	db_text(st, ":id", ex->id);
	db_text(st, ":status", ex->status);
	db_int(st, ":now", time(NULL));
	v->asked += db_value(st, 0) != 0;
}

static int
attempt_of_token(struct dialer *d, const char *token)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_BY_MARK);

	db_text(st, ":mark", token);
	return db_value(st, 0) != 0;
}

static int
execution_is_known(struct dialer *d, const char *id)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_BY_EXECUTION);

	db_text(st, ":execution", id);
	return db_value(st, 0) != 0;
}

static int64_t
lead_of_number(struct visit *v, const struct execution *ex, const char *phone)
{
	struct stmt *st = db_stmt(v->d->db, SQL_LEAD_OF_CALL);

	db_int(st, ":account", v->agent->account);
	db_text(st, ":agent", v->agent->id);
	db_text(st, ":phone", phone);
	db_text(st, ":token", ex->token);
	return db_value(st, 0);
}

/* Who on our sheets has the number that was called, or 0.  Bolna may spell it
 * as it is dialled at home. */
static int64_t
lead_of_call(struct visit *v, const struct execution *ex)
{
	const struct dialer *d = v->d;
	const struct campaign *c;
	char phone[PHONE_SIZE];
	const char *why;
	int64_t lead = lead_of_number(v, ex, ex->phone);

	for (c = d->campaigns; lead == 0 && c < d->campaigns + d->ncampaigns;
	    c++)
		if (c->account->id == v->agent->account && phone_normalise(
		    ex->phone, 0, c->conf->country, phone, &why) == 0)
			lead = lead_of_number(v, ex, phone);
	return lead;
}

/* The database is older than this call: 1 when its attempt exists again, 0
 * when nobody on our sheets has this number, -1 when it must wait because an
 * earlier call to the number is not settled yet. */
static int
make_attempt(struct visit *v, const struct execution *ex)
{
	int64_t lead = lead_of_call(v, ex);
	struct stmt *st;

	if (lead == 0)
		return 0;
	st = db_stmt(v->d->db, SQL_ATTEMPT_FOUND);
	db_int(st, ":lead", lead);
	db_int(st, ":account", v->agent->was);
	db_text(st, ":agent", v->agent->id);
	db_text(st, ":token", ex->token);
	db_int(st, ":at", ex->created_at / 1000);
	if (db_value(st, 0) == 0)
		return -1;
	st = db_stmt(v->d->db, SQL_LEAD_AGAIN);
	db_int(st, ":lead", lead);
	db_null(st, ":next_at");
	return db_run(st) == -1 ? -1 : 1;
}

/* A call with a token of ours that no execution here belongs to: 0, or -1
 * when the list must be walked again. */
static int
take_back(struct visit *v, struct json_object *js, const struct execution *ex)
{
	int known = 1;

	if (!attempt_of_token(v->d, ex->token) &&
	    (known = make_attempt(v, ex)) == 0)
		return 0;
	if (known == -1 || confirm_store(v->d, js, EVENT_LIST, NULL) ==
	    EVENT_FAILED)
		return -1;
	v->found++;
	log_info("execution %s: found in Bolna's list", ex->id);
	ask_about(v, ex);
	return 0;
}

static int
take(struct visit *v, struct json_object *js)
{
	struct execution ex;
	int rc;

	memset(&ex, 0, sizeof(ex));
	if ((rc = execution_decode(js, &ex)) == 0 &&
	    (rc = db_begin(v->d->db)) == 0) {
		/* It may stand on two pages. */
		if (execution_is_known(v->d, ex.id))
			ask_about(v, &ex);
		else
			rc = take_back(v, js, &ex);
		if (rc == -1)
			db_rollback(v->d->db);
		else
			rc = db_commit(v->d->db);
	}
	execution_clear(&ex);
	return rc;
}

static int
earlier(const void *a, const void *b)
{
	const struct strayed *x = a, *y = b;

	return (x->created_at > y->created_at) -
	    (x->created_at < y->created_at);
}

/* Lists begin with what has changed last; calls are taken in as they were
 * made.  1 when each has found its place. */
static int
take_all(struct visit *v)
{
	size_t i;
	int all = 1;

	if (v->n > 0)
		qsort(v->list, v->n, sizeof(*v->list), earlier);
	for (i = 0; i < v->n; i++) {
		if (take(v, v->list[i].js) == -1)
			all = 0;
		json_object_put(v->list[i].js);
	}
	free(v->list);
	v->list = NULL;
	v->n = 0;
	return all;
}

static void
keep(struct visit *v, struct json_object *js, const struct execution *ex)
{
	v->list = reallocarray(v->list, v->n + 1, sizeof(*v->list));
	if (v->list == NULL)
		fatal(EX_OSERR, NULL);
	v->list[v->n].created_at = ex->created_at;
	v->list[v->n++].js = json_object_get(js);
}

/* Could somebody stand on a sheet of this agent that was not read? */
static int
sheet_is_away(const struct visit *v)
{
	const struct campaign *c;
	const struct dialer *d = v->d;
	struct stmt *st;

	for (c = d->campaigns; c < d->campaigns + d->ncampaigns; c++) {
		if (c->usable || c->account->id != v->agent->account)
			continue;
		st = db_stmt(d->db, SQL_CAMPAIGN_HAD_AGENT);
		db_int(st, ":campaign", c->id);
		db_text(st, ":agent", v->agent->id);
		if (db_value(st, 0) != 0)
			return 1;
	}
	return 0;
}

/* A token that no execution here belongs to: 0, or -1 when the list must be
 * walked again. */
static int
stray(struct visit *v, struct json_object *js, const struct execution *ex)
{
	if (attempt_of_token(v->d, ex->token) ||
	    (v->agent->blocked && lead_of_call(v, ex) != 0)) {
		keep(v, js, ex);
	} else if (!v->agent->blocked) {
		v->foreign++;	/* somebody's who uses this agent too? */
	} else if (sheet_is_away(v)) {
		log_info("execution %s: nobody is known to have this number, "
		    "but a sheet could not be read", ex->id);
		return -1;
	}
	return 0;
}

static int
compare(void *arg, struct json_object *js)
{
	struct visit *v = arg;
	struct execution ex;
	int rc;

	v->calls++;
	memset(&ex, 0, sizeof(ex));
	rc = execution_decode(js, &ex);
	if (rc == -1 || ex.kind != EXECUTION_CALL)
		goto out;
	if (execution_is_known(v->d, ex.id)) {
		if ((rc = db_begin(v->d->db)) == 0) {
			ask_about(v, &ex);
			rc = db_commit(v->d->db);
		}
	} else if (ex.token[0] != '\0') {
		rc = stray(v, js, &ex);
	}
out:
	execution_clear(&ex);
	return rc;
}

/* --- lists --- */

/* Bolna's list of one agent since from: 1 when it was read whole and every
 * call in it has found its place. */
static int
visit(struct visit *v, int64_t from)
{
	struct dialer *d = v->d;
	const struct agent *a = v->agent;
	int64_t started = time(NULL);
	struct stmt *st;
	int whole;

	whole = listing_walk(d, dialer_account(d, a->was), a->id, from,
	    started + AHEAD, compare, v);
	/* An agent that is deleted once another has taken over has no list. */
	if (!take_all(v) || whole == 0 || (whole == -1 && !a->replaced))
		return 0;
	if (v->foreign > 0)
		log_info("agent %s: %ld calls of another installation", a->id,
		    v->foreign);
	if (from > a->listed_to)
		return 1;	/* what lies between is not known */
	if (db_begin(d->db) == -1)
		return 0;
	st = db_stmt(d->db, SQL_CAMPAIGN_LISTED);
	db_int(st, ":owner", a->account);
	db_int(st, ":account", a->was);
	db_text(st, ":agent", a->id);
	db_int(st, ":to", started);
	db_run(st);
	return db_commit(d->db) == 0;
}

static size_t
collect(struct dialer *d, int64_t before, struct agent **out)
{
	struct stmt *st = db_stmt(d->db, SQL_CAMPAIGN_TO_LIST);
	struct agent *list = NULL, *a;
	size_t n = 0;

	db_int(st, ":before", before);
	db_int(st, ":overlap", OVERLAP);
	while (db_step(st) == DB_ROW) {
		if ((list = reallocarray(list, n + 1, sizeof(*list))) == NULL)
			fatal(EX_OSERR, NULL);
		a = &list[n];
		a->account = db_col_int(st, 0);
		snprintf(a->id, sizeof(a->id), "%s", db_col_text(st, 1));
		a->listed_to = db_col_int(st, 2);
		a->blocked = (int)db_col_int(st, 3);
		a->replaced = !db_col_int(st, 4);
		a->was = db_col_int(st, 5);
		/* Without its key its list cannot be had. */
		n += dialer_account(d, a->was) != NULL;
	}
	db_reset(st);
	*out = list;
	return n;
}

/* What was missed is known: the account may call again.  Rows that showed what
 * nobody knew are looked at once more before. */
static void
unblock(struct dialer *d, int64_t account)
{
	struct campaign *c;
	struct stmt *st;

	if (db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, SQL_BREAKER_RECONCILED);
	db_int(st, ":account", account);
	db_run(st);
	for (c = d->campaigns; c < d->campaigns + d->ncampaigns; c++)
		if (c->account->id == account)
			c->stale |= c->doubt;
	if (db_commit(d->db) == 0)
		log_info("account %s: Bolna's lists are read, calls go on",
		    dialer_account(d, account)->name);
}

/* The agents of one account: 1 when all lists were read whole.  days is how
 * far back, or 0 as far as is needed. */
static int
visit_account(struct dialer *d, const struct agent *from,
    const struct agent *to, long days, struct visit *sum)
{
	int64_t begin, asked = time(NULL) - days * DAY;
	const struct agent *a;
	int whole = 1;

	for (a = from; a < to && !pass_interrupted(); a++) {
		struct visit v = { .d = d, .agent = a };

		begin = a->listed_to - OVERLAP;
		if (days != 0 && (!a->blocked || asked < begin))
			begin = asked;
		whole &= visit(&v, begin);
		sum->calls += v.calls;
		sum->found += v.asked + v.found;
	}
	whole &= a == to;
	if (whole && from->blocked)
		unblock(d, from->account);
	return whole;
}

static int
visit_all(struct dialer *d, int64_t before, long days, struct visit *sum)
{
	struct agent *list;
	size_t n = collect(d, before, &list), i, end;
	int whole = 1;

	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && list[end].account ==
		    list[i].account; end++)
			;
		if (dialer_account(d, list[i].account) != NULL)
			whole &= visit_account(d, &list[i], &list[end], days,
			    sum);
	}
	free(list);
	return whole;
}

void
reconcile(struct dialer *d)
{
	struct visit sum = { 0 };

	if (clock_ms() >= d->list_ms &&
	    !visit_all(d, time(NULL) - EACH, 0, &sum))
		d->list_ms = clock_ms() + TRY_AGAIN_MS;
}

/* Nobody is called before the lists since then were read. */
static int
block(struct dialer *d, int64_t since, const char *reason)
{
	struct stmt *st = db_stmt(d->db, SQL_BREAKER_RECONCILE);

	db_int(st, ":now", time(NULL));
	db_text(st, ":reason", reason);
	if (db_run(st) == -1)
		return -1;
	st = db_stmt(d->db, SQL_CAMPAIGN_UNLISTED);
	db_int(st, ":since", since);
	if (db_run(st) == -1)
		return -1;
	st = db_stmt(d->db, SQL_WATCH_OVER);
	db_text(st, ":what", "backup");
	return db_run(st);
}

/* Was the dialer away, or has the clock or the database been put back? */
void
reconcile_first(struct dialer *d)
{
	struct stmt *st = db_stmt(d->db, SQL_RUN_BEFORE);
	int64_t now = time(NULL), last = db_value(st, now), since;
	const char *reason = NULL;

	st = db_stmt(d->db, SQL_WATCH_SINCE);
	db_text(st, ":what", "backup");
	since = db_value(st, 0);
	if (since != 0)
		reason = "a backup was put back: Bolna's lists of calls are "
		    "read before anybody is called";
	else if (last < now - PAUSE || last > now + PAUSE)
		reason = "the dialer was away: Bolna's lists of calls are "
		    "read before anybody is called";
	if (reason == NULL || db_begin(d->db) == -1)
		return;
	/* A campaign that has just been made may have been one before. */
	if (since == 0)
		since = last > 0 && last < now ? last : now;
	if (block(d, since, reason) == -1)
		db_rollback(d->db);
	else
		db_commit(d->db);
}

/* --- by hand --- */

/* Everything unfinished is asked about now. */
static void
ask_all(struct dialer *d)
{
	struct stmt *st;
	long before;

	if (db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, SQL_EXECUTION_ASK_ALL);
	db_int(st, ":now", time(NULL));
	db_run(st);
	st = db_stmt(d->db, SQL_ATTEMPT_FIND_ALL);
	db_int(st, ":now", time(NULL));
	db_run(st);
	if (db_commit(d->db) == -1)
		return;
	do {
		before = d->counts.confirmed;
		confirm(d);
	} while (d->counts.confirmed > before && !pass_interrupted());
	settle(d);
}

static int
list_all(struct dialer *d, long days, struct reply *a)
{
	struct visit sum = { 0 };
	int whole = visit_all(d, INT64_MAX, days, &sum);

	confirm(d);
	reply_say(a, "%ld calls in Bolna's lists of the last %ld days, %ld "
	    "with news%s\n%ld calls asked about, %ld problems\n", sum.calls,
	    days, sum.found, whole ? "" : "; a list was not whole",
	    d->counts.confirmed, d->counts.problems);
	reply_int(a, "days", days);
	reply_int(a, "listed", sum.calls);
	reply_int(a, "news", sum.found);
	reply_bool(a, "whole", whole);
	reply_int(a, "asked", d->counts.confirmed);
	reply_int(a, "problems", d->counts.problems);
	return whole && d->counts.problems == 0 ? 0 : EX_TEMPFAIL;
}

/* A person has looked: settle an attempt by hand. */
static int
settle_by_hand(struct dialer *d, long attempt, int placed,
    struct reply *a)
{
	struct stmt *st;
	int64_t lead;

	if (db_begin(d->db) == -1)
		return EX_TEMPFAIL;
	st = db_stmt(d->db, placed ? SQL_ATTEMPT_LOST : SQL_ATTEMPT_NEVER);
	db_int(st, ":attempt", attempt);
	db_int(st, ":now", time(NULL));
	db_text(st, ":note", placed ? "A person says that this call was "
	    "placed" : "A person says that this call was not placed");
	if ((lead = db_value(st, 0)) == 0) {
		db_rollback(d->db);
		log_warnx("attempt %ld: is not one of those that are not "
		    "settled; \"callsheet status\" names them", attempt);
		return EX_DATAERR;
	}
	st = db_stmt(d->db, placed ? SQL_LEAD_HOLD : SQL_LEAD_FREED);
	db_int(st, ":lead", lead);
	if (placed) {
		db_text(st, ":held", "review");
		db_text(st, ":note", "A person says that this call was placed; "
		    "what was said is not known");
	} else {
		db_int(st, ":next_at", time(NULL));
	}
	db_run(st);
	st = db_stmt(d->db, SQL_DELIVERY_LEAD);
	db_int(st, ":lead", lead);
	db_int(st, ":now", time(NULL));
	db_run(st);
	if (db_commit(d->db) == -1)
		return EX_TEMPFAIL;
	reply_int(a, "attempt", attempt);
	reply_bool(a, "placed", placed);
	return 0;
}

int
verb_reconcile(const struct conf *conf, struct args *args)
{
	long days = DEFAULT_DAYS, placed = 0, not_placed = 0;
	struct dialer *d;
	int rc;

	while (args_more(args))
		if (!args_number(args, "--days", 1, MAX_DAYS, &days) &&
		    !args_number(args, "--placed", 1, INT64_MAX, &placed) &&
		    !args_number(args, "--not-placed", 1, INT64_MAX,
		    &not_placed))
			return args_bad(args);
	if (args->bad || (placed != 0 && not_placed != 0))
		return args_bad(args);
	if ((d = dialer_open(conf, &rc)) == NULL)
		return rc;
	if (placed != 0 || not_placed != 0) {
		rc = settle_by_hand(d, placed != 0 ? placed : not_placed,
		    placed != 0, &args->reply);
	} else {
		ask_all(d);
		rc = list_all(d, days, &args->reply);
	}
	dialer_close(d);
	return rc;
}
