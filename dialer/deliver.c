/*
 * Posts: claimed, begun, concluded.  See deliver.h for what is promised.
 *
 * A service that hangs costs its own posts time and nobody else: requests are
 * begun and not waited for.  Each lane takes its posts one after another and
 * rests longer with each failure, so that a service that is down is asked by
 * one post at a time; that rest is in the database as the posts' own is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "analysis.h"
#include "db.h"
#include "deliver.h"
#include "dialer.h"
#include "lane.h"
#include "log.h"
#include "slack.h"

#define BATCH		50	/* due posts looked at, of one kind */
#define BACKOFF_MAX	3600	/* seconds, for one post */
#define OFF_SECS	60	/* after a refusal, until the next run */
#define UNREAD_SECS	60	/* after a fault of the database */
#define DOUBT_SECS	600	/* before something is said a second time */
#define LOST_SECS	120	/* no request takes that long */
#define LAST_MS		3000	/* for answers, when told to stop */
#define IDLE_MS		3000	/* longer than any lane's gap */
#define LOOK_MS		100

static const struct service *const services[] = { &slack_service,
    &analysis_service, &history_service, NULL };

/* "slack acme: attempt 12" for messages. */
static const char *
subject(const struct post *p, const char *lane, char *buf, size_t size)
{
	if (p->attempt != 0)
		snprintf(buf, size, "%s: attempt %lld", lane,
		    (long long)p->attempt);
	else
		snprintf(buf, size, "%s: alarm", lane);
	return buf;
}

/* --- rows --- */

static int
row_over(struct dialer *d, int64_t id, const char *error)
{
	struct stmt *st = db_stmt(d->db, SQL_POST_OVER);

	db_int(st, ":post", id);
	db_int(st, ":now", time(NULL));
	db_text(st, ":error", error);
	return db_run(st);
}

static int
row_again(struct dialer *d, int64_t id, int64_t secs, int doubt,
    const char *error)
{
	struct stmt *st = db_stmt(d->db, SQL_POST_AGAIN);

	db_int(st, ":post", id);
	db_int(st, ":due", time(NULL) + secs);
	db_int(st, ":doubt", doubt);
	db_text(st, ":error", error);
	return db_run(st);
}

static int
give_up(struct dialer *d, const struct post *p, const char *why)
{
	char who[160];

	log_warnx("%s: given up: %s", subject(p, p->lane != NULL ?
	    p->lane->name : p->service->kind, who, sizeof(who)), why);
	d->counts.problems++;
	return row_over(d, p->id, why);
}

/* It was not taken, or may not have been: once more, unless it is enough. */
static int
put_back(struct dialer *d, const struct post *p, const struct answer *a)
{
	const struct service *s = p->service;
	int doubt = a->verdict == VERDICT_UNKNOWN && !s->repeats;
	int64_t secs = lane_backoff(p->tries, BACKOFF_MAX);
	char who[160];

	if (doubt && p->doubt)
		return give_up(d, p, a->why);
	if (!a->refused && p->tries >= s->tries)
		return give_up(d, p, a->why);
	if (p->created_at < time(NULL) - s->keep)
		return give_up(d, p, a->why);
	if (doubt && secs < DOUBT_SECS)
		secs = DOUBT_SECS;
	if (a->refused && secs < OFF_SECS)
		secs = OFF_SECS;
	if (secs < a->after)
		secs = a->after;
	log_info("%s: %s; again in %lld s", subject(p, p->lane != NULL ?
	    p->lane->name : s->kind, who, sizeof(who)), a->why,
	    (long long)secs);
	return row_again(d, p->id, secs, doubt, a->why);
}

/* --- concluding --- */

/* What the answer means for the post and its lane, wholly or not at all. */
static int
record(struct dialer *d, struct post *p)
{
	const struct answer *a = &p->answer;
	struct lane *l = p->lane;
	int64_t until = 0;
	char who[160];
	int rc;

	if (db_begin(d->db) == -1)
		return -1;
	if (a->verdict == VERDICT_OK) {
		rc = p->service->store != NULL ? p->service->store(d, p) : 0;
		if (rc == 0)
			rc = row_over(d, p->id, NULL);
		if (rc == 0)
			rc = lane_well(d, l);
	} else if (a->verdict == VERDICT_PERMFAIL && !a->refused) {
		rc = give_up(d, p, a->why);
	} else {
		until = lane_rest(l, a);
		rc = put_back(d, p, a);
		if (rc == 0)
			rc = lane_fail(d, l, p->service->kind, a, until);
	}
	if (rc == -1) {
		db_rollback(d->db);
		return -1;
	}
	if (db_commit(d->db) == -1)
		return -1;
	if (a->verdict == VERDICT_OK) {
		log_info("%s: posted", subject(p, l->name, who, sizeof(who)));
		l->fails = 0;
	} else if (until != 0) {
		l->fails++;
		l->until = until;
		l->off |= a->refused;
	}
	return 0;
}

static void
request_clear(struct http_request *r)
{
	char *url = (char *)(uintptr_t)r->url;

	http_clear(r);
	if (url != NULL)
		explicit_bzero(url, strlen(url));	/* may be a secret */
	free(url);
	free((char *)(uintptr_t)r->body);
	memset(r, 0, sizeof(*r));
}

static void
post_free(struct post *p)
{
	if (p->service->clear != NULL)
		p->service->clear(p);
	request_clear(&p->request);
	free(p->text);
	free(p);
}

/* In another form at once: the claim still holds. */
static int
compose_again(struct dialer *d, struct post *p)
{
	char why[sizeof(p->answer.why)];

	if (p->again)
		return -1;
	p->again = 1;
	request_clear(&p->request);
	if (p->service->compose(d, p, why, sizeof(why)) == -1)
		return -1;
	p->begun = p->judged = 0;
	return 0;
}

/* 1 when the post is out of our hands, 0 when it goes on, -1 when the database
 * did not take it: then it is tried anew. */
static int
conclude(struct dialer *d, struct post *p)
{
	if (!p->judged) {
		memset(&p->answer, 0, sizeof(p->answer));
		p->service->judge(d, p, &p->answer);
		p->judged = 1;
		p->lane->out--;
		if (p->answer.again && compose_again(d, p) == 0)
			return 0;
	}
	return record(d, p) == 0 ? 1 : -1;
}

static void
conclude_all(struct dialer *d)
{
	struct post **pp = &d->posts, *p;

	while ((p = *pp) != NULL) {
		if (!p->begun || !p->request.over || conclude(d, p) != 1) {
			pp = &p->next;
			continue;
		}
		*pp = p->next;
		post_free(p);
	}
}

static const struct service *
service_of(const char *kind)
{
	size_t i;

	for (i = 0; services[i] != NULL; i++)
		if (strcmp(services[i]->kind, kind) == 0)
			return services[i];
	return NULL;
}

/* A pass has died while these were on their way, or could not store what came
 * of them. */
static void
find_lost(struct dialer *d)
{
	struct answer a = { .verdict = VERDICT_UNKNOWN,
	    .why = "the dialer was interrupted before the answer came" };
	struct stmt *st = db_stmt(d->db, SQL_POST_LOST);
	struct post lost[BATCH];
	size_t n = 0, i;
	int rc = 0;

	memset(lost, 0, sizeof(lost));
	db_int(st, ":before", time(NULL) - LOST_SECS);
	db_int(st, ":now", time(NULL));
	db_int(st, ":limit", BATCH);
	while (n < BATCH && db_step(st) == DB_ROW) {
		lost[n].id = db_col_int(st, 0);
		lost[n].service = service_of(db_col_text(st, 1));
		lost[n].tries = (int)db_col_int(st, 2);
		lost[n].doubt = (int)db_col_int(st, 3);
		lost[n].created_at = db_col_int(st, 4);
		lost[n].attempt = db_col_int(st, 5);
		n += lost[n].service != NULL;
	}
	db_reset(st);
	if (n == 0 || db_begin(d->db) == -1)
		return;
	for (i = 0; i < n && rc == 0; i++)
		rc = put_back(d, &lost[i], &a);
	if (rc == -1)
		db_rollback(d->db);
	else
		db_commit(d->db);
}

/* --- beginning --- */

static int
claim(struct dialer *d, struct post *p)
{
	struct stmt *st = db_stmt(d->db, SQL_POST_CLAIM);

	if (db_begin(d->db) == -1)
		return -1;
	db_int(st, ":post", p->id);
	db_int(st, ":now", time(NULL));
	p->tries = (int)db_value(st, 0);
	return db_commit(d->db) == 0 && p->tries > 0 ? 0 : -1;
}

static long
lane_timeout(const struct service *s, const struct lane *l)
{
	return l->timeout_ms > 0 ? l->timeout_ms : s->timeout_ms;
}

static void
begin(struct dialer *d, struct post *p)
{
	p->request.timeout_ms = lane_timeout(p->service, p->lane);
	p->request.once = 1;	/* libcurl must not repeat it either */
	p->begun = 1;
	p->lane->out++;
	p->lane->next_ms = clock_ms() + p->service->gap_ms;
	http_begin(d->http, &p->request);
}

/* May a request begin in this lane now? */
static int
lane_free(const struct dialer *d, const struct service *s,
    const struct lane *l)
{
	return !l->off && l->until <= time(NULL) && l->out < s->parallel &&
	    l->next_ms <= clock_ms() &&
	    clock_ms() + lane_timeout(s, l) <= d->end_ms;
}

static void
end_unsent(struct dialer *d, struct post *p, const char *why)
{
	if (db_begin(d->db) == -1)
		return;
	if (give_up(d, p, why) == -1)
		db_rollback(d->db);
	else
		db_commit(d->db);
}

/* One that cannot be begun for a while does not stand in the way of others. */
static void
rest_until(struct dialer *d, const struct post *p, int64_t until)
{
	struct stmt *st;

	if (until <= time(NULL) || db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, SQL_POST_REST);
	db_int(st, ":post", p->id);
	db_int(st, ":due", until);
	db_run(st);
	db_commit(d->db);
}

static void
let_rest(struct dialer *d, const struct post *p)
{
	int64_t until = p->lane->until;

	if (p->lane->off && until < time(NULL) + OFF_SECS)
		until = time(NULL) + OFF_SECS;
	rest_until(d, p, until);
}

/* 1 when it was begun: then it is in the list. */
static int
try_post(struct dialer *d, struct post *p)
{
	char why[sizeof(p->answer.why)];
	long faults = db_failures(d->db);
	int rc = p->service->compose(d, p, why, sizeof(why));

	/* What could not be read is there another time, or more of it. */
	if (db_failures(d->db) != faults) {
		rest_until(d, p, time(NULL) + UNREAD_SECS);
		return 0;
	}
	if (rc == -1) {
		end_unsent(d, p, why);
		return 0;
	}
	if (claim(d, p) == -1)
		return 0;
	p->next = d->posts;
	d->posts = p;
	begin(d, p);
	return 1;
}

static size_t
collect(struct dialer *d, const struct service *s, struct post **list)
{
	struct stmt *st = db_stmt(d->db, SQL_POST_DUE);
	const char *text;
	struct post *p;
	size_t n = 0;

	db_text(st, ":kind", s->kind);
	db_int(st, ":now", time(NULL));
	db_int(st, ":limit", BATCH);
	while (n < BATCH && db_step(st) == DB_ROW) {
		if ((p = calloc(1, sizeof(*p))) == NULL)
			fatal(EX_OSERR, NULL);
		p->service = s;
		p->id = db_col_int(st, 0);
		p->account = db_col_int(st, 1);
		p->attempt = db_col_int(st, 2);
		p->campaign = db_col_int(st, 3);
		text = db_col_text(st, 4);
		if (text != NULL && (p->text = strdup(text)) == NULL)
			fatal(EX_OSERR, NULL);
		p->tries = (int)db_col_int(st, 5);
		p->doubt = (int)db_col_int(st, 6);
		p->created_at = db_col_int(st, 7);
		list[n++] = p;
	}
	db_reset(st);
	return n;
}

static void
begin_due(struct dialer *d, const struct service *s)
{
	struct post *list[BATCH], *p;
	size_t n = collect(d, s, list), i;
	int begun;

	for (i = 0; i < n; i++) {
		p = list[i];
		begun = 0;
		if ((p->lane = s->lane(d, p)) == NULL)
			end_unsent(d, p, "it is not set up any more");
		else if (lane_free(d, s, p->lane))
			begun = try_post(d, p);
		else
			let_rest(d, p);
		if (!begun)
			post_free(p);
	}
}

void
deliver(struct dialer *d)
{
	struct post *p;
	size_t i;

	conclude_all(d);
	if (pass_interrupted())
		return;
	find_lost(d);
	for (p = d->posts; p != NULL; p = p->next)
		if (!p->begun && lane_free(d, p->service, p->lane))
			begin(d, p);
	for (i = 0; services[i] != NULL; i++)
		begin_due(d, services[i]);
}

/* Is something under way, or could be begun and be over in time? */
static int
waiting(struct dialer *d)
{
	struct stmt *st;
	size_t i;

	if (d->posts != NULL)
		return 1;
	for (i = 0; services[i] != NULL && !pass_interrupted(); i++) {
		if (clock_ms() + services[i]->timeout_ms > d->end_ms)
			continue;
		st = db_stmt(d->db, SQL_POST_WAITING);
		db_text(st, ":kind", services[i]->kind);
		db_int(st, ":now", time(NULL));
		if (db_value(st, 0) != 0)
			return 1;
	}
	return 0;
}

void
deliver_finish(struct dialer *d)
{
	int64_t end = d->end_ms, busy = clock_ms();

	deliver(d);
	while (waiting(d) && clock_ms() < end) {
		if (d->posts != NULL)
			busy = clock_ms();
		else if (clock_ms() > busy + IDLE_MS)
			break;	/* what is due cannot be begun */
		if (pass_interrupted() && end > clock_ms() + LAST_MS)
			end = clock_ms() + LAST_MS;
		http_wait(d->http, LOOK_MS);
		deliver(d);
	}
	http_drop(d->http);
	conclude_all(d);
}

void
deliver_close(struct dialer *d)
{
	struct post *p;

	while ((p = d->posts) != NULL) {
		d->posts = p->next;
		post_free(p);
	}
}
