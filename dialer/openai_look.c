/*
 * Are the address, the key and the model right?  Asked without a word for the
 * model, so that it costs nothing.  Not every server that speaks the Responses
 * API knows GET /models/MODEL: one that does not is asked for a response to
 * nothing at all, which each of them refuses, as there is neither model nor
 * input in it.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "body.h"
#include "log.h"
#include "openai.h"

#define TIMEOUT_MS	10000
#define MAX_ANSWER	65536
#define MAX_MARKS	5000

#define ADDRESS		"openai_api in [callsheet] must be where the API " \
			"begins, such as https://api.openai.com/v1"

/* A model may be named like a path, or fine:tuned. */
static char *
model_url(const char *api, const char *model)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	char *url = malloc(strlen(api) + sizeof("/models/") +
	    3 * strlen(model)), *p;

	if (url == NULL)
		fatal(EX_OSERR, NULL);
	p = stpcpy(stpcpy(url, api), "/models/");
	for (; *model != '\0'; model++) {
		if (strchr(plain, *model) != NULL)
			*p++ = *model;
		else
			p += sprintf(p, "%%%02X", (unsigned char)*model);
	}
	*p = '\0';
	return url;
}

static struct json_object *
parse(const struct http_request *r)
{
	const char *why;

	return r->reply == NULL ? NULL : body_parse(r->reply, r->replysz,
	    MAX_ANSWER, MAX_MARKS, &why);
}

static int
is_page(const struct http_request *r)
{
	return strstr(r->reply_type, "html") != NULL || (r->reply != NULL &&
	    r->reply[strspn(r->reply, " \t\r\n")] == '<');
}

/* What both questions may be answered with: 1 when that was all. */
static int
plain_fault(const struct http_request *r, const char *api, char *say,
    size_t size, enum openai_look *rc)
{
	*rc = OPENAI_WRONG;
	if (r->status == 0)
		snprintf(say, size, "%s does not answer: %.150s; is openai_api "
		    "right, and the server running?", api, r->error);
	else if (r->status / 100 == 3)
		snprintf(say, size, "%s sends away to another address (%ld): "
		    "name that one; " ADDRESS, api, r->status);
	else if (r->status == 401)
		snprintf(say, size, "%s does not take the key (401): put one "
		    "that it knows into the file openai_key", api);
	else if (r->status >= 500)
		snprintf(say, size, "%s has trouble of its own (%ld): calls "
		    "are analysed when that is over; ask again later", api,
		    r->status);
	else if (is_page(r))
		snprintf(say, size, "a web page is at %s, and no API (%ld): "
		    ADDRESS, api, r->status);
	else if (r->status == 429) {
		*rc = OPENAI_UNSEEN;
		snprintf(say, size, "cannot verify: %s was asked too often, "
		    "or there is no money for it (429); ask again later",
		    api);
	} else
		return 0;
	return 1;
}

/* OpenAI names the day from which on there is no such model. */
static void
say_model(struct json_object *js, const char *model, char *say, size_t size,
    enum openai_look *rc)
{
	char day[32] = "";
	struct tm tm;
	time_t until;
	double end;

	*rc = OPENAI_THERE;
	if (body_number(js, "shutdown_date", &end) == 0 && end > 0 &&
	    end < 1e11) {
		until = (time_t)end;
		strftime(day, sizeof(day), "%Y-%m-%d", gmtime_r(&until, &tm));
		if (until < time(NULL))
			*rc = OPENAI_WRONG;
	}
	snprintf(say, size, "key and model %.100s are known%s%s%s", model,
	    *day == '\0' ? "" : *rc == OPENAI_WRONG ? ", but the model was "
	    "taken away on " : "; the model is taken away on ", day,
	    *day == '\0' ? "" : ": name another with openai_model");
}

/* 1 when GET /models/MODEL has told; 0 when something else must be asked. */
static int
model_told(const struct http_request *r, const char *api, const char *model,
    char *say, size_t size, enum openai_look *rc)
{
	struct json_object *js;
	const char *code;
	int told = 1;

	if (plain_fault(r, api, say, size, rc))
		return 1;
	js = parse(r);
	code = body_text(js, "error.code");
	if (r->status == 200 && body_text(js, "id") != NULL)
		say_model(js, model, say, size, rc);
	else if (r->status == 404 && code != NULL &&
	    strcmp(code, "model_not_found") == 0)
		snprintf(say, size, "%s knows no model %.100s for this key: "
		    "name one that it has with openai_model", api, model);
	else
		told = 0;
	json_object_put(js);
	return told;
}

/* A response to nothing. */
static void
response_told(const struct http_request *r, const char *api,
    const char *model, char *say, size_t size, enum openai_look *rc)
{
	if (plain_fault(r, api, say, size, rc))
		return;
	*rc = OPENAI_WRONG;
	if (r->status == 400 || r->status == 422) {
		*rc = OPENAI_UNSEEN;
		snprintf(say, size, "%s is there and takes the key, but "
		    "cannot verify the model: it does not say whether it "
		    "knows %.100s", api, model);
	} else if (r->status == 403)
		snprintf(say, size, "%s does not let this key ask for "
		    "responses (403): give it the right, or put another "
		    "into the file openai_key", api);
	else
		snprintf(say, size, "there is no Responses API at %s (%ld): "
		    ADDRESS, api, r->status);
}

enum openai_look
openai_look(struct http *http, const char *api, const char *key,
    const char *model, char *say, size_t size)
{
	struct http_request r = { .method = "GET", .bearer = key,
	    .timeout_ms = TIMEOUT_MS };
	enum openai_look rc;
	char *url = model_url(api, model);
	int told;

	r.url = url;
	http_run(http, &r, 1, 1);
	told = model_told(&r, api, model, say, size, &rc);
	http_clear(&r);
	free(url);
	if (told)
		return rc;
	memset(&r, 0, sizeof(r));
	if (asprintf(&url, "%s/responses", api) == -1)
		fatal(EX_OSERR, NULL);
	r.method = "POST";
	r.url = url;
	r.bearer = key;
	r.timeout_ms = TIMEOUT_MS;
	r.type = "application/json";
	r.body = "{}";
	r.bodysz = 2;
	r.once = 1;
	http_run(http, &r, 1, 1);
	response_told(&r, api, model, say, size, &rc);
	http_clear(&r);
	free(url);
	return rc;
}
