/*
 * Folding: execution = fold of its events in one fixed order, so that any
 * order of arrival ends in the same state.  The order is
 *
 *	class, rank of the status, Bolna's updated_at, digest of the body
 *
 * where class 1 is a final status that Bolna itself gave to our authenticated
 * question, and class 0 everything else.  A field keeps its value until an
 * event further on brings another that is not empty.  At the step from class
 * 0 to class 1 all data are forgotten: what a webhook claimed and Bolna does
 * not confirm never reaches a person's row.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "body.h"
#include "db.h"
#include "event_int.h"
#include "log.h"

/* Of a body in the journal: it was taken once, so it must be understood again.
 * Bolna's answers may be larger than any webhook (dialer/bolna.c). */
#define STORED_BYTES	(16 * 1024 * 1024)
#define STORED_MARKS	1000000

static const char *const text_param[] = { ":agent", ":phone", ":stage",
    ":final", ":odd_status", ":transcript", ":summary", ":recording",
    ":extraction", ":error", ":smart_status", ":hangup_by",
    ":hangup_reason", ":hangup_code" };
static const char *const real_param[] = { ":talk", ":line", ":cost" };
static const char *const stamp_param[] = { ":ringing", ":answered",
    ":disconnected", ":ended" };

void
state_init(struct state *s)
{
	int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < R__N; i++)
		s->real[i] = -1;
	s->voicemail = -1;
	s->head.rank = -1;
}

void
state_clear(struct state *s)
{
	int i;

	for (i = 0; i < T__N; i++)
		free(s->text[i]);
	state_init(s);
}

static void
set_text(struct state *s, enum text i, const char *v)
{
	if (v == NULL || *v == '\0')
		return;
	free(s->text[i]);
	if ((s->text[i] = strdup(v)) == NULL)
		s->failed = 1;
}

static int
place_cmp(const struct place *a, const struct place *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return memcmp(a->digest, b->digest, DIGEST_SIZE);
}

int
meaning_look_up(struct db *db, const char *status, struct meaning *m)
{
	struct stmt *st = db_stmt(db, SQL_DISPOSITION_GET);
	int rc;

	memset(m, 0, sizeof(*m));
	db_text(st, ":status", status);
	if ((rc = db_step(st)) == DB_ROW) {
		snprintf(m->means, sizeof(m->means), "%s", db_col_text(st, 0));
		m->rank = (int)db_col_int(st, 1);
		m->final = (int)db_col_int(st, 2);
		m->ask_after = db_col_int(st, 3);
		m->known = 1;
	} else {
		/* Kept, but no state follows from a word nobody knows. */
		m->ask_after = 900;
	}
	db_reset(st);
	return rc == DB_FAIL ? -1 : 0;
}

/* ex moves into the item. */
int
item_fill(struct db *db, struct item *it, enum event_source source,
    const unsigned char *sum, int64_t received)
{
	if (meaning_look_up(db, it->ex.status, &it->meaning) == -1)
		return -1;
	it->place.rank = it->meaning.rank;
	if (source != EVENT_WEBHOOK && it->meaning.final)
		it->place.rank += CLASS_RANK;
	it->listed = source == EVENT_LIST;
	it->place.at = it->ex.updated_at;
	memcpy(it->place.digest, sum, DIGEST_SIZE);
	it->time = it->ex.updated_at > 0 ? it->ex.updated_at / 1000 :
	    received;
	return 0;
}

static void
stamp(struct state *s, enum stamp i, int64_t t)
{
	if (s->stamp[i] == 0 || t < s->stamp[i])
		s->stamp[i] = t;
}

static void
forget_data(struct state *s)
{
	int i;

	for (i = T__DATA; i < T__N; i++) {
		free(s->text[i]);
		s->text[i] = NULL;
	}
	for (i = 0; i < R__N; i++)
		s->real[i] = -1;
	s->stamp[S_ENDED] = 0;
	s->voicemail = -1;
}

static void
fold_status(struct state *s, const struct item *it)
{
	const struct meaning *m = &it->meaning;

	if (!m->known) {
		set_text(s, T_ODD, it->ex.status);
		return;
	}
	set_text(s, m->final ? T_FINAL : T_STAGE, m->means);
	if (m->final)
		stamp(s, S_ENDED, it->time);
	else if (strcmp(m->means, "ringing") == 0)
		stamp(s, S_RINGING, it->time);
	else if (strcmp(m->means, "in-progress") == 0)
		stamp(s, S_ANSWERED, it->time);
	else if (strcmp(m->means, "call-disconnected") == 0)
		stamp(s, S_DISCONNECTED, it->time);
}

/* Of two that are equally new, the longer: Bolna may add words to a record and
 * not say when. */
static int
is_cut(const struct state *s, const struct item *it)
{
	const char *old = s->text[T_TRANSCRIPT], *new = it->ex.transcript;

	return old != NULL && new != NULL && strlen(new) < strlen(old) &&
	    it->place.rank == s->head.rank && it->place.at == s->head.at;
}

void
fold(struct state *s, const struct item *it)
{
	const struct execution *ex = &it->ex;

	if (it->place.rank >= CLASS_RANK && !s->verified) {
		forget_data(s);
		s->verified = 1;
	}
	fold_status(s, it);
	set_text(s, T_AGENT, ex->agent);
	set_text(s, T_PHONE, ex->phone);
	if (!is_cut(s, it))
		set_text(s, T_TRANSCRIPT, ex->transcript);
	set_text(s, T_SUMMARY, ex->summary);
	set_text(s, T_RECORDING, ex->recording);
	set_text(s, T_EXTRACTION, ex->extraction);
	set_text(s, T_ERROR, ex->error);
	set_text(s, T_SMART, ex->smart_status);
	set_text(s, T_BY, ex->hangup_by);
	set_text(s, T_REASON, ex->hangup_reason);
	set_text(s, T_CODE, ex->hangup_code);
	/* A zero that follows a real number is a poorer body, not news. */
	if (ex->talk_secs > 0 || (ex->talk_secs == 0 && s->real[R_TALK] < 0))
		s->real[R_TALK] = ex->talk_secs;
	if (ex->line_secs > 0 || (ex->line_secs == 0 && s->real[R_LINE] < 0))
		s->real[R_LINE] = ex->line_secs;
	if (ex->cost_cents > 0 || (ex->cost_cents == 0 &&
	    s->real[R_COST] < 0))
		s->real[R_COST] = ex->cost_cents;
	if (ex->voicemail >= 0)
		s->voicemail = ex->voicemail;
	if (ex->retry_count > s->retry_count)
		s->retry_count = ex->retry_count;
	s->head = it->place;
}

int
item_is_next(const struct item *it, const struct state *s)
{
	return place_cmp(&it->place, &s->head) > 0;
}

static int
item_cmp(const void *a, const void *b)
{
	return place_cmp(&((const struct item *)a)->place,
	    &((const struct item *)b)->place);
}

/* One row of the journal: 1, or -1.  0 for a body that is no longer understood
 * (the decoder has changed): it is left out. */
static int
item_read(struct db *db, struct stmt *st, struct item *it)
{
	const char *source = db_col_text(st, 0), *body, *why;
	struct json_object *js;
	const void *sum;
	size_t size, n;
	int rc;

	body = db_col_blob(st, 3, &size);
	js = body_parse(body, size, STORED_BYTES, STORED_MARKS, &why);
	if (js == NULL)
		return why == body_no_memory ? -1 : 0;
	memset(it, 0, sizeof(*it));
	rc = execution_decode(js, &it->ex);
	json_object_put(js);
	sum = db_col_blob(st, 1, &n);
	if (rc == 0)
		rc = item_fill(db, it, strcmp(source, "webhook") == 0 ?
		    EVENT_WEBHOOK : EVENT_GET, sum, db_col_int(st, 2));
	if (rc == -1)
		execution_clear(&it->ex);
	return rc == -1 ? -1 : 1;
}

int
fold_journal(struct db *db, const char *id, struct state *s, char *token)
{
	struct stmt *st = db_stmt(db, SQL_EVENT_OF);
	struct item *items = NULL, *p;
	size_t n = 0, i;
	int rc, got = 0;

	state_clear(s);
	db_text(st, ":execution", id);
	while ((rc = db_step(st)) == DB_ROW) {
		if ((p = reallocarray(items, n + 1, sizeof(*p))) == NULL)
			break;
		items = p;
		if ((got = item_read(db, st, &items[n])) == -1)
			break;
		n += (size_t)got;
	}
	db_reset(st);
	if (n > 0)
		qsort(items, n, sizeof(*items), item_cmp);
	for (i = 0; i < n; i++) {
		fold(s, &items[i]);
		if (token != NULL && items[i].ex.token[0] != '\0')
			memcpy(token, items[i].ex.token,
			    sizeof(items[i].ex.token));
		execution_clear(&items[i].ex);
	}
	free(items);
	return rc == DB_DONE ? 0 : -1;
}

int
state_load(struct db *db, const char *id, struct row *row, struct state *s)
{
	struct stmt *st = db_stmt(db, SQL_EXECUTION_GET);
	const void *sum;
	size_t n;
	int rc, i, c = 0;

	state_init(s);
	memset(row, 0, sizeof(*row));
	db_text(st, ":id", id);
	if ((rc = db_step(st)) != DB_ROW)
		goto out;
	row->exists = 1;
	row->attempt = db_col_int(st, c++);
	row->asked_at = db_col_int(st, c++);
	s->verified = (int)db_col_int(st, c++);
	s->voicemail = db_col_null(st, c) ? -1 : (int)db_col_int(st, c);
	s->retry_count = db_col_int(st, ++c);
	s->head.rank = (int)db_col_int(st, ++c);
	s->head.at = db_col_int(st, ++c);
	if ((sum = db_col_blob(st, ++c, &n)) != NULL && n == DIGEST_SIZE)
		memcpy(s->head.digest, sum, n);
	for (i = 0, c++; i < T__N; i++)
		set_text(s, i, db_col_text(st, c++));
	if (s->verified && s->text[T_FINAL] != NULL)
		snprintf(row->final, sizeof(row->final), "%s",
		    s->text[T_FINAL]);
	for (i = 0; i < R__N; i++, c++)
		s->real[i] = db_col_null(st, c) ? -1 : db_col_real(st, c);
	for (i = 0; i < S__N; i++)
		s->stamp[i] = db_col_int(st, c++);
out:
	db_reset(st);
	return rc == DB_FAIL ? -1 : 0;
}

int
state_save(struct db *db, const char *id, const struct row *row,
    const struct state *s, int64_t ask, int64_t now)
{
	struct stmt *st = db_stmt(db, SQL_EXECUTION_PUT);
	int i;

	db_text(st, ":id", id);
	if (row->attempt != 0)
		db_int(st, ":attempt", row->attempt);
	db_int(st, ":now", now);
	if (ask != 0)
		db_int(st, ":confirm_at", ask);
	db_int(st, ":verified", s->verified);
	if (s->voicemail >= 0)
		db_int(st, ":voicemail", s->voicemail);
	db_int(st, ":retry_count", s->retry_count);
	db_int(st, ":head_rank", s->head.rank);
	db_int(st, ":head_at", s->head.at);
	db_blob(st, ":head_digest", s->head.digest, DIGEST_SIZE);
	for (i = 0; i < T__N; i++)
		db_text(st, text_param[i], s->text[i]);
	for (i = 0; i < R__N; i++)
		if (s->real[i] >= 0)
			db_real(st, real_param[i], s->real[i]);
	for (i = 0; i < S__N; i++)
		if (s->stamp[i] != 0)
			db_int(st, stamp_param[i], s->stamp[i]);
	return db_run(st);
}
