/*
 * Who asks: an account's key, model and prompts, and how much it may ask in a
 * day.  Tokens are counted before they are spent: what a request may take is
 * reserved when it is composed, and corrected when it is over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "analysis.h"
#include "analysis_int.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"

#define DAY		86400
#define LOOK_MS		200

static int
read_prompt(struct dialer *d, struct analyst *an, enum prompt_kind kind,
    const char *file)
{
	char *text = NULL, why[200];
	int rc;

	if (file != NULL && (text = conf_file(d->conf, file, 0, NULL)) == NULL)
		return -1;
	rc = prompt_read(&an->prompt[kind], kind, text != NULL ? text :
	    prompt_default[kind], why, sizeof(why));
	if (rc == -1)
		log_warnx("%s: %s", file != NULL ? file : "built-in prompt",
		    why);
	free(text);
	return rc;
}

/* OpenAI takes stored prompts away: who still names one is told (view
 * anomaly). */
static int
mark_account(struct dialer *d, const struct account *a,
    const struct conf_account *ca)
{
	struct stmt *st = db_stmt(d->db, SQL_ACCOUNT_ANALYSED);
	int on = ca->openai_key != NULL;

	db_int(st, ":account", a->id);
	db_int(st, ":analysed", on);
	db_int(st, ":stored", on && (ca->call_prompt_id != NULL ||
	    ca->history_prompt_id != NULL));
	return db_run(st);
}

/* Models come and go, so there is none by default. */
static int
check(const struct dialer *d, const struct conf_account *ca)
{
	if (ca->openai_model == NULL)
		log_warnx("account %s: openai_key needs an openai_model",
		    ca->name);
	else if (!conf_url_ok(d->conf->openai_api))
		log_warnx("openai_api must begin with https:// (http:// only "
		    "to this machine)");
	else
		return 0;
	return -1;
}

int
analyst_open(struct dialer *d, struct account *a,
    const struct conf_account *ca)
{
	struct analyst *an;

	if (mark_account(d, a, ca) == -1)
		return -1;
	if (ca->openai_key == NULL)
		return 0;
	if (check(d, ca) == -1)
		return -1;
	if ((an = a->analyst = calloc(1, sizeof(*an))) == NULL)
		fatal(EX_OSERR, NULL);
	an->account = ca->name;
	an->model = ca->openai_model;
	an->prompt_id[PROMPT_CALL] = ca->call_prompt_id;
	an->prompt_id[PROMPT_HISTORY] = ca->history_prompt_id;
	an->cap = ca->analysis_tokens;
	an->lane.timeout_ms = ca->openai_timeout * 1000;
	an->key = dialer_key(d->conf, ca->openai_key,
	    "the API key for openai_api");
	if (an->key == NULL ||
	    read_prompt(d, an, PROMPT_CALL, ca->call_prompt) == -1 ||
	    read_prompt(d, an, PROMPT_HISTORY, ca->history_prompt) == -1)
		return -1;
	if (asprintf(&an->lane_name, "analysis %s", ca->name) == -1)
		fatal(EX_OSERR, NULL);
	an->lane.name = an->lane_name;
	an->lane.account = a->id;
	return lane_open(d, &an->lane);
}

void
analyst_close(struct analyst *an)
{
	if (an == NULL)
		return;
	prompt_clear(&an->prompt[PROMPT_CALL]);
	prompt_clear(&an->prompt[PROMPT_HISTORY]);
	if (an->key != NULL)
		explicit_bzero(an->key, strlen(an->key));
	free(an->key);
	free(an->lane_name);
	free(an);
}

/* --- the tokens of a day --- */

static int64_t
tokens_used(struct dialer *d, int64_t account, int64_t day)
{
	struct stmt *st = db_stmt(d->db, SQL_TOKENS_USED);

	db_int(st, ":account", account);
	db_int(st, ":day", day);
	return db_value(st, 0);
}

static void
tokens_change(struct dialer *d, enum sql query, const struct post *p,
    int64_t reserved)
{
	const struct job *j = p->data;
	struct stmt *st;

	if (db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, query);
	db_int(st, ":account", p->account);
	db_int(st, ":day", j->day);
	db_int(st, ":reserved", reserved);
	if (query == SQL_TOKENS_SETTLE) {
		db_int(st, ":requests", j->requests);
		db_int(st, ":input", j->input);
		db_int(st, ":output", j->output);
	}
	db_run(st);
	db_commit(d->db);
}

/* A token is four bytes of English, and fewer of other languages. */
void
tokens_reserve(struct dialer *d, const struct post *p)
{
	struct job *j = p->data;
	int64_t most = (int64_t)p->request.bodysz / 3 +
	    j->question.max_tokens;

	if (j->day == 0)
		j->day = time(NULL) / DAY;
	tokens_change(d, SQL_TOKENS_RESERVE, p, most);
	j->reserved += most;
	j->latest = most;
}

/* The server may have worked on a question whose answer never came. */
void
tokens_settle(struct dialer *d, const struct post *p)
{
	const struct job *j = p->data;

	tokens_change(d, SQL_TOKENS_SETTLE, p, j->reserved - j->unseen);
}

/* The day's tokens are used: the lane rests until the next day. */
static void
rest_for_today(struct dialer *d, struct analyst *an, int64_t day)
{
	struct stmt *st;

	an->lane.until = (day + 1) * DAY;
	log_info("%s: today's %lld tokens are used", an->lane_name,
	    (long long)an->cap);
	if (db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, SQL_TOKENS_FULL);
	db_int(st, ":account", an->lane.account);
	db_int(st, ":day", day);
	db_run(st);
	db_commit(d->db);
}

struct lane *
analyst_lane(struct dialer *d, const struct post *p)
{
	struct account *a = dialer_account(d, p->account);
	struct analyst *an = a == NULL ? NULL : a->analyst;
	int64_t day = time(NULL) / DAY;

	if (an == NULL)
		return NULL;
	if (an->lane.until > time(NULL) ||
	    tokens_used(d, p->account, day) < an->cap)
		return &an->lane;
	if (an->lane.out > 0)	/* it may take less than is reserved */
		an->lane.next_ms = clock_ms() + LOOK_MS;
	else
		rest_for_today(d, an, day);
	return &an->lane;
}
