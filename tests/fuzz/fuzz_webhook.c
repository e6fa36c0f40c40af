/*
 * What Bolna says, from the bytes of a body to the projection: parts "%w" are
 * webhooks, "%g" answers to our GET, "%l" elements of a listing.
 *
 * Whatever is said, in whatever order, the execution ends the same; once an
 * end is confirmed, nobody else's word changes it; a body counts once.
 */
#include "fuzz.h"

#include <json-c/json.h>
#include <sqlite3.h>

#include "body.h"
#include "db.h"
#include "event.h"
#include "execution.h"

#define NOW		INT64_C(1772618400)
#define MAX_EVENTS	6
/* As lib/event.c reads the journal. */
#define STORED_BYTES	(16 * 1024 * 1024)
#define STORED_MARKS	1000000

/* Of execution_get.sql: what only Bolna's own answer may change. */
enum { C_ATTEMPT, C_ASKED, C_VERIFIED, C_VOICEMAIL, C_FINAL = 11,
    C_TRANSCRIPT = 13, C_COST = 24, C_ENDED = 28, C__N };

static struct db *db;
static sqlite3_stmt *is_json;

struct said {
	enum event_source	 source;
	char			*body;
	size_t			 size;
	struct execution	 ex;
};

struct story {
	struct said	 said[MAX_EVENTS];
	size_t		 n;
	int		 contested;	/* two executions bring one token */
};

/* An attempt that Bolna answered, two that may have been placed. */
static void
people(const char *path)
{
	static const char sql[] =
	    "INSERT INTO account (id, name) VALUES (1, 'acme');"
	    "INSERT INTO campaign (id, account, name, agent_id, sheet,"
	    " timezone, calls_per_pass, gap_secs, max_live, max_attempts)"
	    " VALUES (1, 1, 'c', 'agent-1', 'file:x.csv', 'UTC', 1, 0, 1, 4);"
	    "INSERT INTO lead (id, campaign, phone, timezone) VALUES"
	    " (1, 1, '+919999900001', 'UTC'), (2, 1, '+919999900002', 'UTC'),"
	    " (3, 1, '+919999900003', 'UTC');"
	    "INSERT INTO attempt (id, lead, campaign, account, phone, token,"
	    " state, execution) VALUES"
	    " (1, 1, 1, 1, '+919999900001', 't-1', 'accepted', 'e-1'),"
	    " (2, 2, 1, 1, '+919999900002', 't-2', 'unknown', NULL),"
	    " (3, 3, 1, 1, '+919999900003', 't-3', 'released', NULL)";
	sqlite3 *h;

	CLAIM(sqlite3_open(path, &h) == SQLITE_OK);
	CLAIM(sqlite3_exec(h, sql, NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(h);
}

/* The files must keep their names: db_begin looks whether they do. */
static char dir[128];

static void
tidy(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
	char name[160];
	size_t i;

	for (i = 0; i < LENGTH(ends); i++) {
		snprintf(name, sizeof(name), "%s/x.db%s", dir, ends[i]);
		unlink(name);
	}
	rmdir(dir);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[140];
	sqlite3 *h;

	(void)argc;
	(void)argv;
	fuzz_begin();
	CLAIM(sqlite3_open(":memory:", &h) == SQLITE_OK);
	CLAIM(sqlite3_prepare_v2(h, "SELECT json_valid(?)", -1, &is_json,
	    NULL) == SQLITE_OK);
	fuzz_dir(dir);
	snprintf(path, sizeof(path), "%s/x.db", dir);
	CLAIM(db_create(path) == 1);
	people(path);
	CLAIM((db = db_open(path, 1000)) != NULL);
	CLAIM(atexit(tidy) == 0);
	return 0;
}

/* What the dialer keeps of Bolna's answer is its own spelling of it. */
static void
respell(struct said *s, struct json_object *js)
{
	struct json_object *again;
	const char *text, *why;

	text = json_object_to_json_string_ext(js, JSON_C_TO_STRING_PLAIN |
	    JSON_C_TO_STRING_NOSLASHESCAPE);
	free(s->body);
	s->size = strlen(text);
	s->body = fuzz_copy(text, s->size);
	/* The journal must be understood for ever. */
	again = body_parse(s->body, s->size, STORED_BYTES, STORED_MARKS,
	    &why);
	CLAIM(again != NULL);
	json_object_put(again);
}

static void
sound(const struct execution *ex)
{
	CLAIM(ex->retry_count >= 0);
	CLAIM(ex->voicemail >= -1 && ex->voicemail <= 1);
	CLAIM(ex->updated_at >= 0 && ex->created_at >= 0);
	CLAIM((ex->kind == EXECUTION_NONE) == (ex->id[0] == '\0'));
	CLAIM(ex->kind != EXECUTION_CALL ||
	    strpbrk(ex->id, "/?#%&\" \r\n") == NULL);
	CLAIM(ex->recording == NULL || (strncasecmp(ex->recording, "http",
	    4) == 0 && strpbrk(ex->recording, "\"'<> ") == NULL));
	if (ex->extraction != NULL) {
		sqlite3_bind_text(is_json, 1, ex->extraction, -1,
		    SQLITE_STATIC);
		CLAIM(sqlite3_step(is_json) == SQLITE_ROW);
		CLAIM(sqlite3_column_int(is_json, 0) == 1);
		sqlite3_reset(is_json);
	}
	CLAIM(ex->transcript == NULL || *ex->transcript != '\0');
}

/* Take a body as the receiver or the dialer does; 0 when it is refused. */
static int
hear(struct story *st, struct part *p)
{
	struct said *s = &st->said[st->n];
	struct json_object *js;
	const char *why = NULL;
	size_t i;

	s->source = *p->head == 'g' ? EVENT_GET : *p->head == 'l' ?
	    EVENT_LIST : EVENT_WEBHOOK;
	js = body_parse(p->text, p->size, BODY_MAX_BYTES, BODY_MAX_MARKS,
	    &why);
	if (js == NULL) {
		CLAIM(why != NULL);
		return 0;
	}
	if (execution_decode(js, &s->ex) == -1)
		abort();
	sound(&s->ex);
	s->body = fuzz_copy(p->text, p->size);
	s->size = p->size;
	if (s->source != EVENT_WEBHOOK)
		respell(s, js);
	json_object_put(js);
	if (s->ex.kind == EXECUTION_NONE || (s->source != EVENT_WEBHOOK &&
	    s->ex.kind != EXECUTION_CALL)) {
		execution_clear(&s->ex);
		free(s->body);
		return 0;
	}
	for (i = 0; i < st->n; i++)
		if (s->ex.token[0] != '\0' && strcmp(s->ex.token,
		    st->said[i].ex.token) == 0 && strcmp(s->ex.id,
		    st->said[i].ex.id) != 0)
			st->contested = 1;
	st->n++;
	return 1;
}

static enum event_result
tell(const struct said *s)
{
	struct event ev = { .source = s->source, .body = s->body,
	    .size = s->size, .ex = &s->ex, .at = NOW };
	enum event_result rc;

	digest(s->body, s->size, ev.digest);
	rc = event_store(db, &ev);
	CLAIM(rc != EVENT_FAILED);
	CLAIM(s->ex.kind == EXECUTION_CALL || rc != EVENT_APPLIED);
	return rc;
}

/* Columns from..to-1 of the row that st stands on, as text. */
static void
add_columns(FILE *fp, struct stmt *st, int from, int to)
{
	const unsigned char *p;
	size_t size, i;
	int c;

	for (c = from; c < to; c++) {
		p = db_col_blob(st, c, &size);
		for (i = 0; i < size; i++)
			fprintf(fp, "%02x", p[i]);
		fputc('|', fp);
	}
	fputc('\n', fp);
}

static char *
finish(FILE *fp, char **text)
{
	CLAIM(fclose(fp) == 0);
	return *text;
}

/* The part of an execution that a confirmed end protects, "" before. */
static char *
confirmed(const char *id)
{
	struct stmt *st = db_stmt(db, SQL_EXECUTION_GET);
	char *text = NULL;
	size_t size;
	FILE *fp = open_memstream(&text, &size);

	CLAIM(fp != NULL);
	db_text(st, ":id", id);
	if (db_step(st) == DB_ROW && db_col_int(st, C_VERIFIED)) {
		CLAIM(*db_col_text(st, C_FINAL) != '\0');
		add_columns(fp, st, C_VERIFIED, C_VERIFIED + 2);
		add_columns(fp, st, C_FINAL, C_FINAL + 1);
		add_columns(fp, st, C_TRANSCRIPT, C_COST + 1);
		add_columns(fp, st, C_ENDED, C__N);
	}
	db_reset(st);
	return finish(fp, &text);
}

/* What the row of a lead will say, if anything; not how often it changed. */
static void
add_row(FILE *fp, int64_t lead)
{
	struct stmt *st = db_stmt(db, SQL_DELIVERY_LIST);

	db_int(st, ":campaign", 1);
	db_int(st, ":now", NOW + 1);
	db_int(st, ":limit", 10);
	while (db_step(st) == DB_ROW)
		if (db_col_int(st, 0) == lead)
			add_columns(fp, st, 2, 20);
	db_reset(st);
}

/* All executions of the story and all that their rows will say. */
static char *
outcome(const struct story *s)
{
	char *text = NULL;
	struct stmt *st;
	size_t size, i;
	int64_t lead;
	FILE *fp = open_memstream(&text, &size);

	CLAIM(fp != NULL);
	for (i = 0; i < s->n; i++) {
		if (s->said[i].ex.kind != EXECUTION_CALL)
			continue;
		st = db_stmt(db, SQL_EXECUTION_GET);
		db_text(st, ":id", s->said[i].ex.id);
		CLAIM(db_step(st) == DB_ROW);
		/* Of two that claim one attempt the first has it. */
		add_columns(fp, st, s->contested ? C_VERIFIED : C_ATTEMPT,
		    C__N);
		db_reset(st);
	}
	for (lead = 1; lead <= 3 && !s->contested; lead++)
		add_row(fp, lead);
	return finish(fp, &text);
}

/* The story as it is told: no step goes back behind a confirmed end. */
static char *
tell_first(const struct story *s)
{
	const struct said *it;
	enum event_result rc;
	char *before, *after, *text;
	size_t i;

	CLAIM(db_begin(db) == 0);
	for (i = 0; i < s->n; i++) {
		it = &s->said[i];
		before = confirmed(it->ex.id);
		rc = tell(it);
		after = confirmed(it->ex.id);
		CLAIM(*before == '\0' || *after != '\0');
		if (it->source == EVENT_WEBHOOK || rc == EVENT_KNOWN)
			CLAIM(strcmp(before, after) == 0);
		free(before);
		free(after);
		CLAIM(tell(it) == EVENT_KNOWN);
	}
	text = outcome(s);
	db_rollback(db);
	return text;
}

/* The same in another order, everything twice. */
static void
tell_again(const struct story *s, size_t from, int backwards, const char *want)
{
	size_t i, k;
	char *got;

	CLAIM(db_begin(db) == 0);
	for (i = 0; i < s->n; i++) {
		k = (from + i) % s->n;
		tell(&s->said[backwards ? s->n - 1 - k : k]);
	}
	for (i = 0; i < s->n; i++)
		CLAIM(tell(&s->said[i]) == EVENT_KNOWN);
	got = outcome(s);
	CLAIM(strcmp(got, want) == 0);
	free(got);
	db_rollback(db);
}

/* What a row will show is Bolna's word alone: it is the same when nobody else
 * has said anything. */
static void
only_bolna(const struct story *s)
{
	char *with[MAX_EVENTS], *without;
	size_t i;

	CLAIM(db_begin(db) == 0);
	for (i = 0; i < s->n; i++)
		tell(&s->said[i]);
	for (i = 0; i < s->n; i++)
		with[i] = confirmed(s->said[i].ex.id);
	db_rollback(db);
	CLAIM(db_begin(db) == 0);
	for (i = 0; i < s->n; i++)
		if (s->said[i].source != EVENT_WEBHOOK)
			tell(&s->said[i]);
	for (i = 0; i < s->n; i++) {
		without = confirmed(s->said[i].ex.id);
		CLAIM(strcmp(with[i], without) == 0);
		free(with[i]);
		free(without);
	}
	db_rollback(db);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct part parts[MAX_EVENTS];
	struct story s = { .n = 0 };
	size_t i, n = fuzz_parts(data, size, parts, MAX_EVENTS);
	char *want;

	for (i = 0; i < n; i++)
		hear(&s, &parts[i]);
	if (s.n > 0) {
		want = tell_first(&s);
		only_bolna(&s);
		/* last first; second first; and two more of the many */
		tell_again(&s, 0, 1, want);
		if (s.n > 1)
			tell_again(&s, 1, 0, want);
		if (s.n > 3) {
			tell_again(&s, s.n / 2, 0, want);
			tell_again(&s, s.n / 2, 1, want);
		}
		free(want);
	}
	for (i = 0; i < s.n; i++) {
		execution_clear(&s.said[i].ex);
		free(s.said[i].body);
	}
	fuzz_parts_free(parts, n);
	return 0;
}
