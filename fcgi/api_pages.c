/*
 * The pages' questions: sql/query/api_*.sql make JSON of the answers.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api_int.h"
#include "db.h"
#include "log.h"
#include "query.h"
#include "request.h"

#define DAY		86400
#define MAX_ROWS	200
#define SCAN		5000	/* calls looked at for one page of a search */
#define SCAN_STATUS	2000	/* the same when each execution is looked at */
#define MAX_OFFSET	(16 * 60)

/* A text of the query under its own name; it lives as long as the binding. */
static int
bind_text(struct stmt *st, const char *query, const char *name,
    const char *param, char text[ASKED_SIZE])
{
	int rc = query_text(query, name, text, ASKED_SIZE);

	if (rc == 1)
		db_text(st, param, text);
	return rc;
}

/* When the asker's day began; offset is in minutes. */
static int
local_midnight(const char *query, int64_t *offset, int64_t *midnight)
{
	int64_t now = time(NULL);

	if (query_number(query, "offset", -MAX_OFFSET, MAX_OFFSET, 0,
	    offset) == -1)
		return -1;
	*offset *= 60;
	*midnight = (now + *offset) / DAY * DAY - *offset;
	return 0;
}

static int
bind_now(struct db *db, struct stmt *st, struct asked *asked)
{
	int64_t offset, midnight;

	(void)db;
	if (local_midnight(asked->r->query, &offset, &midnight) == -1)
		return -1;
	db_int(st, ":midnight", midnight);
	return 0;
}

static int
bind_charts(struct db *db, struct stmt *st, struct asked *asked)
{
	int64_t offset, midnight, days;

	(void)db;
	if (local_midnight(asked->r->query, &offset, &midnight) == -1 ||
	    query_number(asked->r->query, "days", 1, 366, 30, &days) == -1)
		return -1;
	db_int(st, ":from", midnight - (days - 1) * DAY);
	db_int(st, ":offset", offset);
	return 0;
}

static int
bind_call(struct db *db, struct stmt *st, struct asked *asked)
{
	char *end;
	long long id = strtoll(asked->tail, &end, 10);

	(void)db;
	if (*end != '\0' || id < 1)
		return -1;
	db_int(st, ":id", id);
	return 0;
}

/* Without its search the list of one campaign would begin at the newest call
 * of all, which may be far from its own. */
static int64_t
newest_of(struct db *db, int64_t account, const char *campaign)
{
	struct stmt *st = db_stmt(db, SQL_API_CALL_NEWEST);

	db_int(st, ":account", account);
	db_text(st, ":campaign", campaign);
	return db_value(st, 0);
}

static int
is_number(const char *s)
{
	size_t n = strspn(s, "+0123456789 -()");

	return s[0] == '+' && s[n] == '\0' && strpbrk(s, "0123456789") != NULL;
}

/* "+91 99999-0" is "+91999990". */
static void
only_digits(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++)
		if (*s == '+' || (*s >= '0' && *s <= '9'))
			*to++ = *s;
	*to = '\0';
}

static int
bind_calls(struct db *db, struct stmt *st, struct asked *asked)
{
	const char *query = asked->r->query;
	char *campaign = asked->text[0], *text = asked->text[2];
	int64_t before, limit, newest;
	int c, s, t;

	c = bind_text(st, query, "campaign", ":campaign", campaign);
	s = bind_text(st, query, "status", ":status", asked->text[1]);
	t = query_text(query, "q", text, ASKED_SIZE);
	if (c == -1 || s == -1 || t == -1 ||
	    query_number(query, "before", 1, INT64_MAX, INT64_MAX,
	    &before) == -1 ||
	    query_number(query, "limit", 1, MAX_ROWS, 50, &limit) == -1)
		return -1;
	if (t == 1 && is_number(text)) {
		only_digits(text);
		db_text(st, ":prefix", text);
	} else if (t == 1) {
		db_text(st, ":text", text);
	}
	if (c == 1 && (newest = newest_of(db, asked->account, campaign)) <
	    before)
		before = newest;
	db_int(st, ":before", before);
	db_int(st, ":limit", limit);
	db_int(st, ":scan", s == 1 ? SCAN_STATUS : c == 1 || t == 1 ? SCAN :
	    limit);
	return 0;
}

/* found with what is to be said of one lead: a new text; NULL without memory
 * or a database. */
static char *
find_why(struct db *db, char *found, int64_t lead, int64_t campaign)
{
	struct stmt *st = db_stmt(db, SQL_API_WHY_NOW);
	const char *text;
	char *more = NULL;

	db_text(st, ":found", found);
	db_int(st, ":lead", lead);
	db_int(st, ":campaign", campaign);
	if (db_step(st) == DB_ROW && (text = db_col_text(st, 0)) != NULL)
		more = strdup(text);
	db_reset(st);
	free(found);
	return more;
}

/* The rules are asked about one person after another: of all at once SQLite
 * would look at everybody. */
static char *
find_all(struct db *db, const struct asked *asked)
{
	struct stmt *st = db_stmt(db, SQL_API_WHY_LEADS);
	char *found = strdup("{}");
	int rc = DB_DONE;

	db_int(st, ":account", asked->account);
	db_text(st, ":digits", asked->text[0]);
	while (found != NULL && (rc = db_step(st)) == DB_ROW)
		found = find_why(db, found, db_col_int(st, 0),
		    db_col_int(st, 1));
	db_reset(st);
	if (rc == DB_DONE)
		return found;
	free(found);
	return NULL;
}

static int
bind_why(struct db *db, struct stmt *st, struct asked *asked)
{
	char *phone = asked->text[0], *to = phone, *p;

	if (query_text(asked->r->query, "phone", phone, ASKED_SIZE) != 1)
		return -1;
	for (p = phone; *p != '\0'; p++)
		if (*p >= '0' && *p <= '9')
			*to++ = *p;
	*to = '\0';
	if (strlen(phone) < 4 || strlen(phone) > 15)
		return -1;
	db_text(st, ":digits", phone);
	asked->found = find_all(db, asked);
	db_text(st, ":found", asked->found);
	return asked->found == NULL ? -2 : 0;
}

static int
bind_nothing(struct db *db, struct stmt *st, struct asked *asked)
{
	(void)db;
	(void)st;
	(void)asked;
	return 0;
}

const struct page page_now = { SQL_API_NOW, bind_now };
const struct page page_calls = { SQL_API_CALLS, bind_calls };
const struct page page_call = { SQL_API_CALL, bind_call };
const struct page page_campaigns = { SQL_API_CAMPAIGNS, bind_nothing };
const struct page page_charts = { SQL_API_CHARTS, bind_charts };
const struct page page_problems = { SQL_API_PROBLEMS, bind_nothing };
const struct page page_why = { SQL_API_WHY, bind_why };
/* It is nobody's, so it has no account. */
const struct page page_metrics = { SQL_API_METRICS, NULL };

int64_t
api_account(struct db *db, const char *user)
{
	struct stmt *st = db_stmt(db, SQL_API_ACCOUNT);

	db_text(st, ":user", user);
	return db_value(st, -1);
}

enum page_result
page_make(struct db *db, const struct page *page, struct asked *asked,
    char **text, size_t *n)
{
	struct stmt *st = db_stmt(db, page->sql);
	const char *json;
	int rc;

	*text = NULL;
	if (page->bind != NULL) {
		db_int(st, ":account", asked->account);
		if ((rc = page->bind(db, st, asked)) != 0)
			return rc == -1 ? PAGE_BAD : PAGE_FAILED;
	}
	if ((rc = db_step(st)) == DB_ROW && (json = db_col_text(st, 0)) !=
	    NULL && (*text = strdup(json)) != NULL)
		*n = strlen(json);
	db_reset(st);
	free(asked->found);
	asked->found = NULL;
	/* Without memory for a page webhooks are stored nevertheless. */
	if (rc == DB_ROW && *text == NULL)
		log_warnx("%s: out of memory", sql_name[page->sql]);
	return rc == DB_DONE ? PAGE_ABSENT : *text == NULL ? PAGE_FAILED :
	    PAGE_OK;
}
