/*
 * Analyses: two services of the deliver phase, "analysis" for one call and
 * "history" for all calls with one number.  A post stands for each call with a
 * confirmed transcript (sql/schema/results.sql, trigger analysis_wanted); what
 * comes back is stored as it was checked against the schema, or the reason why
 * there is nothing to store.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "analysis.h"
#include "analysis_int.h"
#include "compose.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"

#define MAX_TOKENS	4000	/* of an answer, with what it thinks */
#define QUOTA_SECS	3600	/* until somebody has paid, perhaps */
#define KEY_SECS	900
#define TRIES		24	/* the last ones an hour apart */
#define KEEP		(3 * 86400)

static const char *const kind_name[PROMPT_KINDS] = { "individual",
    "complete" };
static const char *const schema_name[PROMPT_KINDS] = { "call_analysis",
    "history_analysis" };

/* --- asking --- */

static const char *
text_or_none(struct stmt *st, int column)
{
	const char *s = db_col_text(st, column);

	return s != NULL ? s : "";
}

/* What was noted of the calls, one on a line; "" when there is none. */
static char *
read_history(struct dialer *d, const struct post *p, const char *phone)
{
	struct stmt *st = db_stmt(d->db, SQL_ANALYSIS_HISTORY);
	char *out = NULL;
	size_t size;
	FILE *fp = open_memstream(&out, &size);

	if (fp == NULL)
		fatal(EX_OSERR, NULL);
	db_int(st, ":account", p->account);
	db_text(st, ":phone", phone);
	while (db_step(st) == DB_ROW)
		fprintf(fp, "%s\n", text_or_none(st, 0));
	db_reset(st);
	if (ferror(fp) || fclose(fp) != 0)
		fatalx(EX_OSERR, "out of memory for a history");
	return out;
}

static void
count_calls(struct dialer *d, const struct post *p, struct job *j)
{
	struct stmt *st = db_stmt(d->db, SQL_ANALYSIS_COUNT);

	j->score = -1;
	db_int(st, ":account", p->account);
	db_text(st, ":phone", j->phone);
	if (db_step(st) == DB_ROW) {
		j->calls = db_col_int(st, 0);
		if (!db_col_null(st, 1))
			j->score = db_col_real(st, 1);
	}
	db_reset(st);
}

static void
use_localtime(struct dialer *d, int64_t campaign)
{
	size_t i;

	for (i = 0; i < d->ncampaigns; i++)
		if (d->campaigns[i].id == campaign)
			campaign_localtime(&d->campaigns[i]);
}

/* The row of the call, which the caller resets; NULL when there is none. */
static struct stmt *
find_call(struct dialer *d, const struct post *p)
{
	struct stmt *st = db_stmt(d->db, SQL_ANALYSIS_CALL);

	use_localtime(d, p->campaign);
	db_int(st, ":attempt", p->attempt);
	db_int(st, ":account", p->account);
	if (db_step(st) == DB_ROW)
		return st;
	db_reset(st);
	return NULL;
}

static void
fill(struct dialer *d, struct post *p, struct job *j, struct stmt *call)
{
	char *history = NULL, calls[24], score[24];
	const struct prompt *prompt = &j->analyst->prompt[j->kind];
	struct openai_question *q = &j->question;

	snprintf(j->phone, sizeof(j->phone), "%s", text_or_none(call, 0));
	if (j->kind == PROMPT_HISTORY) {
		count_calls(d, p, j);
		history = read_history(d, p, j->phone);
	}
	snprintf(calls, sizeof(calls), "%lld", (long long)j->calls);
	snprintf(score, sizeof(score), "%.0f", j->score);
	const struct prompt_value list[] = {
	    { "account", j->analyst->account },
	    { "campaign", text_or_none(call, 1) },
	    { "name", text_or_none(call, 2) },
	    { "date", text_or_none(call, 3) },
	    { "seconds", text_or_none(call, 4) },
	    { "status", text_or_none(call, 5) },
	    { "transcript", text_or_none(call, 6) },
	    { "summary", text_or_none(call, 7) },
	    { "history", history }, { "calls", calls },
	    { "average_score", j->score < 0 ? "unknown" : score },
	    { NULL, NULL } };

	q->instructions = prompt_fill(prompt->instructions, list);
	q->message = prompt_fill(prompt->message, list);
	free(history);
}

static struct job *
job_new(struct dialer *d, struct post *p, enum prompt_kind kind)
{
	struct analyst *an = dialer_account(d, p->account)->analyst;
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		fatal(EX_OSERR, NULL);
	j->dialer = d;
	j->kind = kind;
	j->analyst = an;
	j->question = (struct openai_question){ .api = d->conf->openai_api,
	    .key = an->key, .model = an->model,
	    .prompt_id = an->prompt_id[kind], .name = schema_name[kind],
	    .schema = prompt_schema[kind], .max_tokens = MAX_TOKENS };
	return j;
}

/* What was wrong with the first answer says how to ask again. */
static void
change_question(struct job *j)
{
	if (j->answer.end == OPENAI_CUT)
		j->question.max_tokens *= 2;
	if (j->answer.end == OPENAI_PROMPT) {
		log_info("%s: the stored prompt is not to be had: %s",
		    j->analyst->lane_name, j->answer.say);
		j->analyst->prompt_id[j->kind] = NULL;
		j->question.prompt_id = NULL;
	}
	openai_clear(&j->answer);
}

static int
compose(struct dialer *d, struct post *p, enum prompt_kind kind, char *why,
    size_t whysz)
{
	struct stmt *call = find_call(d, p);
	struct openai_question *q;
	struct job *j = p->data;

	if (call == NULL) {
		snprintf(why, whysz, "the transcript is gone");
		return -1;
	}
	if (j == NULL)
		p->data = j = job_new(d, p, kind);
	else
		change_question(j);
	q = &j->question;
	fill(d, p, j, call);
	db_reset(call);
	openai_ask(&p->request, q);
	free((char *)(uintptr_t)q->instructions);
	free((char *)(uintptr_t)q->message);
	q->instructions = q->message = NULL;
	tokens_reserve(d, p);
	j->begun_ms = clock_ms();
	return 0;
}

static int
compose_call(struct dialer *d, struct post *p, char *why, size_t whysz)
{
	return compose(d, p, PROMPT_CALL, why, whysz);
}

static int
compose_history(struct dialer *d, struct post *p, char *why, size_t whysz)
{
	return compose(d, p, PROMPT_HISTORY, why, whysz);
}

/* --- the answer --- */

/* An answer that is none is one more question's worth; after that, and where
 * the model will not, the failure is what is stored. */
static void
judge(struct dialer *d, struct post *p, struct answer *out)
{
	struct job *j = p->data;
	struct openai_answer *a = &j->answer;

	(void)d;
	openai_read(&p->request, &j->question, a);
	j->requests += p->request.sent;
	if (p->request.sent && p->request.error[0] != '\0')
		j->unseen += j->latest;
	j->input += a->input_tokens;
	j->output += a->output_tokens;
	j->millis += clock_ms() - j->begun_ms;
	snprintf(out->why, sizeof(out->why), "%s", a->say);
	switch (a->end) {
	case OPENAI_CUT:
	case OPENAI_INVALID:
	case OPENAI_PROMPT:
		out->again = !p->again;
		out->verdict = p->again ? VERDICT_OK : VERDICT_PERMFAIL;
		break;
	case OPENAI_BUSY:
		out->verdict = VERDICT_TEMPFAIL;
		out->after = a->retry_after > 0 ? a->retry_after : 0;
		break;
	case OPENAI_QUOTA:
	case OPENAI_KEY:
		out->verdict = VERDICT_PERMFAIL;
		out->refused = 1;
		out->after = a->end == OPENAI_QUOTA ? QUOTA_SECS : KEY_SECS;
		break;
	case OPENAI_OK:
	case OPENAI_REFUSED:
	case OPENAI_FILTERED:
	case OPENAI_BAD:
		out->verdict = VERDICT_OK;
		break;
	}
}

static const char *
state(const struct openai_answer *a)
{
	switch (a->end) {
	case OPENAI_OK:
		return "done";
	case OPENAI_REFUSED:
		return "refused";
	case OPENAI_FILTERED:
		return "filtered";
	case OPENAI_CUT:
		return "cut";
	case OPENAI_INVALID:
		return "invalid";
	default:
		return "failed";
	}
}

static int
put(struct dialer *d, const struct post *p, const char *result)
{
	const struct job *j = p->data;
	const struct openai_answer *a = &j->answer;
	struct stmt *st = db_stmt(d->db, SQL_ANALYSIS_PUT);

	db_int(st, ":account", p->account);
	db_text(st, ":phone", j->phone);
	db_text(st, ":kind", kind_name[j->kind]);
	db_int(st, ":call", j->kind == PROMPT_CALL ? p->attempt : 0);
	db_int(st, ":attempt", p->attempt);
	db_text(st, ":state", state(a));
	if (a->end != OPENAI_OK)
		db_text(st, ":error", a->words != NULL ? a->words : a->say);
	if (result != NULL)
		db_text(st, ":result", result);
	if (result != NULL && j->kind == PROMPT_HISTORY) {
		db_int(st, ":calls", j->calls);
		if (j->score >= 0)
			db_real(st, ":score", j->score);
	}
	db_text(st, ":model", j->analyst->model);
	db_text(st, ":response", a->id);
	db_int(st, ":input", j->input);
	db_int(st, ":output", j->output);
	db_int(st, ":millis", j->millis);
	db_int(st, ":now", time(NULL));
	return db_run(st);
}

/* The call is one more in the history of its number. */
static int
want_history(struct dialer *d, const struct post *p)
{
	struct stmt *st = db_stmt(d->db, SQL_POST_HISTORY);

	db_int(st, ":account", p->account);
	db_int(st, ":attempt", p->attempt);
	db_int(st, ":now", time(NULL));
	return db_run(st);
}

static int
store(struct dialer *d, struct post *p)
{
	const struct job *j = p->data;
	const struct openai_answer *a = &j->answer;

	log_info("%s: attempt %lld: %s %s%s%s", j->analyst->lane_name,
	    (long long)p->attempt, kind_name[j->kind], state(a),
	    a->say[0] != '\0' ? ": " : "", a->say);
	if (a->end != OPENAI_OK)
		return put(d, p, NULL);
	if (put(d, p, compose_line(a->value)) == -1)
		return -1;
	if (j->kind == PROMPT_HISTORY)
		return 0;
	return contact_heard(d, p->account, j->phone, p->attempt) == -1 ?
	    -1 : want_history(d, p);
}

static void
clear(struct post *p)
{
	struct job *j = p->data;

	if (j == NULL)
		return;
	if (p->begun && !p->judged)
		j->unseen += j->latest;
	tokens_settle(j->dialer, p);
	openai_clear(&j->answer);
	free(j);
	p->data = NULL;
}

/* A repeated question costs tokens and harms nobody. */
const struct service analysis_service = { .kind = "analysis",
    .tries = TRIES, .keep = KEEP, .parallel = 2, .repeats = 1,
    .lane = analyst_lane, .compose = compose_call, .judge = judge,
    .store = store, .clear = clear };
const struct service history_service = { .kind = "history",
    .tries = TRIES, .keep = KEEP, .parallel = 2, .repeats = 1,
    .lane = analyst_lane, .compose = compose_history, .judge = judge,
    .store = store, .clear = clear };
