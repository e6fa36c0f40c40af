/*
 * Asking Bolna.  A webhook is a hint: what is final is confirmed by an
 * authenticated GET before it ends an attempt or reaches the sheet; silence is
 * asked about; calls that may have been placed are looked for in the listing
 * by the token they carry.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "body.h"
#include "bolna.h"
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
#define LIST_BEFORE	300	/* seconds: clocks differ */
#define LIST_AFTER	3600
#define MAX_PAGES	200

struct question {
	char	 id[EXECUTION_ID_SIZE];
	int64_t	 account;
};

/* One element of an answer into the journal. */
static enum event_result
store(struct dialer *d, struct json_object *js, enum event_source source,
    const char *expect)
{
	struct execution ex;
	struct event ev = { 0 };
	enum event_result rc = EVENT_FAILED;

	memset(&ex, 0, sizeof(ex));
	execution_decode(js, &ex);
	if (ex.kind != EXECUTION_CALL || (expect != NULL &&
	    strcmp(ex.id, expect) != 0)) {
		log_warnx("execution %s: Bolna answered about another one",
		    expect != NULL ? expect : "?");
		goto out;
	}
	ev.source = source;
	ev.ex = &ex;
	ev.at = time(NULL);
	ev.body = json_object_to_json_string_ext(js,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	ev.size = strlen(ev.body);
	digest(ev.body, ev.size, ev.digest);
	rc = event_store(d->db, &ev);
out:
	execution_clear(&ex);
	return rc;
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

static void
take_answer(struct dialer *d, const struct question *q,
    const struct http_request *r, int64_t started)
{
	struct json_object *js;
	enum bolna_refusal why;
	char say[400];
	int gone, failed;

	js = bolna_answer(r, &gone, &why, say, sizeof(say));
	if (js == NULL && why == BOLNA_KEY)
		breaker_open(d, q->account, "key", BREAKER_KEY, say);
	else if (js == NULL && !gone) {
		d->counts.problems++;
		log_warnx("execution %s: %s", q->id, say);
	}
	if (db_begin(d->db) == -1)
		goto out;
	failed = js == NULL || store(d, js, EVENT_GET, q->id) == EVENT_FAILED;
	if (asked(d, q->id, started, failed) == -1) {
		db_rollback(d->db);
		goto out;
	}
	db_commit(d->db);
	d->counts.confirmed++;
	look_at_wallet(d, q);
out:
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

/* --- calls that may have been placed --- */

struct lost {
	int64_t	 id, sent_at, account;
	char	 token[64];
	char	 agent[EXECUTION_ID_SIZE];
	int	 found;
};

static struct lost *
lost_by_token(struct lost *from, struct lost *to, const char *token)
{
	for (; from < to; from++)
		if (strcmp(from->token, token) == 0)
			return from;
	return NULL;
}

static void
look_at_element(struct dialer *d, struct json_object *js, struct lost *from,
    struct lost *to)
{
	struct execution ex;
	struct lost *l = NULL;

	memset(&ex, 0, sizeof(ex));
	execution_decode(js, &ex);
	if (ex.kind == EXECUTION_CALL && ex.token[0] != '\0')
		l = lost_by_token(from, to, ex.token);
	execution_clear(&ex);
	if (l == NULL || db_begin(d->db) == -1)
		return;
	if (store(d, js, EVENT_LIST, NULL) == EVENT_FAILED)
		db_rollback(d->db);
	else if (db_commit(d->db) == 0)
		l->found = 1;
}

/* 1 there are more pages, 0 this was the last, -1 it is not said or rows are
 * missing: a listing that is not whole proves nothing. */
static int
list_more(struct json_object *js, size_t seen)
{
	struct json_object *more = body_get(js, "has_more");
	double total;

	if (!json_object_is_type(more, json_type_boolean))
		return -1;
	if (json_object_get_boolean(more))
		return 1;
	return body_number(js, "total", &total) == 0 && (double)seen < total ?
	    -1 : 0;
}

/* As list_more, or -1 when there was no page; *seen counts the rows. */
static int
list_page(struct dialer *d, struct lost *from, struct lost *to, int page,
    size_t *seen)
{
	struct account *a = dialer_account(d, from->account);
	struct http_request r;
	struct json_object *js, *data;
	enum bolna_refusal why;
	char say[400];
	size_t i;
	int gone, more = -1;

	/* The end is exclusive and in whole seconds: some beyond now. */
	bolna_list(&r, d->conf->bolna_api, a->key, from->agent,
	    from->sent_at - LIST_BEFORE, (to - 1)->sent_at + LIST_AFTER, page);
	http_run(d->http, &r, 1, 1);
	js = bolna_answer(&r, &gone, &why, say, sizeof(say));
	data = body_get(js, "data");
	if (json_object_is_type(data, json_type_array)) {
		for (i = 0; i < json_object_array_length(data); i++)
			look_at_element(d, json_object_array_get_idx(data, i),
			    from, to);
		*seen += i;
		if ((more = list_more(js, *seen)) == -1)
			log_warnx("agent %s: the listing is not whole",
			    from->agent);
	} else {
		d->counts.problems++;
		log_warnx("agent %s: no listing: %s", from->agent,
		    js == NULL ? say : "Bolna's answer has no data");
		if (why == BOLNA_KEY)
			breaker_open(d, from->account, "key", BREAKER_KEY,
			    say);
	}
	json_object_put(js);
	bolna_free(&r);
	return more;
}

static void
missed(struct dialer *d, const struct lost *l)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_MISSED);
	int64_t lead;

	db_int(st, ":attempt", l->id);
	db_int(st, ":now", time(NULL));
	if ((lead = db_value(st, 0)) == 0)
		return;
	log_warnx("attempt %lld: Bolna's listings do not have this call; look "
	    "for it in Bolna's dashboard", (long long)l->id);
	st = db_stmt(d->db, SQL_LEAD_HOLD);
	db_int(st, ":lead", lead);
	db_text(st, ":held", "review");
	db_text(st, ":note", "It could not be found out whether this call was "
	    "placed; look in Bolna's dashboard");
	db_run(st);
	st = db_stmt(d->db, SQL_DELIVERY_LEAD);
	db_int(st, ":lead", lead);
	db_int(st, ":now", time(NULL));
	db_run(st);
}

static void
put_off(struct dialer *d, const struct lost *l)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_PUT_OFF);

	db_int(st, ":attempt", l->id);
	db_int(st, ":look_at", time(NULL) + 30);
	db_run(st);
}

/* All lost calls of one agent: one walk through its listing. */
static void
look_for(struct dialer *d, struct lost *from, struct lost *to)
{
	struct lost *l;
	int page = 0, more;
	size_t seen = 0;

	do
		more = list_page(d, from, to, ++page, &seen);
	while (more == 1 && page < MAX_PAGES);
	if (db_begin(d->db) == -1)
		return;
	for (l = from; l < to; l++) {
		if (l->found)
			continue;
		if (more == 0)
			missed(d, l);
		else
			put_off(d, l);
	}
	db_commit(d->db);
}

static size_t
collect_lost(struct dialer *d, struct lost **out)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_TO_FIND);
	struct lost *list = NULL, *l;
	size_t n = 0;

	db_int(st, ":now", time(NULL));
	while (db_step(st) == DB_ROW) {
		if ((list = reallocarray(list, n + 1, sizeof(*list))) == NULL)
			fatal(EX_OSERR, NULL);
		l = &list[n];
		memset(l, 0, sizeof(*l));
		l->id = db_col_int(st, 0);
		snprintf(l->token, sizeof(l->token), "%s",
		    db_col_text(st, 1));
		l->sent_at = db_col_int(st, 2);
		l->account = db_col_int(st, 3);
		snprintf(l->agent, sizeof(l->agent), "%s",
		    db_col_text(st, 4));
		if (dialer_account(d, l->account) != NULL)
			n++;
	}
	db_reset(st);
	*out = list;
	return n;
}

void
settle(struct dialer *d)
{
	struct lost *list;
	size_t n = collect_lost(d, &list), i, end;

	for (i = 0; i < n; i = end) {
		/* Sorted by agent and time; a listing spans at most 7 days. */
		for (end = i + 1; end < n && strcmp(list[i].agent,
		    list[end].agent) == 0 && list[end].sent_at <
		    list[i].sent_at + 86400; end++)
			;
		look_for(d, &list[i], &list[end]);
	}
	free(list);
}
