/* What openai.h promises: what is asked, and what an answer is worth.  Nothing
 * that is not in the schema goes any further. */
#include "unit.h"

#include <json-c/json.h>

#include "body.h"
#include "openai.h"

#define SCHEMA	"{\"type\":\"object\",\"additionalProperties\":false," \
	"\"required\":[\"mood\",\"score\",\"topics\",\"name\"]," \
	"\"properties\":{" \
	"\"mood\":{\"type\":\"string\",\"enum\":[\"good\",\"bad\"]}," \
	"\"score\":{\"type\":\"integer\"}," \
	"\"topics\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}," \
	"\"name\":{\"type\":[\"string\",\"null\"]}}}"
#define GOOD	"{\\\"mood\\\":\\\"good\\\",\\\"score\\\":70," \
	"\\\"topics\\\":[\\\"price\\\"],\\\"name\\\":null}"
#define SAYS(text) "{\"id\":\"resp_1\",\"object\":\"response\"," \
	"\"status\":\"completed\",\"error\":null,\"output\":[" \
	"{\"type\":\"reasoning\",\"summary\":[]}," \
	"{\"type\":\"message\",\"content\":[{\"type\":\"output_text\"," \
	"\"text\":\"" text "\"}]}],\"usage\":{\"input_tokens\":120," \
	"\"output_tokens\":30}}"
#define ERROR(type, code, param) "{\"error\":{\"message\":\"Key sk-12345\"," \
	"\"type\":\"" type "\",\"param\":" param ",\"code\":" code "}}"

static const struct openai_question question = {
	.api = "https://api.example.org/v1", .key = "sk-1", .model = "m-1",
	.instructions = "Describe it.", .message = "> hello", .name = "talk",
	.schema = SCHEMA, .max_tokens = 100
};

static struct json_object *
asked(const struct openai_question *q)
{
	struct http_request r;
	struct json_object *js;
	const char *why;

	openai_ask(&r, q);
	assert_string_equal(r.method, "POST");
	assert_string_equal(r.url, "https://api.example.org/v1/responses");
	assert_string_equal(r.bearer, "sk-1");
	assert_true(r.once);
	js = body_parse(r.body, r.bodysz, BODY_MAX_BYTES, BODY_MAX_MARKS,
	    &why);
	assert_non_null(js);
	openai_free(&r);
	return js;
}

static void
test_what_is_said_is_data_and_is_not_kept(void **state)
{
	struct json_object *js = asked(&question), *item;

	(void)state;
	assert_string_equal(body_text(js, "model"), "m-1");
	assert_false(json_object_get_boolean(body_get(js, "store")));
	assert_non_null(body_get(js, "store"));
	assert_null(strstr(body_text(js, "instructions"), "hello"));
	assert_non_null(strstr(body_text(js, "instructions"), "\"mood\""));
	item = json_object_array_get_idx(body_get(js, "input"), 0);
	assert_string_equal(body_text(item, "role"), "user");
	assert_string_equal(body_text(item, "content"), "> hello");
	assert_string_equal(body_text(js, "text.format.type"), "json_schema");
	assert_true(json_object_get_boolean(body_get(js,
	    "text.format.strict")));
	assert_non_null(body_get(js, "text.format.schema.properties.mood"));
	assert_null(body_get(js, "prompt"));
	json_object_put(js);
}

static void
test_a_stored_prompt_stands_in_for_the_instructions(void **state)
{
	struct openai_question q = question;
	struct json_object *js;

	(void)state;
	q.prompt_id = "pmpt_1";
	js = asked(&q);
	assert_string_equal(body_text(js, "prompt.id"), "pmpt_1");
	assert_null(body_get(js, "instructions"));
	assert_non_null(body_get(js, "text.format.schema"));
	json_object_put(js);
}

static const struct answer_case {
	long		 status;
	const char	*reply;
	enum openai_end	 end;
	const char	*say;		/* a part of it */
} answers[] = {
	{ 200, SAYS(GOOD), OPENAI_OK, "" },
	{ 200, SAYS("```json\\n" GOOD "\\n```"), OPENAI_OK, "" },
	{ 200, SAYS("Here you are: " GOOD " Bye."), OPENAI_OK, "" },
	{ 200, SAYS("I do not know"), OPENAI_INVALID, "no JSON object" },
	{ 200, SAYS("{\\\"mood\\\":"), OPENAI_INVALID, "no JSON object" },
	{ 200, SAYS("{}"), OPENAI_INVALID, "mood is missing" },
	{ 200, "{\"status\":\"completed\",\"output\":[{\"type\":\"message\","
	    "\"content\":[{\"type\":\"refusal\",\"refusal\":\"No.\"}]}]}",
	    OPENAI_REFUSED, "refuses" },
	{ 200, "{\"status\":\"completed\",\"output\":[]}", OPENAI_INVALID,
	    "no text" },
	{ 200, "{\"status\":\"completed\",\"output\":{\"type\":1}}",
	    OPENAI_INVALID, "no text" },
	{ 200, "{\"status\":\"incomplete\",\"incomplete_details\":"
	    "{\"reason\":\"max_output_tokens\"}}", OPENAI_CUT,
	    "cut at 100 tokens" },
	{ 200, "{\"status\":\"incomplete\",\"incomplete_details\":"
	    "{\"reason\":\"content_filter\"}}", OPENAI_FILTERED, "filter" },
	{ 200, "{\"status\":\"failed\",\"error\":{\"code\":\"server_error\"}}",
	    OPENAI_BUSY, "server_error" },
	{ 200, "{\"status\":\"failed\",\"error\":{\"code\":"
	    "\"invalid_prompt\"}}", OPENAI_BAD, "invalid_prompt" },
	{ 200, "{\"status\":\"queued\"}", OPENAI_INVALID, "is queued" },
	{ 200, "{\"choices\":[]}", OPENAI_INVALID, "none of the Responses" },
	{ 200, "<html>", OPENAI_INVALID, "neither object nor array" },
	{ 200, NULL, OPENAI_INVALID, "empty" },
	{ 400, ERROR("invalid_request_error", "\"context_length_exceeded\"",
	    "\"input\""), OPENAI_BAD, "400 context_length_exceeded, about" },
	{ 401, ERROR("invalid_request_error", "\"invalid_api_key\"", "null"),
	    OPENAI_KEY, "401 invalid_api_key" },
	{ 403, "<html>", OPENAI_KEY, "403" },
	{ 404, ERROR("invalid_request_error", "\"model_not_found\"", "null"),
	    OPENAI_KEY, "model_not_found" },
	{ 408, NULL, OPENAI_BUSY, "408" },
	{ 409, NULL, OPENAI_BUSY, "409" },
	{ 429, ERROR("requests", "\"rate_limit_exceeded\"", "null"),
	    OPENAI_BUSY, "rate_limit_exceeded" },
	{ 429, ERROR("insufficient_quota", "\"insufficient_quota\"", "null"),
	    OPENAI_QUOTA, "insufficient_quota" },
	{ 429, ERROR("insufficient_quota", "null", "null"), OPENAI_QUOTA,
	    "insufficient_quota" },
	{ 429, ERROR("x", "\"credit_balance_exhausted\"", "null"),
	    OPENAI_QUOTA, "credit_balance_exhausted" },
	{ 429, ERROR("x", "\"project_spend_limit_exceeded\"", "null"),
	    OPENAI_QUOTA, "project_spend_limit_exceeded" },
	{ 429, "<html>", OPENAI_BUSY, "429" },
	{ 500, NULL, OPENAI_BUSY, "500" },
	{ 503, ERROR("service_unavailable_error",
	    "\"server_is_overloaded\"", "null"), OPENAI_BUSY, "overloaded" },
	{ 400, ERROR("sk-12345", "\"sk-12345\"", "\"sk-12345\""), OPENAI_BAD,
	    "400" },
	{ 302, NULL, OPENAI_BAD, "302" },
	{ 0, NULL, OPENAI_BUSY, "did not answer" },
};

static void
read_answer(struct openai_answer *a, const struct openai_question *q,
    long status, const char *reply)
{
	struct http_request r = { .status = status, .sent = 1,
	    .retry_after = -1 };

	if (reply != NULL) {
		r.reply = strdup(reply);
		r.replysz = strlen(reply);
	}
	if (status == 0)
		snprintf(r.error, sizeof(r.error), "timeout");
	openai_read(&r, q, a);
	http_clear(&r);
}

static void
test_each_answer_is_worth_what_it_is_worth(void **state)
{
	const struct answer_case *c;
	struct openai_answer a;

	(void)state;
	for (c = answers; c < answers + LENGTH(answers); c++) {
		read_answer(&a, &question, c->status, c->reply);
		if (a.end != c->end || strstr(a.say, c->say) == NULL ||
		    (a.value != NULL) != (c->end == OPENAI_OK))
			fail_msg("%ld %s: end %d, \"%s\"", c->status,
			    c->reply, a.end, a.say);
		assert_null(strstr(a.say, "sk-1"));
		openai_clear(&a);
	}
}

static void
test_tokens_and_the_servers_id_are_kept(void **state)
{
	struct openai_answer a;

	(void)state;
	read_answer(&a, &question, 200, SAYS("no"));
	assert_int_equal(a.input_tokens, 120);
	assert_int_equal(a.output_tokens, 30);
	assert_string_equal(a.id, "resp_1");
	openai_clear(&a);
	read_answer(&a, &question, 200, "{\"status\":\"completed\","
	    "\"id\":\"a b\\n\",\"usage\":{\"input_tokens\":-5,"
	    "\"output_tokens\":1e300}}");
	assert_int_equal(a.input_tokens, 0);
	assert_int_equal(a.output_tokens, 0);
	assert_string_equal(a.id, "");
	openai_clear(&a);
}

static void
test_only_a_question_with_a_stored_prompt_can_lack_it(void **state)
{
	static const char gone[] = ERROR("invalid_request_error", "null",
	    "\"prompt\"");
	struct openai_question q = question;
	struct openai_answer a;

	(void)state;
	read_answer(&a, &q, 400, gone);
	assert_int_equal(a.end, OPENAI_BAD);
	openai_clear(&a);
	q.prompt_id = "pmpt_1";
	read_answer(&a, &q, 400, gone);
	assert_int_equal(a.end, OPENAI_PROMPT);
	openai_clear(&a);
	read_answer(&a, &q, 404, "{\"error\":{\"message\":"
	    "\"Prompt not found\"}}");
	assert_int_equal(a.end, OPENAI_PROMPT);
	openai_clear(&a);
}

/* What is left of a value, NULL when it does not fit; caller frees. */
static char *
fitted(const char *text)
{
	struct json_object *value, *schema;
	const char *why;
	char say[200], *s = NULL;

	value = body_parse(text, strlen(text), BODY_MAX_BYTES, BODY_MAX_MARKS,
	    &why);
	schema = body_parse(SCHEMA, strlen(SCHEMA), BODY_MAX_BYTES,
	    BODY_MAX_MARKS, &why);
	if (openai_fit(value, schema, say, sizeof(say)) == 0)
		s = strdup(json_object_to_json_string_ext(value,
		    JSON_C_TO_STRING_PLAIN));
	json_object_put(value);
	json_object_put(schema);
	return s;
}

static void
test_what_is_against_the_schema_is_refused(void **state)
{
	static const char *const wrong[] = {
		"[]", "{\"mood\":\"good\",\"score\":70,\"topics\":[]}",
		"{\"mood\":\"great\",\"score\":70,\"topics\":[],\"name\":null}",
		"{\"mood\":null,\"score\":70,\"topics\":[],\"name\":null}",
		"{\"mood\":\"good\",\"score\":101,\"topics\":[],\"name\":null}",
		"{\"mood\":\"good\",\"score\":-1,\"topics\":[],\"name\":null}",
		"{\"mood\":\"good\",\"score\":7.5,\"topics\":[],\"name\":null}",
		"{\"mood\":\"good\",\"score\":\"7\",\"topics\":[],"
		    "\"name\":null}",
		"{\"mood\":\"good\",\"score\":7,\"topics\":[1],\"name\":null}",
		"{\"mood\":\"good\",\"score\":7,\"topics\":[null],"
		    "\"name\":null}",
		"{\"mood\":\"good\",\"score\":7,\"topics\":\"price\","
		    "\"name\":null}",
		"{\"mood\":\"good\",\"score\":7,\"topics\":[],\"name\":true}",
		"{\"mood\":\"good\",\"score\":7,\"topics\":[],"
		    "\"name\":\"A\\u0000B\"}",
		"{\"mood\":\"good\",\"score\":7,\"topics\":[],\"name\":null,"
		    "\"call\":\"+12025550143\"}",
	};
	size_t i;
	char *s;

	(void)state;
	for (i = 0; i < LENGTH(wrong); i++)
		if ((s = fitted(wrong[i])) != NULL)
			fail_msg("%s fits", wrong[i]);
}

static void
test_what_is_too_long_is_cut_to_size(void **state)
{
	char text[30000], *s;
	size_t n, i;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text), "{\"mood\":\"bad\","
	    "\"score\":0,\"topics\":[\"a\\n\\tb\"");
	for (i = 0; i < 50; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",\"t\"");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "],\"name\":\"");
	for (i = 0; i < 3000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\xe0\xa4"
		    "\x85");
	snprintf(text + n, sizeof(text) - n, "\"}");
	s = fitted(text);
	assert_non_null(s);
	assert_non_null(strstr(s, "\"a  b\",\"t\",\"t\",\"t\",\"t\",\"t\","
	    "\"t\",\"t\",\"t\",\"t\"]"));
	assert_true(strlen(s) < 2200 && strlen(s) > 2000);
	assert_true(utf8_valid(s, strlen(s)));
	free(s);
}

int
main(void)
{
#define T(f) cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(test_what_is_said_is_data_and_is_not_kept),
		T(test_a_stored_prompt_stands_in_for_the_instructions),
		T(test_each_answer_is_worth_what_it_is_worth),
		T(test_tokens_and_the_servers_id_are_kept),
		T(test_only_a_question_with_a_stored_prompt_can_lack_it),
		T(test_what_is_against_the_schema_is_refused),
		T(test_what_is_too_long_is_cut_to_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
