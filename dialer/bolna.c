/*
 * Bolna's API, request by request.  Its contract is loose where it matters
 * most (no idempotency, undocumented errors), so every doubtful answer to
 * POST /call is UNKNOWN.
 */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "body.h"
#include "bolna.h"
#include "compose.h"
#include "log.h"
#include "phone.h"

#define MAX_ANSWER	(16 * 1024 * 1024)	/* a page of 50 executions */
#define MAX_MARKS	1000000
#define PAGE_SIZE	"50"			/* the most Bolna gives */

/* The sheet's columns first, so that nothing in them can replace ours. */
static struct json_object *
user_data(const struct bolna_call *c)
{
	const char *why;
	struct json_object *js = body_parse(c->variables, strlen(c->variables),
	    MAX_ANSWER, MAX_MARKS, &why);

	if (js == NULL && why == body_no_memory)
		fatalx(EX_OSERR, "out of memory for a lead's variables");
	if (!json_object_is_type(js, json_type_object)) {
		json_object_put(js);
		js = compose_object();
	}
	compose_put_text(js, "name", c->name);
	compose_put_text(js, "customer_name", c->name);
	compose_put_text(js, "phone_number", c->phone);
	compose_put_text(js, "timezone", c->timezone);
	compose_put_text(js, BOLNA_TOKEN_KEY, c->token);
	return js;
}

static void __attribute__((format(printf, 4, 5)))
begin(struct http_request *q, const char *method, const char *key,
    const char *url, ...)
{
	va_list ap;
	char *text;

	va_start(ap, url);
	if (vasprintf(&text, url, ap) == -1)
		fatal(EX_OSERR, NULL);
	va_end(ap);
	memset(q, 0, sizeof(*q));
	q->method = method;
	q->url = text;
	q->bearer = key;
}

/* What is posted is sent once, whatever becomes of it. */
static void
give(struct http_request *q, struct json_object *js)
{
	q->body = strdup(compose_line(js));
	json_object_put(js);
	if (q->body == NULL)
		fatal(EX_OSERR, NULL);
	q->bodysz = strlen(q->body);
	q->type = "application/json";
	q->once = 1;
}

/* No retry_config and no guardrail bypass are ever sent: there is one ladder
 * of retries, ours, and the agent's own hours stay in force. */
void
bolna_place(struct http_request *q, const char *api, const char *key,
    const struct bolna_call *c)
{
	struct json_object *js = compose_object();

	begin(q, "POST", key, "%s/call", api);
	compose_put_text(js, "agent_id", c->agent_id);
	compose_put_text(js, "recipient_phone_number", c->phone);
	if (c->from_number != NULL)
		compose_put_text(js, "from_phone_number", c->from_number);
	compose_put(js, "user_data", user_data(c));
	give(q, js);
}

void
bolna_get(struct http_request *q, const char *api, const char *key,
    const char *execution)
{
	/* An execution's id is a plain word (lib/execution.c). */
	begin(q, "GET", key, "%s/executions/%s", api, execution);
}

void
bolna_list(struct http_request *q, const char *api, const char *key,
    const char *agent_id, int64_t from, int64_t to, int page)
{
	char begins[32], ends[32];
	time_t t;
	struct tm tm;

	t = (time_t)from;
	strftime(begins, sizeof(begins), "%Y-%m-%dT%H:%M:%S.000Z",
	    gmtime_r(&t, &tm));
	t = (time_t)to;
	strftime(ends, sizeof(ends), "%Y-%m-%dT%H:%M:%S.000Z",
	    gmtime_r(&t, &tm));
	begin(q, "GET", key, "%s/v2/agent/%s/executions?from=%s&to=%s"
	    "&page_number=%d&page_size=" PAGE_SIZE, api, agent_id, begins,
	    ends, page);
}

void
bolna_stop(struct http_request *q, const char *api, const char *key,
    const char *execution)
{
	begin(q, "POST", key, "%s/call/%s/stop", api, execution);
}

void
bolna_me(struct http_request *q, const char *api, const char *key)
{
	begin(q, "GET", key, "%s/user/me", api);
}

void
bolna_agents(struct http_request *q, const char *api, const char *key)
{
	begin(q, "GET", key, "%s/v2/agent/all", api);
}

void
bolna_agent(struct http_request *q, const char *api, const char *key,
    const char *agent_id)
{
	begin(q, "GET", key, "%s/v2/agent/%s", api, agent_id);
}

/* PATCH and never PUT, which would replace the whole agent. */
void
bolna_hook(struct http_request *q, const char *api, const char *key,
    const char *agent_id, const char *webhook_url)
{
	struct json_object *js = compose_object(), *config = compose_object();

	begin(q, "PATCH", key, "%s/v2/agent/%s", api, agent_id);
	compose_put_text(config, "webhook_url", webhook_url);
	compose_put(js, "agent_config", config);
	give(q, js);
}

void
bolna_free(struct http_request *q)
{
	http_clear(q);
	free((char *)(uintptr_t)q->url);
	free((char *)(uintptr_t)q->body);
	q->url = q->body = NULL;
}

/* What an error says: {"message": ...} or {"detail": ...}, else nothing. */
static void
reason(const struct http_request *q, char *out, size_t size)
{
	struct json_object *js = NULL;
	const char *why, *text = NULL;

	if (q->reply != NULL)
		js = body_parse(q->reply, q->replysz, 65536, 1000, &why);
	if (js != NULL && (text = body_text(js, "message")) == NULL)
		text = body_text(js, "detail");
	if (text != NULL)
		snprintf(out, size, "Bolna refused (%ld): %.200s", q->status,
		    text);
	else
		snprintf(out, size, "Bolna refused (%ld)", q->status);
	utf8_whole(out);
	phone_hide(out);
	json_object_put(js);
}

static enum bolna_refusal
refusal(long status)
{
	switch (status) {
	case 401:
	case 403:		/* live, a bad key is 403 */
	case 404:		/* of POST /call: no such agent */
		return BOLNA_KEY;
	case 429:
		return BOLNA_RATE;
	}
	return BOLNA_CALL;
}

static int
read_execution(const struct http_request *q, char *execution, size_t size)
{
	struct json_object *js;
	const char *why;
	int rc;

	if (q->reply == NULL || (js = body_parse(q->reply, q->replysz, 65536,
	    1000, &why)) == NULL)
		return -1;
	rc = body_word(js, "execution_id", execution, size);
	json_object_put(js);
	/* It will be part of a path. */
	return rc == 0 && strpbrk(execution, "/?#%& ") == NULL ? 0 : -1;
}

enum verdict
bolna_placed(const struct http_request *q, char *execution, size_t size,
    enum bolna_refusal *why, char *say, size_t saysz)
{
	*why = BOLNA_NONE;
	say[0] = '\0';
	if (!q->sent) {
		snprintf(say, saysz, "Bolna could not be reached: %s",
		    q->error);
		return VERDICT_TEMPFAIL;
	}
	/* 408 and 425 say nothing about what was done with the request. */
	if (q->status >= 400 && q->status < 500 && q->status != 408 &&
	    q->status != 425) {
		*why = refusal(q->status);
		reason(q, say, saysz);
		return *why == BOLNA_CALL ? VERDICT_PERMFAIL :
		    VERDICT_TEMPFAIL;
	}
	if (q->status >= 200 && q->status < 300 && q->error[0] == '\0' &&
	    read_execution(q, execution, size) == 0)
		return VERDICT_OK;
	if (q->error[0] != '\0')
		snprintf(say, saysz, "It is not known whether this call was "
		    "placed (%.150s); asking Bolna", q->error);
	else
		snprintf(say, saysz, "It is not known whether this call was "
		    "placed (answer %ld); asking Bolna", q->status);
	return VERDICT_UNKNOWN;
}

struct json_object *
bolna_answer(const struct http_request *q, int *gone, enum bolna_refusal *why,
    char *say, size_t saysz)
{
	struct json_object *js;
	const char *phrase;

	*gone = q->status == 404;
	*why = BOLNA_NONE;
	if (q->status == 200 && q->error[0] == '\0' && q->reply != NULL) {
		js = body_parse(q->reply, q->replysz, MAX_ANSWER, MAX_MARKS,
		    &phrase);
		if (js == NULL)
			snprintf(say, saysz, "Bolna's answer is %s", phrase);
		return js;
	}
	if (q->status == 401 || q->status == 403)
		*why = BOLNA_KEY;
	else if (q->status == 429)
		*why = BOLNA_RATE;
	if (q->error[0] != '\0')
		snprintf(say, saysz, "Bolna did not answer: %s", q->error);
	else
		reason(q, say, saysz);
	return NULL;
}
