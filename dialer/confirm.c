/*
 * Asking Bolna.  A webhook is a hint: what is final is confirmed by an
 * authenticated GET before it ends an attempt or reaches the sheet; silence is
 * asked about.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "body.h"
#include "bolna.h"
#include "compose.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "event.h"
#include "execution.h"
#include "log.h"

#define MAX_QUESTIONS	100	/* a cycle; Bolna allows 1,000 a minute */
#define PARALLEL	8
#define MAX_STRAYS	10	/* a minute: a forger must not spend our rate */
#define BREAKER_KEY	900
#define BREAKER_WALLET	3600

struct question {
	char	 id[EXECUTION_ID_SIZE];
	int64_t	 account;
};

enum event_result
confirm_store(struct dialer *d, struct json_object *js,
    enum event_source source, const char *expect)
{
	struct execution ex;
	struct event ev = { 0 };
	enum event_result rc = EVENT_FAILED;

	memset(&ex, 0, sizeof(ex));
	if (execution_decode(js, &ex) == -1) {
		log_warnx("execution %s: out of memory", ex.id);
		goto out;
	}
	if (ex.kind != EXECUTION_CALL || (expect != NULL &&
	    strcmp(ex.id, expect) != 0)) {
		log_warnx("execution %s: Bolna answered about another one",
		    expect != NULL ? expect : "?");
		goto out;
	}
	ev.source = source;
	ev.ex = &ex;
	ev.at = time(NULL);
	ev.body = compose_line(js);
	ev.size = strlen(ev.body);
	digest(ev.body, ev.size, ev.digest);
	rc = event_store(d->db, &ev);
out:
	execution_clear(&ex);
	return rc;
}

static int
verified(struct dialer *d, const struct question *q)
{
	struct stmt *st = db_stmt(d->db, SQL_EXECUTION_GET);
	int yes;

	db_text(st, ":id", q->id);
	yes = db_step(st) == DB_ROW && db_col_int(st, 2) != 0;
	db_reset(st);
	return yes;
}

/* Bolna dials nobody when the wallet is empty; going on would only use the
 * leads up. */
static void
look_at_wallet(struct dialer *d, const struct question *q)
{
	struct stmt *st = db_stmt(d->db, SQL_EXECUTION_GET);
	int empty;

	db_text(st, ":id", q->id);
	empty = db_step(st) == DB_ROW && strcmp(db_col_text(st, 11),
	    "balance-low") == 0;
	db_reset(st);
	if (empty)
		breaker_open(d, q->account, "wallet", BREAKER_WALLET,
		    "Bolna's wallet is too low; add credit");
}

static int
asked(struct dialer *d, const char *id, int64_t started, int failed)
{
	struct stmt *st = db_stmt(d->db, SQL_EXECUTION_ASKED);

	db_text(st, ":id", id);
	db_int(st, ":now", time(NULL));
	db_int(st, ":started", started);
	db_int(st, ":failed", failed);
	return db_run(st);
}

/* The event and that it was asked for, or neither: a body that is in the
 * journal without having been applied would be taken for known for ever. */
static int
take_execution(struct dialer *d, struct json_object *js,
    const struct question *q, int64_t started)
{
	if (db_begin(d->db) == -1)
		return -1;
	if (confirm_store(d, js, EVENT_GET, q->id) != EVENT_FAILED &&
	    asked(d, q->id, started, 0) == 0)
		return db_commit(d->db);
	db_rollback(d->db);
	d->counts.problems++;
	return -1;
}

static void
take_answer(struct dialer *d, const struct question *q,
    const struct http_request *r, int64_t started)
{
	struct json_object *js;
	enum bolna_refusal why;
	char say[400];
	int gone, old = verified(d, q);

	js = bolna_answer(r, &gone, &why, say, sizeof(say));
	if (js == NULL && why == BOLNA_KEY)
		breaker_open(d, q->account, "key", BREAKER_KEY, say);
	else if (js == NULL && !gone) {
		d->counts.problems++;
		log_warnx("execution %s: %s", q->id, say);
	}
	if (js != NULL && take_execution(d, js, q, started) == 0) {
		/* What an old call met says nothing about today's wallet. */
		if (!old)
			look_at_wallet(d, q);
	} else if (db_begin(d->db) == 0) {
		asked(d, q->id, started, 1);
		db_commit(d->db);
	}
	d->counts.confirmed++;
	json_object_put(js);
}

static size_t
collect(struct dialer *d, struct question *q)
{
	struct stmt *st = db_stmt(d->db, SQL_EXECUTION_STRAYS);
	int64_t now = time(NULL), strays;
	size_t n = 0;

	db_int(st, ":since", now - 60);
	strays = MAX_STRAYS - db_value(st, MAX_STRAYS);
	st = db_stmt(d->db, SQL_EXECUTION_TO_CONFIRM);
	db_int(st, ":now", now);
	db_int(st, ":strays", strays > 0 ? strays : 0);
	db_int(st, ":limit", MAX_QUESTIONS);
	while (n < MAX_QUESTIONS && db_step(st) == DB_ROW) {
		snprintf(q[n].id, sizeof(q[n].id), "%s", db_col_text(st, 0));
		q[n].account = db_col_int(st, 1);
		if (dialer_account(d, q[n].account) != NULL)
			n++;
	}
	db_reset(st);
	return n;
}

void
confirm(struct dialer *d)
{
	struct question *q;
	struct http_request *batch;
	int64_t started = time(NULL);
	size_t n, i;

	q = calloc(MAX_QUESTIONS, sizeof(*q));
	batch = calloc(MAX_QUESTIONS, sizeof(*batch));
	if (q == NULL || batch == NULL)
		fatal(EX_OSERR, NULL);
	n = collect(d, q);
	for (i = 0; i < n; i++)
		bolna_get(&batch[i], d->conf->bolna_api,
		    dialer_account(d, q[i].account)->key, q[i].id);
	if (n > 0)
		http_run(d->http, batch, n, PARALLEL);
	for (i = 0; i < n; i++) {
		take_answer(d, &q[i], &batch[i], started);
		bolna_free(&batch[i]);
	}
	free(q);
	free(batch);
}
