/*
 * A person's choice by the web.  It is stored and nothing else: what follows
 * from it is the dialer's to see to, and no call ever follows from here.  Who
 * may say so was proved to the web server by a password; an account's users
 * reach that account's people, admin all.
 */
#include <json-c/json.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "body.h"
#include "candidate.h"
#include "db.h"
#include "outcome.h"

#define MARKS		200	/* of structure in an honest body */

static const char head[] = "/api/candidate/", tail[] = "/status";

int
candidate_path(const char *path, char id[CANDIDATE_ID])
{
	size_t n = strlen(path), len, i;

	if (n <= sizeof(head) - 1 + sizeof(tail) - 1 ||
	    strncmp(path, head, sizeof(head) - 1) != 0 ||
	    strcmp(path + n - (sizeof(tail) - 1), tail) != 0)
		return 0;
	len = n - (sizeof(head) - 1) - (sizeof(tail) - 1);
	if (len >= CANDIDATE_ID)
		return 0;
	memcpy(id, path + sizeof(head) - 1, len);
	id[len] = '\0';
	for (i = 0; i < len; i++)
		if (iscntrl((unsigned char)id[i]) || id[i] == '/')
			return 0;
	return utf8_valid(id, len);
}

/* A text that may be left out: 0, or -1 when it is none or too long. */
static int
read_text(struct json_object *js, const char *name, char *out, size_t size)
{
	struct json_object *v = body_get(js, name);
	const char *s = body_text(js, name);

	if (v == NULL)
		return 0;
	if (s == NULL || strlen(s) >= size)
		return -1;
	snprintf(out, size, "%s", s);
	return 0;
}

int
candidate_read(struct candidate *c, const char *body, size_t n,
    const char **why)
{
	struct json_object *js;
	const char *word;
	int what = -1;

	if ((js = body_parse(body, n, CANDIDATE_BODY, MARKS, why)) == NULL)
		return -1;
	*why = NULL;
	if ((word = body_text(js, "status")) != NULL)
		what = outcome_named(word);
	if (what == -1)
		*why = "status must be confirmed, declined, rescheduled, "
		    "pending, wrong_person, voicemail, opt_out, callback or "
		    "needs_review";
	else if (read_text(js, "at", c->at, sizeof(c->at)) == -1)
		*why = "at must be a short text";
	else if (read_text(js, "note", c->note, sizeof(c->note)) == -1)
		*why = "note must be a text of less than 512 bytes";
	else
		snprintf(c->word, sizeof(c->word), "%s",
		    outcome_name((enum outcome_word)what));
	json_object_put(js);
	return *why == NULL ? 0 : -1;
}

enum candidate_result
candidate_store(struct db *db, const struct candidate *c, int64_t now)
{
	struct stmt *st = db_stmt(db, SQL_CANDIDATE_FIND);
	int64_t lead = 0, attempt = 0;
	char rule[80];
	int rc, n;

	db_text(st, ":id", c->id);
	db_text(st, ":user", c->user);
	for (n = 0; (rc = db_step(st)) == DB_ROW; n++) {
		lead = db_col_int(st, 0);
		attempt = db_col_int(st, 1);
	}
	db_reset(st);
	if (rc == DB_FAIL)
		return CANDIDATE_FAILED;
	if (n != 1)
		return n == 0 ? CANDIDATE_ABSENT : CANDIDATE_SEVERAL;
	snprintf(rule, sizeof(rule), "web %s", c->user);
	st = db_stmt(db, SQL_OUTCOME_CHOOSE);
	db_int(st, ":lead", lead);
	if (attempt != 0)
		db_int(st, ":attempt", attempt);
	db_text(st, ":outcome", c->word);
	db_text(st, ":rule", rule);
	if (*c->at != '\0')
		db_text(st, ":slot", c->at);
	if (*c->note != '\0')
		db_text(st, ":note", c->note);
	db_int(st, ":now", now);
	return db_run(st) == -1 ? CANDIDATE_FAILED : CANDIDATE_STORED;
}
