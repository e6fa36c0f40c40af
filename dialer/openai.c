/*
 * The Responses API, question by question.  An answer of 200 may still be a
 * refusal, cut short or a failure; 429 may mean "later" or "never, unless you
 * pay"; a server that merely speaks the API may send anything at all.
 */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "body.h"
#include "compose.h"
#include "log.h"
#include "openai.h"

#define MAX_ANSWER	(1024 * 1024)
#define MAX_MARKS	20000
#define MAX_TOKENS	1000000000.0	/* of one answer: more is no number */

static const char shape[] = "\n\nAnswer with one JSON object that fits this "
    "JSON schema, and with nothing else:\n";

static struct json_object *
read_schema(const struct openai_question *q)
{
	struct json_object *js;
	const char *why;

	js = body_parse(q->schema, strlen(q->schema), MAX_ANSWER, MAX_MARKS,
	    &why);
	if (js == NULL)
		fatalx(why == body_no_memory ? EX_OSERR : EX_SOFTWARE,
		    "schema %s: %s", q->name, why);
	return js;
}

/* Not every server knows what to do with a schema: it is told in words too. */
static void
put_instructions(struct json_object *js, const struct openai_question *q,
    struct json_object *schema)
{
	char *text = NULL;

	if (asprintf(&text, "%s%s%s", q->instructions, shape,
	    compose_line(schema)) == -1)
		fatal(EX_OSERR, NULL);
	compose_put_text(js, "instructions", text);
	free(text);
}

static void
put_message(struct json_object *js, const char *text)
{
	struct json_object *list = compose_array(), *message =
	    compose_object();

	compose_put_text(message, "role", "user");
	compose_put_text(message, "content", text);
	compose_append(list, message);
	compose_put(js, "input", list);
}

static void
put_format(struct json_object *js, const struct openai_question *q,
    struct json_object *schema)
{
	struct json_object *text = compose_object(), *format =
	    compose_object();

	compose_put_text(format, "type", "json_schema");
	compose_put_text(format, "name", q->name);
	compose_put(format, "strict", compose_true());
	compose_put(format, "schema", schema);
	compose_put(text, "format", format);
	compose_put(js, "text", text);
}

/* What is said in a call is nobody's to keep: "store" is false, and neither a
 * number nor any id of ours is sent along. */
void
openai_ask(struct http_request *r, const struct openai_question *q)
{
	struct json_object *js = compose_object(), *schema = read_schema(q),
	    *prompt;
	char *url = NULL;

	memset(r, 0, sizeof(*r));
	compose_put_text(js, "model", q->model);
	if (q->prompt_id != NULL) {
		prompt = compose_object();
		compose_put_text(prompt, "id", q->prompt_id);
		compose_put(js, "prompt", prompt);
	} else
		put_instructions(js, q, schema);
	put_message(js, q->message);
	put_format(js, q, schema);
	compose_put_int(js, "max_output_tokens", q->max_tokens);
	compose_put(js, "store", compose_false());
	if (asprintf(&url, "%s/responses", q->api) == -1)
		fatal(EX_OSERR, NULL);
	r->body = strdup(compose_line(js));
	json_object_put(js);
	if (r->body == NULL)
		fatal(EX_OSERR, NULL);
	r->method = "POST";
	r->url = url;
	r->bearer = q->key;
	r->bodysz = strlen(r->body);
	r->type = "application/json";
	/* libcurl may send it twice on a kept connection, and it costs. */
	r->once = 1;
}

void
openai_free(struct http_request *r)
{
	http_clear(r);
	free((char *)(uintptr_t)r->url);
	free((char *)(uintptr_t)r->body);
	r->url = r->body = NULL;
}

static void __attribute__((format(printf, 3, 4)))
end(struct openai_answer *a, enum openai_end how, const char *fmt, ...)
{
	va_list ap;

	a->end = how;
	va_start(ap, fmt);
	vsnprintf(a->say, sizeof(a->say), fmt, ap);
	va_end(ap);
}

/* A word of the server's for a message: what is none could be anything, the
 * key or a transcript included. */
static const char *
word(struct json_object *js, const char *path)
{
	const char *s = body_text(js, path);
	size_t n = s == NULL ? 0 : strlen(s);

	if (n == 0 || n > 60 || s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.[]-")] != '\0' ||
	    strncmp(s, "sk-", 3) == 0)
		return "";
	return s;
}

static int
one_of(const char *s, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(s, *list) == 0)
			return 1;
	return 0;
}

static int
about_prompt(struct json_object *js)
{
	const char *param = body_text(js, "error.param");
	const char *message = body_text(js, "error.message");

	return (param != NULL && strncmp(param, "prompt", 6) == 0) ||
	    (message != NULL && strcasestr(message, "prompt") != NULL);
}

static enum openai_end
refusal(const struct http_request *r, const struct openai_question *q,
    struct json_object *js)
{
	static const char *const money[] = { "insufficient_quota",
	    "credit_balance_exhausted", "organization_spend_limit_exceeded",
	    "project_spend_limit_exceeded",
	    "organization_usage_limit_exceeded", "billing_hard_limit_reached",
	    NULL };
	const char *code = word(js, "error.code");

	if (q->prompt_id != NULL && (r->status == 400 || r->status == 404) &&
	    about_prompt(js))
		return OPENAI_PROMPT;
	if (one_of(code, money) || one_of(word(js, "error.type"), money) ||
	    r->status == 402)
		return OPENAI_QUOTA;
	if (r->status == 408 || r->status == 409 || r->status == 425 ||
	    r->status == 429 || r->status >= 500)
		return OPENAI_BUSY;
	/* 404: no such model, or no such address */
	if (r->status == 401 || r->status == 403 || r->status == 404)
		return OPENAI_KEY;
	return OPENAI_BAD;
}

static void
read_refusal(const struct http_request *r, const struct openai_question *q,
    struct openai_answer *a)
{
	struct json_object *js = NULL;
	const char *why, *code;

	if (r->reply != NULL)
		js = body_parse(r->reply, r->replysz, 65536, 1000, &why);
	if (*(code = word(js, "error.code")) == '\0')
		code = word(js, "error.type");
	end(a, refusal(r, q, js), "OpenAI answered %ld%s%s%s%s", r->status,
	    *code != '\0' ? " " : "", code,
	    *word(js, "error.param") != '\0' ? ", about " : "",
	    word(js, "error.param"));
	json_object_put(js);
}

static int64_t
tokens(struct json_object *js, const char *path)
{
	double d;

	return body_number(js, path, &d) == 0 && d >= 0 && d <= MAX_TOKENS ?
	    (int64_t)d : 0;
}

/* The text of all messages in a row; a refusal is in *refused.  Items of other
 * kinds stand between them, in any order.  Caller frees. */
static char *
message_text(struct json_object *js, const char **refused)
{
	struct json_object *output = body_get(js, "output"), *item, *content,
	    *part;
	char *text = NULL, *longer;
	size_t i, k;

	*refused = NULL;
	for (i = 0; json_object_is_type(output, json_type_array) &&
	    i < json_object_array_length(output); i++) {
		item = json_object_array_get_idx(output, i);
		content = body_get(item, "content");
		if (strcmp(word(item, "type"), "message") != 0)
			continue;
		for (k = 0; json_object_is_type(content, json_type_array) &&
		    k < json_object_array_length(content); k++) {
			part = json_object_array_get_idx(content, k);
			if (strcmp(word(part, "type"), "refusal") == 0)
				*refused = body_text(part, "refusal");
			if (strcmp(word(part, "type"), "output_text") != 0 ||
			    body_text(part, "text") == NULL)
				continue;
			if (asprintf(&longer, "%s%s", text != NULL ? text :
			    "", body_text(part, "text")) == -1)
				fatal(EX_OSERR, NULL);
			free(text);
			text = longer;
		}
	}
	return text;
}

/* Some servers wrap the object in ``` or in friendly words. */
static void
read_value(const char *text, const struct openai_question *q,
    struct openai_answer *a)
{
	const char *from = strchr(text, '{'), *to = strrchr(text, '}'), *why;
	struct json_object *schema;
	char fault[160];

	if (from == NULL || to == NULL || to < from) {
		end(a, OPENAI_INVALID, "the model's answer is no JSON object");
		return;
	}
	a->value = body_parse(from, (size_t)(to - from) + 1, MAX_ANSWER,
	    MAX_MARKS, &why);
	if (a->value == NULL) {
		end(a, why == body_no_memory ? OPENAI_BUSY : OPENAI_INVALID,
		    "the model's answer is %s", why);
		return;
	}
	schema = read_schema(q);
	if (openai_fit(a->value, schema, fault, sizeof(fault)) == 0)
		a->end = OPENAI_OK;
	else {
		end(a, OPENAI_INVALID, "the model's answer is against the "
		    "schema: %s", fault);
		json_object_put(a->value);
		a->value = NULL;
	}
	json_object_put(schema);
}

static void
read_completed(struct json_object *js, const struct openai_question *q,
    struct openai_answer *a)
{
	const char *refused;
	char *text = message_text(js, &refused);

	if (refused != NULL) {
		end(a, OPENAI_REFUSED, "the model refuses");
		if ((a->words = strndup(refused, 400)) == NULL)
			fatal(EX_OSERR, NULL);
	} else if (text == NULL)
		end(a, OPENAI_INVALID, "the answer has no text");
	else
		read_value(text, q, a);
	free(text);
}

/* A failure inside an answer of 200. */
static void
read_failed(struct json_object *js, struct openai_answer *a)
{
	static const char *const later[] = { "server_error",
	    "rate_limit_exceeded", "vector_store_timeout", NULL };
	const char *code = word(js, "error.code");

	end(a, one_of(code, later) ? OPENAI_BUSY : OPENAI_BAD,
	    "OpenAI failed: %s", *code != '\0' ? code : "no reason given");
}

static void
read_response(struct json_object *js, const struct openai_question *q,
    struct openai_answer *a)
{
	const char *status = word(js, "status");
	const char *reason = word(js, "incomplete_details.reason");

	a->input_tokens = tokens(js, "usage.input_tokens");
	a->output_tokens = tokens(js, "usage.output_tokens");
	snprintf(a->id, sizeof(a->id), "%s", word(js, "id"));
	if (strcmp(status, "failed") == 0)
		read_failed(js, a);
	else if (strcmp(status, "incomplete") == 0 &&
	    strcmp(reason, "max_output_tokens") == 0)
		end(a, OPENAI_CUT, "the answer was cut at %ld tokens",
		    q->max_tokens);
	else if (strcmp(status, "incomplete") == 0 &&
	    strcmp(reason, "content_filter") == 0)
		end(a, OPENAI_FILTERED, "the server's filter of contents has "
		    "ended the answer");
	else if (strcmp(status, "completed") == 0)
		read_completed(js, q, a);
	else
		end(a, OPENAI_INVALID, "the answer is %s", *status != '\0' ?
		    status : "none of the Responses API");
}

void
openai_read(const struct http_request *r, const struct openai_question *q,
    struct openai_answer *a)
{
	struct json_object *js;
	const char *why = "empty";

	memset(a, 0, sizeof(*a));
	a->retry_after = r->retry_after;
	if (r->error[0] != '\0' || r->status == 0) {
		end(a, OPENAI_BUSY, "OpenAI did not answer: %.200s", r->error);
		return;
	}
	if (r->status != 200) {
		read_refusal(r, q, a);
		return;
	}
	js = r->reply == NULL ? NULL : body_parse(r->reply, r->replysz,
	    MAX_ANSWER, MAX_MARKS, &why);
	if (js == NULL)
		end(a, why == body_no_memory ? OPENAI_BUSY : OPENAI_INVALID,
		    "OpenAI's answer is %s", why);
	else
		read_response(js, q, a);
	json_object_put(js);
}

void
openai_clear(struct openai_answer *a)
{
	json_object_put(a->value);
	free(a->words);
	memset(a, 0, sizeof(*a));
}
