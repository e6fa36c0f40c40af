/*
 * A small database with one person to call, and what Bolna says about it.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "unit.h"

#include <json-c/json.h>
#include <sqlite3.h>

#include "body.h"
#include "db.h"
#include "event.h"
#include "execution.h"

#define NOW	INT64_C(1772618400)	/* when everything is heard */
#define NEVER	""

/* What Bolna says of execution e-1 that minute; more begins with a comma. */
#define SAY_OF(id, status, minute, more) "{\"id\":\"" id "\",\"agent_id\":" \
	"\"agent-1\",\"status\":\"" status "\",\"updated_at\":" \
	"\"2026-03-04T10:" minute ":00Z\"" more "}"
#define SAY(status, minute, more) SAY_OF("e-1", status, minute, more)
#define TOKEN(token)	",\"context_details\":{\"recipient_data\":" \
	"{\"callsheet_attempt\":\"" token "\"}," \
	"\"recipient_phone_number\":\"+919999900001\"}"

static struct db *db;
static char dbpath[128];

/* What a person at the sqlite3 shell does and sees. */
static inline void
shell(const char *sql)
{
	char *msg = NULL;
	sqlite3 *h;

	assert_int_equal(sqlite3_open(dbpath, &h), 0);
	if (sqlite3_exec(h, sql, NULL, NULL, &msg) != SQLITE_OK)
		fail_msg("%s: %s", sql, msg);
	sqlite3_close(h);
}

static inline void
is(const char *sql, const char *want)
{
	const unsigned char *text;
	sqlite3_stmt *st = NULL;
	char got[512] = "(no row)";
	sqlite3 *h;

	assert_int_equal(sqlite3_open(dbpath, &h), 0);
	if (sqlite3_prepare_v2(h, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(h));
	if (sqlite3_step(st) == SQLITE_ROW) {
		text = sqlite3_column_text(st, 0);
		snprintf(got, sizeof(got), "%s", text == NULL ? "" :
		    (const char *)text);
	}
	sqlite3_finalize(st);
	sqlite3_close(h);
	if (strcmp(got, want) != 0)
		fail_msg("%s: '%s', not '%s'", sql, got, want);
}

static inline void
is_at(const char *sql, int64_t t)
{
	char want[32];

	snprintf(want, sizeof(want), "%lld", (long long)t);
	is(sql, want);
}

/* A new database; made once, since all are alike. */
static inline int
journal_create(void)
{
	static char blank[1 << 20];
	static size_t n;
	FILE *fp;
	int rc;

	if (n == 0) {
		if (db_create(dbpath) != 1 ||
		    (fp = fopen(dbpath, "r")) == NULL)
			return -1;
		n = fread(blank, 1, sizeof(blank), fp);
		rc = feof(fp) ? 0 : -1;
		fclose(fp);
		return rc;
	}
	if ((fp = fopen(dbpath, "w")) == NULL)
		return -1;
	rc = fwrite(blank, 1, n, fp) == n ? 0 : -1;
	return fclose(fp) == 0 ? rc : -1;
}

/* One person, called once: Bolna has answered with execution e-1. */
static inline int
journal_make(void **state)
{
	if (scratch_make(state) == -1)
		return -1;
	snprintf(dbpath, sizeof(dbpath), "%s/x.db", (char *)*state);
	if (journal_create() == -1 || (db = db_open(dbpath, 5000)) == NULL)
		return -1;
	shell("INSERT INTO account (id, name) VALUES (1, 'acme');"
	    "INSERT INTO campaign (id, account, name, agent_id, sheet,"
	    " timezone, calls_per_pass, gap_secs, max_live, max_attempts)"
	    " VALUES (1, 1, 'interviews', 'agent-1', 'file:x.csv', 'UTC', 1,"
	    " 0, 1, 4);"
	    "INSERT INTO lead (id, campaign, phone, name, timezone)"
	    " VALUES (1, 1, '+919999900001', 'Asha', 'UTC');"
	    "INSERT INTO attempt (id, lead, campaign, account, phone, token,"
	    " state, execution, claimed_at, sent_at) VALUES (1, 1, 1, 1,"
	    " '+919999900001', 'token-1', 'accepted', 'e-1', 1772618000,"
	    " 1772618001)");
	return 0;
}

static inline int
journal_remove(void **state)
{
	db_close(db);
	return scratch_remove(state);
}

/* Store one body, inside a transaction that is open. */
static inline enum event_result
store_n(enum event_source source, const char *body, size_t size)
{
	struct event ev = { .source = source, .body = body, .size = size,
	    .at = NOW };
	struct json_object *js;
	enum event_result rc;
	struct execution ex;
	const char *why;

	js = body_parse(body, size, size, size, &why);
	if (js == NULL)
		fail_msg("%.80s: %s", body, why);
	memset(&ex, 0, sizeof(ex));
	execution_decode(js, &ex);
	json_object_put(js);
	digest(body, size, ev.digest);
	ev.ex = &ex;
	rc = event_store(db, &ev);
	execution_clear(&ex);
	return rc;
}

/* Store one body and commit. */
static inline enum event_result
hear(enum event_source source, const char *body)
{
	enum event_result rc;

	assert_int_equal(db_begin(db), 0);
	rc = store_n(source, body, strlen(body));
	if (rc == EVENT_FAILED)
		db_rollback(db);
	else
		assert_int_equal(db_commit(db), 0);
	return rc;
}

#define webhook(body)	hear(EVENT_WEBHOOK, body)
#define answer(body)	hear(EVENT_GET, body)
#define listing(body)	hear(EVENT_LIST, body)

#endif
