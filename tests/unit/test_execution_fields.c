/* What execution.h promises about each field: the order of its spellings, and
 * that what is out of reason stays unknown. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "execution.h"

#define MARCH_4	INT64_C(1772582400000)		/* 2026-03-04T00:00:00Z */

static struct execution
decode(const char *s)
{
	struct json_object *root;
	struct execution ex;
	const char *why = NULL;

	root = body_parse(s, strlen(s), BODY_MAX_BYTES, BODY_MAX_MARKS, &why);
	if (root == NULL)
		fail_msg("%s: %s", s, why);
	execution_decode(root, &ex);
	json_object_put(root);
	return ex;
}

static void
near(double a, double b)
{
	assert_true(a - b < 1e-9 && b - a < 1e-9);
}

static void
text(const char *s, const char *expected)
{
	if (expected == NULL)
		assert_null(s);
	else {
		assert_non_null(s);
		assert_string_equal(s, expected);
	}
}

static void
phone(const char *members, const char *expected)
{
	struct execution ex;
	char body[512];

	snprintf(body, sizeof(body), "{\"id\":\"a\",%s}", members);
	ex = decode(body);
	text(ex.phone, expected);
	execution_clear(&ex);
}

static void
test_the_phone_is_the_persons_in_calls_both_ways(void **state)
{
	(void)state;
	phone("\"phone\":\"1\",\"phone_number\":\"2\"", "2");
	phone("\"phone_number\":\"2\",\"telephony_data\":{\"to_number\":"
	    "\"3\",\"from_number\":\"4\"}", "3");
	phone("\"telephony_data\":{\"to_number\":\"3\",\"from_number\":\"4\","
	    "\"call_type\":\"inbound\"}", "4");
	phone("\"user_number\":\"5\",\"telephony_data\":{\"to_number\":"
	    "\"3\"}", "5");
	phone("\"user_number\":\"5\",\"recipient_phone_number\":\"6\"", "6");
	phone("\"context_details\":{\"recipient_phone_number\":\"7\"},"
	    "\"recipient_phone_number\":\"6\"", "7");
	phone("\"context_details\":{\"recipient_phone_number\":\"\"},"
	    "\"user_number\":15555550100", "15555550100");
	phone("\"context_details\":null,\"phone\":\"  \"", "");
}

static void
token(const char *members, const char *expected)
{
	struct execution ex;
	char body[512];

	snprintf(body, sizeof(body), "{\"id\":\"a\",%s}", members);
	ex = decode(body);
	text(ex.token, expected);
	execution_clear(&ex);
}

static void
test_only_a_token_of_our_own_shape_is_a_token(void **state)
{
	(void)state;
	token("\"user_data\":{\"callsheet_attempt\":\"t1\"}", "t1");
	token("\"context_details\":{\"recipient_data\":"
	    "{\"callsheet_attempt\":\"t2\"}},"
	    "\"user_data\":{\"callsheet_attempt\":\"t1\"}", "t2");
	token("\"context_details\":{\"recipient_data\":"
	    "{\"callsheet_attempt\":\"t 2\"}},"
	    "\"user_data\":{\"callsheet_attempt\":\"t1\"}", "t1");
	token("\"user_data\":{\"callsheet_attempt\":17}", "");
	token("\"user_data\":{\"callsheet_attempt\":\"\"}", "");
	token("\"user_data\":{\"callsheet_attempt\":\"a\\u0000b\"}", "");
	token("\"user_data\":{\"callsheet_attempt\":\"012345678901234567890"
	    "12345678901234567890123456789012345678901234\"}", "");
	token("\"callsheet_attempt\":\"t1\"", "");
}

static void
test_durations_out_of_reason_are_unknown(void **state)
{
	struct execution ex;

	(void)state;
	ex = decode("{\"id\":1,\"conversation_duration\":-1,"
	    "\"conversation_time\":null,\"duration\":\"12\","
	    "\"telephony_data\":{\"duration\":604801},\"total_cost\":-1,"
	    "\"retry_count\":-3}");
	near(ex.talk_secs, 12);
	assert_true(ex.line_secs < 0);
	assert_true(ex.cost_cents < 0);
	assert_int_equal(ex.retry_count, 0);
	execution_clear(&ex);

	ex = decode("{\"id\":1,\"telephony_data\":{\"duration\":\"45.2\"},"
	    "\"total_cost\":NaN,\"retry_count\":\"2\"}");
	near(ex.talk_secs, 45.2);
	near(ex.line_secs, 45.2);
	assert_true(ex.cost_cents < 0);
	assert_int_equal(ex.retry_count, 2);
	execution_clear(&ex);
}

/* Sums of money must stay what a column can hold. */
static void
test_prices_out_of_reason_are_unknown(void **state)
{
	static const struct { const char *body; double cost; } cases[] = {
		{ "{\"id\":1,\"total_cost\":1e300}", -1 },
		{ "{\"id\":1,\"total_cost\":10000001}", -1 },
		{ "{\"id\":1,\"total_cost\":10000000}", 1e7 },
		{ "{\"id\":1,\"total_cost\":0}", 0 },
	};
	struct execution ex;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ex = decode(cases[i].body);
		near(ex.cost_cents, cases[i].cost);
		execution_clear(&ex);
	}
}

static void
test_voicemail_is_yes_no_or_unknown(void **state)
{
	static const struct {
		const char	*value;
		int		 expected;
	} cases[] = {
		{ "true", 1 }, { "false", 0 }, { "\"true\"", 1 },
		{ "\"False\"", 0 }, { "null", -1 }, { "\"maybe\"", -1 },
		{ "1", -1 }
	};
	struct execution ex;
	char body[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(body, sizeof(body),
		    "{\"answered_by_voice_mail\":%s}", cases[i].value);
		ex = decode(body);
		assert_int_equal(ex.voicemail, cases[i].expected);
		execution_clear(&ex);
	}
}

static void
test_only_a_web_address_is_a_recording(void **state)
{
	static const char *const bad[] = {
		"javascript:alert(1)", "file:///etc/passwd", "https://",
		"ftp://example.com/a", "//example.com/a", " https://x/",
		"https://x/\\u0000", "https://x/\\na", "https://x/\\\"a",
		"https://x/<a>", "", "httpsx://a"
	};
	struct execution ex;
	char body[2200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(body, sizeof(body), "{\"telephony_data\":"
		    "{\"recording_url\":\"%s\"},"
		    "\"recording_url\":\"HTTP://example.com/2\"}", bad[i]);
		ex = decode(body);
		text(ex.recording, "HTTP://example.com/2");
		execution_clear(&ex);
	}
	for (i = 2000; i <= 2001; i++) {
		snprintf(body, sizeof(body), "{\"recording_url\":"
		    "\"https://%0*d\"}", (int)i - 8, 0);
		ex = decode(body);
		assert_int_equal(ex.recording != NULL, i == 2000);
		execution_clear(&ex);
	}
}

static void
test_texts_lose_nul_bytes_and_blank_ones_are_absent(void **state)
{
	struct execution ex;

	(void)state;
	ex = decode("{\"transcript\":\"a\\u0000b\\n\",\"summary\":\" \\n\\t\","
	    "\"error_message\":\"\\u0000\",\"smart_status\":7,"
	    "\"hangup_reason\":\"Call ended\"}");
	text(ex.transcript, "ab\n");
	text(ex.summary, NULL);
	text(ex.error, NULL);
	text(ex.smart_status, NULL);
	text(ex.hangup_reason, "Call ended");
	execution_clear(&ex);
}

static void
extraction(const char *members, const char *expected)
{
	struct execution ex;
	char body[512];

	snprintf(body, sizeof(body), "{%s}", members);
	ex = decode(body);
	text(ex.extraction, expected);
	execution_clear(&ex);
}

static void
test_the_first_extraction_that_says_something_is_taken(void **state)
{
	(void)state;
	extraction("\"extracted_data\":{\"a\":\"b/c\"},"
	    "\"custom_extractions\":{\"x\":1}", "{\"a\":\"b/c\"}");
	extraction("\"extracted_data\":{},\"custom_extractions\":[],"
	    "\"agent_extraction\":{\"n\": 2.0}", "{\"n\":2.0}");
	extraction("\"extracted_data\":\" \",\"custom_extractions\":null,"
	    "\"agent_extraction\":\"{\\\"a\\\": [1 , 2]}\"", "{\"a\":[1,2]}");
	extraction("\"extracted_data\":\"{}\","
	    "\"agent_extraction\":\"null\"", NULL);
	extraction("\"agent_extraction\":\"wants a \\\"call\\\" back\"",
	    "\"wants a \\\"call\\\" back\"");
	extraction("\"agent_extraction\":\"{\\\"cut\\\": \"",
	    "\"{\\\"cut\\\": \"");
	extraction("\"agent_extraction\":\"{\\\"n\\\":NaN}\"", "{\"n\":null}");
	extraction("\"extracted_data\":true,\"custom_extractions\":3", NULL);
}

static void
test_a_time_may_be_a_number_or_stand_under_an_older_name(void **state)
{
	struct execution ex;

	(void)state;
	ex = decode("{\"updated_at\":1772660405,\"created_at\":1772660405.5}");
	assert_int_equal(ex.updated_at, INT64_C(1772660405000));
	assert_int_equal(ex.created_at, INT64_C(1772660405500));
	execution_clear(&ex);
	ex = decode("{\"updated_at\":null,\"updated_at_str\":"
	    "\"2026-03-04T00:00:00\",\"created_at\":\"soon\","
	    "\"createdAt\":\"2026-03-04T00:00:00Z\"}");
	assert_int_equal(ex.updated_at, MARCH_4);
	assert_int_equal(ex.created_at, MARCH_4);
	execution_clear(&ex);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_the_phone_is_the_persons_in_calls_both_ways),
		cmocka_unit_test(test_only_a_token_of_our_own_shape_is_a_token),
		cmocka_unit_test(test_durations_out_of_reason_are_unknown),
		cmocka_unit_test(test_prices_out_of_reason_are_unknown),
		cmocka_unit_test(test_voicemail_is_yes_no_or_unknown),
		cmocka_unit_test(test_only_a_web_address_is_a_recording),
		cmocka_unit_test(
		    test_texts_lose_nul_bytes_and_blank_ones_are_absent),
		cmocka_unit_test(
		    test_the_first_extraction_that_says_something_is_taken),
		cmocka_unit_test(
		    test_a_time_may_be_a_number_or_stand_under_an_older_name),
	};

	return cmocka_run_group_tests_name("execution_fields", tests, NULL,
	    NULL);
}
