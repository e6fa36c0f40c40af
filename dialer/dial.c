/*
 * Placing calls: send -> record.  The attempt is committed (claim.c) before
 * anything is sent, "sending" just before the first byte leaves, and the
 * request is sent at most once.  Whatever is neither a definite refusal nor
 * provably unsent stays unknown, and is settled by evidence (confirm.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "bolna.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "event.h"
#include "execution.h"
#include "log.h"
#include "watch.h"

#define PARALLEL	8	/* POSTs at a time, while all goes well */
#define FIRST_LOOK	20	/* seconds: Bolna's listing may lag */
#define AGAIN		60	/* seconds until a released lead is due */
#define BREAKER_KEY	900
#define BREAKER_RATE	60
#define BREAKER_UPSTREAM 60

struct sending {		/* one claimed attempt on its way out */
	struct dialer	*d;
	struct campaign	*c;
	int64_t		 id, lead;
	char		*phone, *token, *name, *variables, *timezone, *from;
	int		 written;
	char		*late;		/* why it was not let go after all */
	struct http_request request;
};

static char *
copy(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		fatal(EX_OSERR, NULL);
	return p;
}

/* The calls before this one may have taken minutes. */
static int
too_late(struct sending *s)
{
	struct stmt *st = db_stmt(s->d->db, SQL_ATTEMPT_TOO_LATE);

	db_int(st, ":attempt", s->id);
	db_int(st, ":now", time(NULL));
	if (db_step(st) != DB_ROW)
		s->late = copy("its row is gone");
	else if (!db_col_null(st, 0))
		s->late = copy(db_col_text(st, 0));
	else if (watch_stop_file(s->d->conf))
		s->late = copy("the stop file is there");
	db_reset(st);
	return s->late != NULL;
}

/* From curl, when the connection stands: the last moment at which nothing has
 * been sent. */
static int
about_to_send(void *arg)
{
	struct sending *s = arg;
	struct stmt *st;
	const char *why = "the database did not take it down";
	int ours;

	if (too_late(s))
		return -1;
	if (db_begin(s->d->db) == 0) {
		st = db_stmt(s->d->db, SQL_ATTEMPT_SENDING);
		db_int(st, ":attempt", s->id);
		db_int(st, ":now", time(NULL));
		ours = db_value(st, 0) == s->id;
		if (db_commit(s->d->db) == 0 && ours)
			return 0;
		if (!ours)
			why = "another pass has taken it";
	}
	/* Neither is Bolna's fault: no reason to stop dialling. */
	s->late = copy(why);
	return -1;
}

static size_t
load(struct dialer *d, struct campaign *c, struct sending **out)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_READY);
	struct sending *list = NULL, *s;
	size_t n = 0;

	db_int(st, ":campaign", c->id);
	while (db_step(st) == DB_ROW) {
		if ((list = reallocarray(list, n + 1, sizeof(*list))) == NULL)
			fatal(EX_OSERR, NULL);
		s = &list[n++];
		memset(s, 0, sizeof(*s));
		s->d = d;
		s->c = c;
		s->id = db_col_int(st, 0);
		s->lead = db_col_int(st, 1);
		s->phone = copy(db_col_text(st, 2));
		s->token = copy(db_col_text(st, 3));
		s->name = copy(db_col_text(st, 4));
		s->variables = copy(db_col_text(st, 5));
		s->timezone = copy(db_col_text(st, 6));
		s->written = (int)db_col_int(st, 7);
		s->from = copy(db_col_text(st, 8));
	}
	db_reset(st);
	*out = list;
	return n;
}

static void
unload(struct sending *list, size_t n)
{
	struct sending *s;

	for (s = list; s < list + n; s++) {
		bolna_free(&s->request);
		free(s->phone);
		free(s->token);
		free(s->name);
		free(s->variables);
		free(s->timezone);
		free(s->from);
	}
	free(list);
}

/* Nothing was placed: the lead is due again in a while. */
static int
release(struct sending *s, const char *why, int refused)
{
	struct stmt *st = db_stmt(s->d->db, SQL_ATTEMPT_RELEASED);
	int64_t lead;

	db_int(st, ":attempt", s->id);
	db_int(st, ":http", s->request.status);
	db_text(st, ":note", why);
	db_int(st, ":now", time(NULL));
	db_int(st, ":refused", refused);
	if ((lead = db_value(st, 0)) == 0)
		return 0;
	st = db_stmt(s->d->db, SQL_LEAD_AGAIN);
	db_int(st, ":lead", lead);
	db_int(st, ":next_at", time(NULL) + AGAIN);
	return db_run(st);
}

static int
accepted(struct sending *s, const char *execution)
{
	struct stmt *st = db_stmt(s->d->db, SQL_ATTEMPT_ACCEPTED);

	db_int(st, ":attempt", s->id);
	db_text(st, ":execution", execution);
	db_int(st, ":http", s->request.status);
	if (db_value(st, 0) == 0) {
		log_warnx("attempt %lld: Bolna answered with execution %s, "
		    "but another one is known for it", (long long)s->id,
		    execution);
		return 0;
	}
	s->d->counts.placed++;
	if (breaker_passed(s->d, s->c->account->id) == -1)
		return -1;
	return event_link(s->d->db, execution, s->id, time(NULL));
}

static int
rejected(struct sending *s, const char *why)
{
	struct stmt *st = db_stmt(s->d->db, SQL_ATTEMPT_REJECTED);

	db_int(st, ":attempt", s->id);
	db_int(st, ":http", s->request.status);
	db_text(st, ":note", why);
	db_int(st, ":now", time(NULL));
	if (db_value(st, 0) == 0)
		return 0;	/* a webhook has proved that it was placed */
	st = db_stmt(s->d->db, SQL_LEAD_HOLD);
	db_int(st, ":lead", s->lead);
	db_text(st, ":held", "rejected");
	db_null(st, ":note");
	return db_run(st);
}

static int
unknown(struct sending *s, const char *why)
{
	struct stmt *st = db_stmt(s->d->db, SQL_ATTEMPT_UNKNOWN);

	db_int(st, ":attempt", s->id);
	db_int(st, ":http", s->request.status);
	db_text(st, ":note", why);
	db_int(st, ":look_at", time(NULL) + FIRST_LOOK);
	return db_run(st);
}

/* What the exchange has shown goes into the database, in one transaction. */
static enum verdict
record(struct sending *s, enum bolna_refusal *why, char *say, size_t size)
{
	char execution[EXECUTION_ID_SIZE];
	enum verdict verdict;
	struct stmt *st;
	int rc = -1;

	verdict = bolna_placed(&s->request, execution, sizeof(execution), why,
	    say, size);
	if (s->late != NULL)
		snprintf(say, size, "%s", s->late);
	if (db_begin(s->d->db) == -1)
		return verdict;		/* "sending" becomes unknown later */
	switch (verdict) {
	case VERDICT_OK:
		rc = accepted(s, execution);
		break;
	case VERDICT_TEMPFAIL:
		/* Unsent may also mean that another dialer has taken it:
		 * then it is that one's to settle. */
		rc = release(s, say, s->request.sent);
		break;
	case VERDICT_PERMFAIL:
		rc = rejected(s, say);
		break;
	case VERDICT_UNKNOWN:
		rc = unknown(s, say);
		break;
	}
	st = db_stmt(s->d->db, SQL_DELIVERY_SHEET);
	db_int(st, ":attempt", s->id);
	db_int(st, ":now", time(NULL));
	if (rc == -1 || db_run(st) == -1)
		db_rollback(s->d->db);
	else
		db_commit(s->d->db);
	return verdict;
}

/* One refusal may be the number's fault, two in a row are ours; two answers
 * that leave a call in doubt are reason enough to stop for a while. */
static void
draw_conclusions(struct sending *s, enum verdict verdict,
    enum bolna_refusal why, const char *say)
{
	struct dialer *d = s->d;
	int64_t account = s->c->account->id;
	long pause = s->request.retry_after;

	d->refused_in_a_row = verdict == VERDICT_PERMFAIL ?
	    d->refused_in_a_row + 1 : 0;
	d->unknown_in_a_row = verdict == VERDICT_UNKNOWN ?
	    d->unknown_in_a_row + 1 : 0;
	if (verdict == VERDICT_OK)
		return;
	d->counts.problems++;
	if (s->late != NULL) {
		s->c->placed--;
		log_info("attempt %lld: not sent, %s", (long long)s->id, say);
	} else if (why == BOLNA_KEY)
		breaker_open(d, account, "key", BREAKER_KEY, say);
	else if (why == BOLNA_RATE)
		breaker_open(d, account, "rate", pause > 0 ? pause :
		    BREAKER_RATE, say);
	else if (verdict == VERDICT_TEMPFAIL || d->unknown_in_a_row >= 2)
		breaker_open(d, account, "upstream", BREAKER_UPSTREAM, say);
	else if (d->refused_in_a_row >= 2)
		breaker_open(d, account, "refusals", BREAKER_KEY, say);
	else
		log_warnx("attempt %lld: %s", (long long)s->id, say);
}

static enum verdict
conclude(struct sending *s)
{
	char masked[PHONE_MASK_SIZE], say[400];
	enum bolna_refusal why;
	enum verdict verdict;

	verdict = record(s, &why, say, sizeof(say));
	if (verdict == VERDICT_OK)
		log_info("campaign %s: called %s", s->c->conf->name,
		    phone_mask(s->phone, masked));
	draw_conclusions(s, verdict, why, say);
	return verdict;
}

/* Send up to PARALLEL of them together.  Returns how many may go next: twice
 * as many after success, else one, so that a wrong key or a sick Bolna costs
 * one request and not a hundred. */
static size_t
place(struct dialer *d, struct campaign *c, struct sending *list, size_t n)
{
	struct bolna_call call;
	struct http_request batch[PARALLEL];
	struct sending *s;
	size_t i, ok = 0;

	for (i = 0; i < n; i++) {
		s = &list[i];
		call.agent_id = c->conf->agent_id;
		call.phone = s->phone;
		call.from_number = *s->from != '\0' ? s->from : NULL;
		call.name = s->name;
		call.timezone = s->timezone;
		call.token = s->token;
		call.variables = s->variables;
		bolna_place(&batch[i], d->conf->bolna_api, c->account->key,
		    &call);
		batch[i].ready = about_to_send;
		batch[i].arg = s;
	}
	http_run(d->http, batch, n, PARALLEL);
	for (i = 0; i < n; i++) {
		list[i].request = batch[i];
		ok += conclude(&list[i]) == VERDICT_OK;
	}
	if (ok < n)
		return 1;
	return 2 * n < PARALLEL ? 2 * n : PARALLEL;
}

static void
not_sent(struct sending *s, const char *why)
{
	struct stmt *st;

	s->c->placed--;
	s->d->counts.problems++;
	log_info("attempt %lld: not sent, %s", (long long)s->id, why);
	if (db_begin(s->d->db) == -1)
		return;
	release(s, why, 0);
	st = db_stmt(s->d->db, SQL_DELIVERY_SHEET);
	db_int(st, ":attempt", s->id);
	db_int(st, ":now", time(NULL));
	db_run(st);
	db_commit(s->d->db);
}

/* Why no further call must be placed now, or NULL. */
static const char *
stopped(struct dialer *d, const struct campaign *c)
{
	struct stmt *st;

	if (pass_interrupted())
		return "the dialer was told to stop";
	watch(d);
	st = db_stmt(d->db, SQL_ACCOUNT_BLOCKED);
	db_int(st, ":account", c->account->id);
	return db_value(st, 1) != 0 ? "dialling was stopped meanwhile" : NULL;
}

void
dial_send(struct dialer *d, struct campaign *c)
{
	struct sending *list, *go;
	size_t n = load(d, c, &list), ngo = 0, width = 1, next, i;
	const char *why = NULL;

	if ((go = calloc(n + 1, sizeof(*go))) == NULL)
		fatal(EX_OSERR, NULL);
	for (i = 0; i < n; i++) {
		if (list[i].written)
			go[ngo++] = list[i];
		else
			not_sent(&list[i], "its row could not be marked");
	}
	for (i = 0; i < ngo && (why = stopped(d, c)) == NULL; i = next) {
		next = i + width < ngo ? i + width : ngo;
		width = place(d, c, go + i, next - i);
	}
	for (; i < ngo; i++)
		not_sent(&go[i], why);
	for (i = 0; i < ngo; i++) {
		bolna_free(&go[i].request);
		free(go[i].late);
	}
	unload(list, n);
	free(go);
}
