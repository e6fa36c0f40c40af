/* What bolna.h promises: what is asked of Bolna, and what an answer proves
 * about a call.  A doubt is never a "no". */
#include "unit.h"

#include <json-c/json.h>

#include "body.h"
#include "bolna.h"

#define API	"https://api.example.org"
#define ID	"0b8f5a52-6d0f-4a6e-9b1e-5f1f6a7c0001"
#define QUEUED	"{\"message\":\"done\",\"status\":\"queued\"," \
	"\"execution_id\":\"" ID "\"}"

static const struct bolna_call asha = {
	.agent_id = "c0ffee00-1111-4222-8333-944455566677",
	.phone = "+919999900001", .name = "Asha", .timezone = "Asia/Kolkata",
	.token = "t0ken", .variables = "{\"appointment_day\":\"Friday\"}"
};

/* The body of the request for a call; put back by the caller. */
static struct json_object *
request_body(const struct bolna_call *call)
{
	struct http_request q;
	struct json_object *js;
	const char *why;

	bolna_place(&q, API, "key", call);
	js = body_parse(q.body, q.bodysz, BODY_MAX_BYTES, BODY_MAX_MARKS,
	    &why);
	assert_non_null(js);
	bolna_free(&q);
	return js;
}

static void
test_a_call_is_one_post_that_is_sent_at_most_once(void **state)
{
	struct http_request q;

	(void)state;
	bolna_place(&q, API, "key", &asha);
	assert_string_equal(q.method, "POST");
	assert_string_equal(q.url, API "/call");
	assert_string_equal(q.bearer, "key");
	assert_string_equal(q.type, "application/json");
	assert_int_equal(q.bodysz, strlen(q.body));
	assert_true(q.once);
	bolna_free(&q);
}

static void
test_the_request_says_who_is_called_by_whom_with_which_words(void **state)
{
	struct bolna_call call = asha;
	struct json_object *js;

	(void)state;
	call.from_number = "+12025550143";
	js = request_body(&call);
	assert_int_equal(json_object_object_length(js), 4);
	assert_string_equal(body_text(js, "agent_id"), asha.agent_id);
	assert_string_equal(body_text(js, "recipient_phone_number"),
	    "+919999900001");
	assert_string_equal(body_text(js, "from_phone_number"),
	    "+12025550143");
	assert_string_equal(body_text(js, "user_data.name"), "Asha");
	assert_string_equal(body_text(js, "user_data.timezone"),
	    "Asia/Kolkata");
	assert_string_equal(body_text(js, "user_data.appointment_day"),
	    "Friday");
	assert_string_equal(body_text(js, "user_data." BOLNA_TOKEN_KEY),
	    "t0ken");
	json_object_put(js);
}

static void
test_no_column_of_a_sheet_can_order_retries_or_break_the_rules(void **state)
{
	struct bolna_call call = asha;
	struct json_object *js;

	(void)state;
	call.variables = "{\"retry_config\":\"{\\\"enabled\\\":true}\","
	    "\"bypass_call_guardrails\":\"true\",\"scheduled_at\":\"now\","
	    "\"agent_id\":\"another\"}";
	js = request_body(&call);
	assert_int_equal(json_object_object_length(js), 3);
	assert_string_equal(body_text(js, "agent_id"), asha.agent_id);
	assert_non_null(body_get(js, "recipient_phone_number"));
	assert_non_null(body_get(js, "user_data"));
	json_object_put(js);
}

static void
test_no_column_of_a_sheet_can_replace_the_token_or_the_number(void **state)
{
	struct bolna_call call = asha;
	struct json_object *js;

	(void)state;
	call.variables = "{\"" BOLNA_TOKEN_KEY "\":\"forged\",\"name\":\"x\","
	    "\"phone_number\":\"+12025550199\",\"timezone\":\"UTC\"}";
	js = request_body(&call);
	assert_string_equal(body_text(js, "user_data." BOLNA_TOKEN_KEY),
	    "t0ken");
	assert_string_equal(body_text(js, "user_data.name"), "Asha");
	assert_string_equal(body_text(js, "user_data.phone_number"),
	    "+919999900001");
	assert_string_equal(body_text(js, "user_data.timezone"),
	    "Asia/Kolkata");
	json_object_put(js);
}

static void
test_quotes_and_unreadable_variables_do_no_harm(void **state)
{
	struct bolna_call call = asha;
	struct json_object *js;

	(void)state;
	call.name = "A \"quoted\" \\ name\n\xe0\xa4\xa8";
	call.variables = "[not json";
	js = request_body(&call);
	assert_string_equal(body_text(js, "user_data.name"), call.name);
	json_object_put(js);
}

static void
test_questions_name_the_execution_and_the_span_of_time(void **state)
{
	struct http_request q;

	(void)state;
	bolna_get(&q, API, "key", ID);
	assert_string_equal(q.method, "GET");
	assert_string_equal(q.url, API "/executions/" ID);
	bolna_free(&q);
	bolna_list(&q, API, "key", "agent", 1772658005, 1772661605, 3);
	assert_string_equal(q.url, API "/v2/agent/agent/executions"
	    "?from=2026-03-04T21:00:05.000Z&to=2026-03-04T22:00:05.000Z"
	    "&page_number=3&page_size=50");
	bolna_free(&q);
}

struct proof {
	const char		*what;
	int			 sent;
	long			 status;
	const char		*reply;		/* NULL: none */
	const char		*error;
	enum verdict		 verdict;
	enum bolna_refusal	 refusal;
};

static const struct proof proofs[] = {
	{ "an execution", 1, 200, QUEUED, "", VERDICT_OK, BOLNA_NONE },
	{ "created", 1, 201, QUEUED, "", VERDICT_OK, BOLNA_NONE },
	{ "an execution among other things", 1, 200, "{\"run_id\":7,"
	    "\"execution_id\":\"e-1\",\"x\":null}", "", VERDICT_OK,
	    BOLNA_NONE },

	/* Provably unsent: whatever else is said. */
	{ "no connection", 0, 0, NULL, "refused", VERDICT_TEMPFAIL,
	    BOLNA_NONE },
	{ "no name", 0, 0, NULL, "no such host", VERDICT_TEMPFAIL,
	    BOLNA_NONE },

	/* Refusals of this call. */
	{ "bad request", 1, 400, "{\"message\":\"no\"}", "",
	    VERDICT_PERMFAIL, BOLNA_CALL },
	{ "unprocessable", 1, 422, "{}", "", VERDICT_PERMFAIL, BOLNA_CALL },
	{ "payment", 1, 402, NULL, "", VERDICT_PERMFAIL, BOLNA_CALL },
	{ "refusal cut short", 1, 400, "{\"mess", "cut", VERDICT_PERMFAIL,
	    BOLNA_CALL },

	/* Refusals of every call. */
	{ "no key", 1, 401, "{}", "", VERDICT_TEMPFAIL, BOLNA_KEY },
	{ "bad key", 1, 403, "{}", "", VERDICT_TEMPFAIL, BOLNA_KEY },
	{ "no agent", 1, 404, "{}", "", VERDICT_TEMPFAIL, BOLNA_KEY },
	{ "too many", 1, 429, "{}", "", VERDICT_TEMPFAIL, BOLNA_RATE },

	/* May have been placed. */
	{ "silence", 1, 0, NULL, "timeout", VERDICT_UNKNOWN, BOLNA_NONE },
	{ "server error", 1, 500, "{}", "", VERDICT_UNKNOWN, BOLNA_NONE },
	{ "bad gateway", 1, 502, "<html>", "", VERDICT_UNKNOWN, BOLNA_NONE },
	{ "unavailable", 1, 503, QUEUED, "", VERDICT_UNKNOWN, BOLNA_NONE },
	{ "gateway timeout", 1, 504, NULL, "", VERDICT_UNKNOWN, BOLNA_NONE },
	{ "request timeout", 1, 408, "{}", "", VERDICT_UNKNOWN, BOLNA_NONE },
	{ "too early", 1, 425, "{}", "", VERDICT_UNKNOWN, BOLNA_NONE },
	{ "redirect", 1, 302, "", "", VERDICT_UNKNOWN, BOLNA_NONE },
	{ "no id", 1, 200, "{\"message\":\"done\"}", "", VERDICT_UNKNOWN,
	    BOLNA_NONE },
	{ "empty id", 1, 200, "{\"execution_id\":\"\"}", "", VERDICT_UNKNOWN,
	    BOLNA_NONE },
	{ "null id", 1, 200, "{\"execution_id\":null}", "", VERDICT_UNKNOWN,
	    BOLNA_NONE },
	{ "a path for an id", 1, 200, "{\"execution_id\":\"../x\"}", "",
	    VERDICT_UNKNOWN, BOLNA_NONE },
	{ "a query for an id", 1, 200, "{\"execution_id\":\"x?y\"}", "",
	    VERDICT_UNKNOWN, BOLNA_NONE },
	{ "no JSON", 1, 200, "<html>ok</html>", "", VERDICT_UNKNOWN,
	    BOLNA_NONE },
	{ "no body", 1, 200, NULL, "", VERDICT_UNKNOWN, BOLNA_NONE },
	{ "no content", 1, 204, NULL, "", VERDICT_UNKNOWN, BOLNA_NONE },
	{ "answer cut short", 1, 200, QUEUED, "cut", VERDICT_UNKNOWN,
	    BOLNA_NONE },
};

static void
answer(struct http_request *q, int sent, long status, const char *reply,
    const char *error)
{
	memset(q, 0, sizeof(*q));
	q->sent = sent;
	q->status = status;
	q->retry_after = -1;
	snprintf(q->error, sizeof(q->error), "%s", error);
	if (reply != NULL) {
		q->reply = strdup(reply);
		q->replysz = strlen(reply);
	}
}

static void
test_each_answer_proves_what_it_proves_and_no_more(void **state)
{
	const struct proof *p;
	struct http_request q;
	enum bolna_refusal why;
	enum verdict verdict;
	char id[128], say[400];

	(void)state;
	for (p = proofs; p < proofs + LENGTH(proofs); p++) {
		answer(&q, p->sent, p->status, p->reply, p->error);
		verdict = bolna_placed(&q, id, sizeof(id), &why, say,
		    sizeof(say));
		if (verdict != p->verdict || why != p->refusal)
			fail_msg("%s: verdict %d, refusal %d", p->what,
			    verdict, why);
		/* Whatever went wrong can be told to a person. */
		if ((verdict == VERDICT_OK) != (say[0] == '\0'))
			fail_msg("%s: '%s'", p->what, say);
		http_clear(&q);
	}
}

static void
test_an_accepted_call_is_known_by_its_execution(void **state)
{
	struct http_request q;
	enum bolna_refusal why;
	char id[128], small[8], say[400];

	(void)state;
	answer(&q, 1, 200, QUEUED, "");
	assert_int_equal(bolna_placed(&q, id, sizeof(id), &why, say,
	    sizeof(say)), VERDICT_OK);
	assert_string_equal(id, ID);
	/* One that cannot be kept whole is as good as none. */
	assert_int_equal(bolna_placed(&q, small, sizeof(small), &why, say,
	    sizeof(say)), VERDICT_UNKNOWN);
	http_clear(&q);
}

static void
test_a_refusal_is_told_in_bolnas_own_words_and_bounded(void **state)
{
	struct http_request q;
	enum bolna_refusal why;
	char id[128], say[400], big[4000];

	(void)state;
	answer(&q, 1, 400, "{\"message\":\"Wallet is empty\"}", "");
	bolna_placed(&q, id, sizeof(id), &why, say, sizeof(say));
	assert_string_equal(say, "Bolna refused (400): Wallet is empty");
	http_clear(&q);
	answer(&q, 1, 422, "{\"detail\":\"bad number\"}", "");
	bolna_placed(&q, id, sizeof(id), &why, say, sizeof(say));
	assert_string_equal(say, "Bolna refused (422): bad number");
	http_clear(&q);
	memset(big, 'x', sizeof(big));
	memcpy(big, "{\"message\":\"", 12);
	memcpy(big + sizeof(big) - 3, "\"}", 3);
	answer(&q, 1, 400, big, "");
	bolna_placed(&q, id, sizeof(id), &why, say, sizeof(say));
	assert_int_equal(strlen(say), strlen("Bolna refused (400): ") + 200);
	http_clear(&q);
}

static void
test_a_number_in_bolnas_words_is_masked_and_nothing_else(void **state)
{
	static const char *const words[][2] = {
		{ "+919999900001 is barred", "+91******0001 is barred" },
		{ "to +91 99999-00001, no", "to +91 *****-*0001, no" },
		{ "919999900001", "91******0001" },
		{ "limit 10 of 10.5 USD", "limit 10 of 10.5 USD" },
		{ "agent 5c730000-0000-4000-8000-00000000000a",
		    "agent 5c730000-0000-4000-8000-00000000000a" } };
	struct http_request q;
	enum bolna_refusal why;
	char id[128], say[400], body[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(body, sizeof(body), "{\"message\":\"%s\"}",
		    words[i][0]);
		answer(&q, 1, 422, body, "");
		bolna_placed(&q, id, sizeof(id), &why, say, sizeof(say));
		assert_string_equal(say + strlen("Bolna refused (422): "),
		    words[i][1]);
		http_clear(&q);
	}
}

static void
test_an_answer_to_a_question_is_json_or_a_reason(void **state)
{
	static const struct {
		long status;
		const char *reply, *error;
		int answered, gone;
		enum bolna_refusal why;
	} cases[] = {
		{ 200, "{\"id\":\"x\"}", "", 1, 0, BOLNA_NONE },
		{ 200, "{\"id\":", "", 0, 0, BOLNA_NONE },
		{ 200, "{\"id\":\"x\"}", "cut", 0, 0, BOLNA_NONE },
		{ 200, NULL, "", 0, 0, BOLNA_NONE },
		{ 404, "{}", "", 0, 1, BOLNA_NONE },
		{ 401, "{}", "", 0, 0, BOLNA_KEY },
		{ 403, "{}", "", 0, 0, BOLNA_KEY },
		{ 429, "{}", "", 0, 0, BOLNA_RATE },
		{ 500, "{\"id\":\"x\"}", "", 0, 0, BOLNA_NONE },
		{ 0, NULL, "timeout", 0, 0, BOLNA_NONE },
	};
	struct json_object *js;
	struct http_request q;
	enum bolna_refusal why;
	char say[400];
	size_t i;
	int gone;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		say[0] = '\0';
		answer(&q, 1, cases[i].status, cases[i].reply,
		    cases[i].error);
		js = bolna_answer(&q, &gone, &why, say, sizeof(say));
		if ((js != NULL) != cases[i].answered ||
		    gone != cases[i].gone || why != cases[i].why ||
		    (js == NULL && say[0] == '\0'))
			fail_msg("case %zu: %s", i, say);
		json_object_put(js);
		http_clear(&q);
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(test_a_call_is_one_post_that_is_sent_at_most_once),
		T(test_the_request_says_who_is_called_by_whom_with_which_words),
		T(test_no_column_of_a_sheet_can_order_retries_or_break_the_rules),
		T(test_no_column_of_a_sheet_can_replace_the_token_or_the_number),
		T(test_quotes_and_unreadable_variables_do_no_harm),
		T(test_questions_name_the_execution_and_the_span_of_time),
		T(test_each_answer_proves_what_it_proves_and_no_more),
		T(test_an_accepted_call_is_known_by_its_execution),
		T(test_a_refusal_is_told_in_bolnas_own_words_and_bounded),
		T(test_a_number_in_bolnas_words_is_masked_and_nothing_else),
		T(test_an_answer_to_a_question_is_json_or_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
