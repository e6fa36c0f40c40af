/*
 * Who is called next: each lead that is due is judged by the rules (view
 * finding, in the order of table rule), and whom nothing speaks against is
 * claimed, in one transaction.  Who is put off or blocked is not looked at
 * again before that can have changed, so that a pass costs what is due.
 */
#include <sys/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"

#define SEED_BYTES	16
#define BATCH		500	/* leads judged in one transaction */
#define ROUNDS		20	/* such transactions in a row */
/* Who is blocked is looked at again after a day, in case that a change was
 * missed. */
#define BLOCKED		86400
#define SOON		60	/* put off, and nobody knows until when */

struct claiming {
	struct dialer	*d;
	struct campaign	*c;
	int64_t		 now;
	long		 limit, claimed, judged;
	const char	*from;		/* the caller number of the next */
	char		 seed[SEED_BYTES * 2 + 1];
};

struct verdict_row {		/* of a rule; freed by verdict_free */
	char	*verdict, *rule, *facts, *says;
	int64_t	 next_at;	/* 0: none */
};

/* The beginning of the tokens of one claim: opaque and without personal data,
 * for they are shown in Bolna's dashboard. */
static void
new_seed(char out[SEED_BYTES * 2 + 1])
{
	unsigned char raw[SEED_BYTES];
	size_t i;

	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		fatal(EX_OSERR, "getrandom");
	for (i = 0; i < sizeof(raw); i++)
		snprintf(out + 2 * i, 3, "%02x", raw[i]);
}

static char *
copy(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		fatal(EX_OSERR, NULL);
	return p;
}

/* 1 with what a statement says, 0 when it has no row, -1. */
static int
verdict_get(struct stmt *st, struct verdict_row *v)
{
	int rc = db_step(st);

	memset(v, 0, sizeof(*v));
	if (rc == DB_ROW) {
		v->verdict = copy(db_col_str(st, 0));
		v->rule = copy(db_col_str(st, 1));
		v->facts = copy(db_col_str(st, 2));
		v->next_at = db_col_int(st, 3);
		v->says = copy(db_col_str(st, 4));
	}
	db_reset(st);
	return rc == DB_ROW ? 1 : rc == DB_FAIL ? -1 : 0;
}

static void
verdict_free(struct verdict_row *v)
{
	free(v->verdict);
	free(v->rule);
	free(v->facts);
	free(v->says);
}

/* Take a decision down: 1 when it is news, 0, or -1.  lead 0: for all of the
 * campaign. */
static int
decide(struct claiming *cl, int64_t lead, const struct verdict_row *v)
{
	struct stmt *st = db_stmt(cl->d->db, SQL_DECISION_PUT);
	int rc;

	db_int(st, ":now", cl->now);
	db_int(st, ":campaign", cl->c->id);
	if (lead != 0)
		db_int(st, ":lead", lead);
	db_text(st, ":verdict", v->verdict);
	db_text(st, ":rule", v->rule);
	db_text(st, ":facts", v->facts);
	if (v->next_at != 0)
		db_int(st, ":next_at", v->next_at);
	rc = db_step(st);
	db_reset(st);
	return rc == DB_ROW ? 1 : rc == DB_FAIL ? -1 : 0;
}

static int
put_off(struct claiming *cl, int64_t lead, const struct verdict_row *v)
{
	struct stmt *st;
	int news = decide(cl, lead, v);

	if (news == -1)
		return -1;
	st = db_stmt(cl->d->db, SQL_LEAD_PUT_OFF);
	db_int(st, ":lead", lead);
	if (v->next_at > cl->now)
		db_int(st, ":put_off", v->next_at);
	else
		db_int(st, ":put_off", cl->now + (strcmp(v->verdict, "block")
		    == 0 ? BLOCKED : SOON));
	db_text(st, ":rule", v->rule);
	if (db_run(st) == -1)
		return -1;
	if (!news)
		return 0;
	st = db_stmt(cl->d->db, SQL_DELIVERY_DECIDED);
	db_int(st, ":lead", lead);
	db_int(st, ":now", cl->now);
	return db_run(st);
}

/* The numbers of a campaign take turns. */
static void
next_from(struct claiming *cl)
{
	const struct campaign *c = cl->c;
	size_t i;

	if (c->nfrom == 0) {
		cl->from = "";
		return;
	}
	for (i = 0; i < c->nfrom; i++)
		if (cl->from != NULL && strcmp(c->from[i], cl->from) == 0)
			break;
	cl->from = c->from[i < c->nfrom ? (i + 1) % c->nfrom : 0];
}

static void
first_from(struct claiming *cl)
{
	struct stmt *st = db_stmt(cl->d->db, SQL_ATTEMPT_FROM);
	size_t i;

	db_int(st, ":campaign", cl->c->id);
	cl->from = NULL;
	if (cl->c->nfrom > 0 && db_step(st) == DB_ROW)
		for (i = 0; i < cl->c->nfrom; i++)
			if (strcmp(cl->c->from[i], db_col_str(st, 0)) == 0)
				cl->from = cl->c->from[i];
	db_reset(st);
	next_from(cl);
}

static int
claim(struct claiming *cl, int64_t lead)
{
	struct stmt *st = db_stmt(cl->d->db, SQL_ATTEMPT_CLAIM);
	int64_t attempt;
	int rc;

	db_int(st, ":lead", lead);
	db_text(st, ":agent", cl->c->conf->agent_id);
	db_text(st, ":from", cl->from);
	db_text(st, ":seed", cl->seed);
	rc = db_step(st);
	attempt = rc == DB_ROW ? db_col_int(st, 0) : 0;
	db_reset(st);
	if (rc != DB_ROW)
		return rc == DB_FAIL ? -1 : 0;
	cl->claimed++;
	next_from(cl);
	st = db_stmt(cl->d->db, SQL_DECISION_CALL);
	db_int(st, ":lead", lead);
	db_int(st, ":attempt", attempt);
	db_int(st, ":now", cl->now);
	return db_run(st);
}

/* Judge one lead: called, or asked again later. */
static int
judge_lead(struct claiming *cl, int64_t lead)
{
	struct stmt *st = db_stmt(cl->d->db, SQL_LEAD_JUDGE);
	struct verdict_row v;
	int rc;

	db_int(st, ":lead", lead);
	if ((rc = verdict_get(st, &v)) == 0)
		rc = claim(cl, lead);
	else if (rc == 1)
		rc = put_off(cl, lead, &v);
	verdict_free(&v);
	return rc;
}

static void
bind_only(const struct claiming *cl, struct stmt *st)
{
	if (cl->d->only != 0)
		db_int(st, ":only", cl->d->only);
}

/* The next leads to judge: how many, or -1. */
static long
candidates(struct claiming *cl, int64_t list[BATCH])
{
	struct stmt *st = db_stmt(cl->d->db, SQL_LEAD_CANDIDATES);
	long n = 0;
	int rc = DB_DONE;

	db_int(st, ":campaign", cl->c->id);
	db_int(st, ":now", cl->now);
	db_int(st, ":limit", BATCH);
	bind_only(cl, st);
	while (n < BATCH && (rc = db_step(st)) == DB_ROW)
		list[n++] = db_col_int(st, 0);
	db_reset(st);
	return rc == DB_FAIL ? -1 : n;
}

static int
claim_batch(struct claiming *cl)
{
	int64_t list[BATCH];
	struct stmt *st;
	long n, i;

	if ((n = candidates(cl, list)) == -1)
		return -1;
	cl->judged = n;
	for (i = 0; i < n && cl->claimed < cl->limit; i++)
		if (judge_lead(cl, list[i]) == -1)
			return -1;
	if (cl->claimed == 0)
		return 0;
	st = db_stmt(cl->d->db, SQL_LEAD_CLAIMED);
	db_int(st, ":campaign", cl->c->id);
	if (db_run(st) == -1)
		return -1;
	st = db_stmt(cl->d->db, SQL_DELIVERY_CLAIMED);
	db_int(st, ":campaign", cl->c->id);
	db_int(st, ":now", cl->now);
	return db_run(st);
}

/* It goes on: what stops it next is news again. */
static int
gate_open(struct claiming *cl)
{
	struct stmt *st = db_stmt(cl->d->db, SQL_DECISION_OPEN);

	db_int(st, ":campaign", cl->c->id);
	db_int(st, ":now", cl->now);
	return db_run(st);
}

/* What stops the campaign as a whole is one decision for all its leads: 1 when
 * it is stopped, 0, or -1. */
static int
gate(struct claiming *cl)
{
	struct stmt *st = db_stmt(cl->d->db, SQL_GATE_GET);
	struct verdict_row v;
	int rc;

	db_int(st, ":campaign", cl->c->id);
	if ((rc = verdict_get(st, &v)) == 1 && decide(cl, 0, &v) == -1)
		rc = -1;
	else if (rc == 0)
		rc = gate_open(cl);
	verdict_free(&v);
	return rc;
}

static long
room(struct claiming *cl)
{
	struct stmt *st = db_stmt(cl->d->db, SQL_ROOM);

	db_int(st, ":campaign", cl->c->id);
	db_int(st, ":left", cl->c->conf->calls_per_pass - cl->c->placed);
	db_int(st, ":now", cl->now);
	return (long)db_value(st, 0);
}

/* Is there anything to judge?  Asked before the write lock is taken. */
static int
nobody_due(struct claiming *cl)
{
	struct stmt *st = db_stmt(cl->d->db, SQL_LEAD_CANDIDATES);

	db_int(st, ":campaign", cl->c->id);
	db_int(st, ":now", cl->now);
	db_int(st, ":limit", 1);
	bind_only(cl, st);
	return db_value(st, 0) == 0;
}

/* One transaction: 0, or -1 when the database did not take it. */
static int
claim_some(struct claiming *cl)
{
	long before = cl->claimed;
	int rc;

	cl->judged = 0;
	if (db_begin(cl->d->db) == -1)
		return -1;
	if ((rc = gate(cl)) == 0) {
		if (cl->limit == -1)
			cl->limit = room(cl);
		if (cl->limit > 0) {
			first_from(cl);
			rc = claim_batch(cl);
		}
	}
	if (rc == -1)
		db_rollback(cl->d->db);
	if (rc == -1 || db_commit(cl->d->db) == -1) {
		cl->d->counts.problems++;
		cl->claimed = before;
		return -1;
	}
	return 0;
}

long
claim_due(struct dialer *d, struct campaign *c)
{
	struct claiming cl = { .d = d, .c = c, .now = time(NULL),
	    .limit = -1 };
	int i;

	if (d->conf->dry_run || !c->usable || c->stale || nobody_due(&cl))
		return 0;
	account_ask(d, c->account);
	new_seed(cl.seed);
	for (i = 0; i < ROUNDS; i++)
		if (claim_some(&cl) == -1)
			break;
		else if (cl.claimed == cl.limit || cl.judged < BATCH)
			break;
	c->placed += cl.claimed;
	return cl.claimed;
}

/* One lead of a rehearsal: would it be called, and if not, why? */
static void
rehearse_lead(struct claiming *cl, int64_t lead)
{
	struct stmt *st = db_stmt(cl->d->db, SQL_LEAD_JUDGE);
	char masked[PHONE_MASK_SIZE];
	struct verdict_row v;
	int rc;

	db_int(st, ":lead", lead);
	rc = verdict_get(st, &v);
	st = db_stmt(cl->d->db, SQL_LEAD_PHONE);
	db_int(st, ":lead", lead);
	if (rc != -1 && db_step(st) == DB_ROW) {
		phone_mask(db_col_str(st, 0), masked);
		if (rc == 0)
			log_info("campaign %s: would call %s (dry_run is on)",
			    cl->c->conf->name, masked);
		else
			log_info("campaign %s: would not call %s: %s",
			    cl->c->conf->name, masked, v.says);
	}
	db_reset(st);
	verdict_free(&v);
}

static void
rehearse_campaign(struct claiming *cl)
{
	struct stmt *st = db_stmt(cl->d->db, SQL_GATE_GET);
	struct verdict_row v;
	int64_t list[BATCH];
	long n = 0, i;

	db_int(st, ":campaign", cl->c->id);
	if (verdict_get(st, &v) != 0)
		log_info("campaign %s: would call nobody: %s",
		    cl->c->conf->name, v.says != NULL ? v.says :
		    "the database could not be read");
	else if ((n = candidates(cl, list)) == 0)
		log_info("campaign %s: would call nobody: nobody is due",
		    cl->c->conf->name);
	verdict_free(&v);
	for (i = 0; i < n; i++)
		rehearse_lead(cl, list[i]);
}

void
rehearse(struct dialer *d)
{
	struct claiming cl = { .d = d, .now = time(NULL) };
	size_t i;

	for (i = 0; i < d->ncampaigns; i++) {
		cl.c = &d->campaigns[i];
		if (cl.c->usable)
			rehearse_campaign(&cl);
	}
}
