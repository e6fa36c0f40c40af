/*
 * A language model's answers, and what it is told.  The first line is the HTTP
 * status, with "p" behind it when a stored prompt was asked for; the rest is
 * the answer, and once more a transcript and a prompt file.
 */
#include "fuzz.h"

#include "body.h"
#include "openai.h"
#include "prompt.h"

static struct openai_question question = {
	.api = "http://127.0.0.1", .key = "key", .model = "m",
	.instructions = "Describe it.", .name = "call_analysis",
	.max_tokens = 100
};

static void
is_short_text(struct json_object *v)
{
	const char *s = json_object_get_string(v);
	size_t n = (size_t)json_object_get_string_len(v), i;

	CLAIM(strlen(s) == n && n <= 2000 && utf8_valid(s, n));
	for (i = 0; i < n; i++)
		CLAIM((unsigned char)s[i] >= ' ');
}

/* Whatever was sent, only this is stored. */
static void
is_call(struct json_object *o)
{
	struct json_object *score;
	size_t i;

	CLAIM(json_object_object_length(o) == 11);
	CLAIM(json_object_object_get_ex(o, "lead_score", &score));
	CLAIM(json_object_is_type(score, json_type_int));
	CLAIM(json_object_get_int64(score) >= 0 &&
	    json_object_get_int64(score) <= 100);
	CLAIM(strstr("positive neutral negative", body_text(o, "sentiment")) !=
	    NULL);
	json_object_object_foreach(o, name, v) {
		(void)name;
		if (json_object_is_type(v, json_type_string))
			is_short_text(v);
		if (!json_object_is_type(v, json_type_array))
			continue;
		CLAIM(json_object_array_length(v) <= 10);
		for (i = 0; i < json_object_array_length(v); i++)
			is_short_text(json_object_array_get_idx(v, i));
	}
}

static void
answered(const struct http_request *r)
{
	struct openai_answer a;

	memset(&a, 'x', sizeof(a));
	openai_read(r, &question, &a);
	CLAIM(memchr(a.say, '\0', sizeof(a.say)) != NULL);
	CLAIM(memchr(a.id, '\0', sizeof(a.id)) != NULL);
	CLAIM((a.end == OPENAI_OK) == (a.value != NULL));
	CLAIM((a.end == OPENAI_OK) == (a.say[0] == '\0'));
	CLAIM(a.end != OPENAI_OK || r->status == 200);
	CLAIM(a.input_tokens >= 0 && a.output_tokens >= 0);
	CLAIM(a.end != OPENAI_PROMPT || question.prompt_id != NULL);
	CLAIM(r->status != 500 || a.end == OPENAI_BUSY ||
	    a.end == OPENAI_QUOTA);
	if (a.value != NULL)
		is_call(a.value);
	openai_clear(&a);
}

/* Does a line end here in anybody's eyes? */
static int
line_ends(const char *s)
{
	return strchr("\n\r\v\f", *s) != NULL ||
	    strncmp(s, "\xc2\x85", 2) == 0 ||
	    strncmp(s, "\xe2\x80\xa8", 3) == 0 ||
	    strncmp(s, "\xe2\x80\xa9", 3) == 0;
}

/* No line of a transcript can pass for one of ours. */
static void
told(const char *transcript)
{
	const struct prompt_value list[] = { { "transcript", transcript },
	    { NULL, NULL } };
	char *text = prompt_fill("{{transcript}}", list);
	const char *s;

	CLAIM(strncmp(text, "> ", 2) == 0);
	CLAIM(strlen(text) < 4 * 49152 + 100);
	for (s = text; *s != '\0'; s++)
		if (line_ends(s))
			CLAIM(strncmp(s, "\n> ", 3) == 0 ||
			    strncmp(s, "\n(", 2) == 0);
	free(text);
}

/* It is one message among the others, word for word. */
static void
asked(const char *transcript)
{
	struct json_object *js;
	struct http_request r;
	const char *why;

	if (!utf8_valid(transcript, strlen(transcript)))
		return;		/* the database has none */
	question.message = transcript;
	openai_ask(&r, &question);
	js = body_parse(r.body, r.bodysz, 1 << 24, 1 << 20, &why);
	CLAIM(js != NULL);
	CLAIM(strcmp(body_text(json_object_array_get_idx(body_get(js,
	    "input"), 0), "content"), transcript) == 0);
	CLAIM(question.prompt_id != NULL || strstr(body_text(js,
	    "instructions"), "Describe it.") != NULL);
	json_object_put(js);
	openai_free(&r);
}

static void
prompted(const char *text)
{
	struct prompt p;
	char why[200];
	int kind;

	for (kind = 0; kind < PROMPT_KINDS; kind++) {
		memset(why, 'x', sizeof(why));
		if (prompt_read(&p, kind, text, why, sizeof(why)) == -1) {
			CLAIM(memchr(why, '\0', sizeof(why)) != NULL);
			continue;
		}
		CLAIM(strstr(p.instructions, "{{transcript}}") == NULL);
		CLAIM(strstr(p.instructions, "{{name}}") == NULL);
		prompt_clear(&p);
	}
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_begin();
	question.schema = prompt_schema[PROMPT_CALL];
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request r = { .sent = 1, .retry_after = -1 };
	struct part p;

	fuzz_part(&p, (const char *)data, size);
	r.status = p.size > 0 ? strtol(p.head, NULL, 10) % 1000 : 0;
	if (r.status < 100)
		r.status = 0;
	if (r.status == 0)
		snprintf(r.error, sizeof(r.error), "transfer closed");
	question.prompt_id = strchr(p.head, 'p') != NULL ? "pmpt_1" : NULL;
	r.reply = r.status != 0 && p.size > 0 ? p.text : NULL;
	r.replysz = r.reply != NULL ? p.size : 0;
	answered(&r);
	told(p.text);
	asked(p.text);
	prompted(p.text);
	free(p.text);
	return 0;
}
