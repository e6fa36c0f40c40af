/*
 * Looking for calls that may have been placed, in listings that are the
 * input, then confirming what was found.  Each part answers one request.
 *
 * A call is found only by its own token, in a record that has an id; and a
 * listing that does not come whole never says that a call was not placed.
 */
#include "fuzz.h"

#include <json-c/json.h>
#include <sqlite3.h>
#include <time.h>

#include "body.h"
#include "bolna.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "net.h"

#define PARTS	8

static char	 dir[128], path[140];
static struct db *db;
static sqlite3	*shell;		/* as a person would look */

static int64_t
ask(const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t v;

	CLAIM(sqlite3_prepare_v2(shell, sql, -1, &st, NULL) == SQLITE_OK);
	CLAIM(sqlite3_step(st) == SQLITE_ROW);
	v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return v;
}

static void
begin(void)
{
	static const char sql[] =
	    "BEGIN IMMEDIATE; DELETE FROM event; DELETE FROM execution;"
	    "DELETE FROM delivery; DELETE FROM attempt; DELETE FROM breaker;"
	    "UPDATE lead SET held = NULL, held_note = NULL, next_at = NULL;"
	    "INSERT INTO attempt (id, lead, campaign, account, phone, token,"
	    " state, claimed_at, sent_at, look_at, looks, first_look) VALUES"
	    " (1, 1, 1, 1, '+919999900001', 't-1', 'unknown', 0,"
	    "  unixepoch() - 7200, 0, 0, NULL),"
	    " (2, 2, 1, 1, '+919999900002', 't-2', 'unknown', 0,"
	    "  unixepoch() - 7200, 0, 2, unixepoch() - 3600);"
	    "COMMIT";

	CLAIM(sqlite3_exec(shell, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static void
take_away(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
	char name[160];
	size_t i;

	for (i = 0; i < LENGTH(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(dir);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char sql[] =
	    "INSERT INTO account (id, name) VALUES (1, 'acme');"
	    "INSERT INTO campaign (id, account, name, agent_id, sheet,"
	    " timezone, calls_per_pass, gap_secs, max_live, max_attempts)"
	    " VALUES (1, 1, 'c', 'agent-1', 'file:x.csv', 'UTC', 1, 0, 1, 4);"
	    "INSERT INTO lead (id, campaign, phone, timezone) VALUES"
	    " (1, 1, '+919999900001', 'UTC'), (2, 1, '+919999900002', 'UTC')";

	(void)argc;
	(void)argv;
	fuzz_begin();
	fuzz_dir(dir);
	snprintf(path, sizeof(path), "%s/x.db", dir);
	CLAIM(db_create(path) == 1);
	CLAIM(sqlite3_open(path, &shell) == SQLITE_OK);
	CLAIM(sqlite3_exec(shell, sql, NULL, NULL, NULL) == SQLITE_OK);
	CLAIM((db = db_open(path, 1000)) != NULL);
	begin();
	/* All is open: the names are needed no more, and nothing is left. */
	take_away();
	return 0;
}

/* Nothing is lost, and nothing is found without its token. */
static void
found_rightly(const struct part *parts, size_t n)
{
	static const char *const token[] = { "t-1", "t-2" };
	char sql[128];
	size_t i, k;
	int said;

	for (i = 0; i < 2; i++) {
		for (said = 0, k = 0; k < n; k++)
			said |= memmem(parts[k].text, parts[k].size,
			    "callsheet", 9) != NULL || memmem(parts[k].text,
			    parts[k].size, "\\u", 2) != NULL;
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM attempt "
		    "WHERE token = '%s' AND state <> 'unknown'", token[i]);
		CLAIM(ask(sql) == 0 || said);
	}
	CLAIM(ask("SELECT count(*) FROM attempt WHERE state IN"
	    " ('intent', 'sending', 'released', 'rejected')") == 0);
	CLAIM(ask("SELECT count(*) FROM attempt a WHERE state <> 'unknown'"
	    " AND NOT EXISTS (SELECT 1 FROM event"
	    "  WHERE execution = a.execution AND source = 'list'"
	    "  AND instr(body, a.token))") == 0);
	/* An end is Bolna's answer to our question, or to our listing. */
	CLAIM(ask("SELECT count(*) FROM attempt a LEFT JOIN execution e"
	    " ON e.attempt = a.id WHERE state = 'done' AND"
	    " NOT coalesce(verified AND final <> '', 0)") == 0);
	CLAIM(ask("SELECT count(*) FROM execution WHERE verified"
	    " AND final = ''") == 0);
	/* No lead is called again by itself while this is open. */
	CLAIM(ask("SELECT count(*) FROM lead l JOIN attempt a"
	    " ON a.lead = l.id WHERE a.state = 'unknown'"
	    " AND l.next_at IS NOT NULL") == 0);
}

/* One page: 1 when another follows, 0 when it was the last, -1 when it does
 * not say or is none. */
static int
page(const struct part *p, size_t *rows, double *total)
{
	struct json_object *js, *data, *more;
	const char *why;
	int rc = -1;

	if (strtol(p->head, NULL, 10) != 200 ||
	    strpbrk(p->head, "eu") != NULL)
		return -1;
	js = body_parse(p->text, p->size, 1 << 20, 1000000, &why);
	data = body_get(js, "data");
	more = body_get(js, "has_more");
	if (json_object_is_type(data, json_type_array) &&
	    json_object_is_type(more, json_type_boolean)) {
		*rows += json_object_array_length(data);
		if (body_number(js, "total", total) == -1)
			*total = 0;
		rc = json_object_get_boolean(more) ? 1 : 0;
	}
	json_object_put(js);
	return rc;
}

/* A miss counts only when every page came, the last one said so, and as many
 * rows as were announced. */
static void
missed_rightly(const struct part *parts, size_t n)
{
	size_t i, rows = 0;
	double total = 0;
	int more = 1;

	for (i = 0; i < n && more == 1; i++)
		more = page(&parts[i], &rows, &total);
	CLAIM((more == 0 && (double)rows >= total) ||
	    ask("SELECT max(looks) FROM attempt") == 2);
	CLAIM(ask("SELECT count(*) FROM lead WHERE held = 'review'") == 0 ||
	    ask("SELECT looks FROM attempt WHERE id = 2") == 3);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct part parts[PARTS];
	size_t n = fuzz_parts(data, size, parts, PARTS);
	struct http h = { .part = parts, .n = n };
	struct conf conf = { .bolna_api = (char[]){ "https://b.invalid" } };
	struct account account = { .id = 1, .name = "acme",
	    .key = (char[]){ "k" } };
	struct dialer d = { .conf = &conf, .db = db, .http = &h,
	    .accounts = &account, .naccounts = 1 };

	begin();
	settle(&d);
	missed_rightly(parts, n);
	found_rightly(parts, n);
	/* time goes by */
	CLAIM(sqlite3_exec(shell, "UPDATE execution SET confirm_at = 0, "
	    "asked_at = NULL", NULL, NULL, NULL) == SQLITE_OK);
	confirm(&d);
	found_rightly(parts, n);
	fuzz_parts_free(parts, n);
	return 0;
}
