/* What execution.h promises: every shape of a record gives one struct. */
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

#ifndef FIXTURES
#define FIXTURES "tests/unit/fixtures"
#endif

static struct execution
decode_n(const char *s, size_t n)
{
	struct json_object *root;
	struct execution ex;
	const char *why = NULL;

	root = body_parse(s, n, BODY_MAX_BYTES, BODY_MAX_MARKS, &why);
	if (root == NULL)
		fail_msg("%s: %s", s, why);
	memset(&ex, 0xa5, sizeof(ex));
	execution_decode(root, &ex);
	json_object_put(root);
	return ex;
}

static struct execution
decode(const char *s)
{
	return decode_n(s, strlen(s));
}

static struct execution
decode_file(const char *name)
{
	char path[256], buf[16384];
	size_t n;
	FILE *fp;

	snprintf(path, sizeof(path), "%s/%s.json", FIXTURES, name);
	if ((fp = fopen(path, "r")) == NULL)
		fail_msg("%s cannot be opened", path);
	n = fread(buf, 1, sizeof(buf), fp);
	fclose(fp);
	return decode_n(buf, n);
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
test_a_completed_call_is_read_whole(void **state)
{
	struct execution ex = decode_file("completed");

	(void)state;
	assert_int_equal(ex.kind, EXECUTION_CALL);
	text(ex.id, "0b8f5a52-6d0f-4a6e-9b1e-5f1f6a7c0001");
	text(ex.agent, "c0ffee00-1111-4222-8333-944455566677");
	text(ex.status, "completed");
	text(ex.phone, "+447700900123");
	text(ex.token, "a7f3_Kq-20");
	assert_int_equal(ex.created_at, INT64_C(1772660405284));
	assert_int_equal(ex.updated_at, INT64_C(1772660496679));
	near(ex.talk_secs, 68.7);
	near(ex.line_secs, 69);
	near(ex.cost_cents, 13.39);
	assert_int_equal(ex.retry_count, 0);
	assert_int_equal(ex.voicemail, -1);
	text(ex.hangup_by, "Plivo");
	text(ex.hangup_code, "4010");
	text(ex.hangup_reason, "llm_prompted_hangup");
	text(ex.error, NULL);
	assert_non_null(strstr(ex.transcript, "yes\n\nquite fine\n"));
	text(ex.summary, "The appointment was confirmed.");
	text(ex.recording, "https://recordings.example.com/call/0b8f5a52.mp3");
	text(ex.extraction, "{\"asst_1\":{\"dispositions\":"
	    "{\"first\":\"confirmed\",\"second\":\"\"}}}");
	text(ex.smart_status, "dropped");
	execution_clear(&ex);
	assert_null(ex.transcript);
}

static void
test_an_empty_recording_and_no_hangup_at_disconnect_are_absent(void **state)
{
	struct execution ex = decode_file("disconnected");

	(void)state;
	text(ex.status, "call-disconnected");
	near(ex.talk_secs, 59.4);
	near(ex.line_secs, 0);
	text(ex.token, "");
	text(ex.recording, NULL);
	text(ex.hangup_by, "");
	text(ex.hangup_code, "");
	text(ex.hangup_reason, NULL);
	text(ex.extraction, NULL);
	assert_non_null(ex.transcript);
	execution_clear(&ex);
}

static void
test_a_busy_call_carries_our_token_and_the_carriers_reason(void **state)
{
	struct execution ex = decode_file("busy");

	(void)state;
	text(ex.status, "busy");
	text(ex.token, "t-busy-1");
	text(ex.phone, "+447700900456");
	text(ex.hangup_by, "Carrier");
	text(ex.hangup_code, "3010");
	text(ex.hangup_reason, "Call recipient was busy");
	text(ex.transcript, NULL);
	near(ex.talk_secs, 0);
	near(ex.cost_cents, 0);
	execution_clear(&ex);
}

static void
test_the_old_spellings_with_an_integer_id_are_read(void **state)
{
	struct execution ex = decode_file("integer_id");

	(void)state;
	assert_int_equal(ex.kind, EXECUTION_CALL);
	text(ex.id, "7432382142914");
	text(ex.phone, "+15555550142");
	near(ex.talk_secs, 123);
	near(ex.line_secs, 42);
	assert_int_equal(ex.voicemail, 1);
	assert_true(ex.created_at > 0 && ex.updated_at > ex.created_at);
	text(ex.extraction, "{\"user_interested\":true,\"callback_user\":"
	    "false,\"link\":\"https://example.com/x\"}");
	execution_clear(&ex);
}

static void
test_bolnas_own_retry_is_counted_and_nothing_is_made_up(void **state)
{
	struct execution ex = decode_file("retry_scheduled");

	(void)state;
	text(ex.id, "execution-id");
	text(ex.status, "scheduled");
	assert_int_equal(ex.retry_count, 1);
	text(ex.agent, "");
	text(ex.phone, "");
	assert_int_equal(ex.updated_at, 0);
	assert_true(ex.talk_secs < 0);
	assert_true(ex.line_secs < 0);
	assert_true(ex.cost_cents < 0);
	assert_int_equal(ex.voicemail, -1);
	execution_clear(&ex);
}

static void
test_extra_keys_of_a_pre_call_webhook_do_not_replace_the_record(void **state)
{
	struct execution ex = decode_file("pre_call");

	(void)state;
	text(ex.id, "0b8f5a52-6d0f-4a6e-9b1e-5f1f6a7c0004");
	text(ex.status, "in-progress");
	text(ex.phone, "+15555550143");
	text(ex.transcript, NULL);
	execution_clear(&ex);
}

static void
test_a_batch_is_not_taken_for_a_call(void **state)
{
	struct execution ex = decode_file("batch");

	(void)state;
	assert_int_equal(ex.kind, EXECUTION_BATCH);
	text(ex.id, "3c90c3cc0d444b5088888dd25736052a");
	text(ex.status, "completed");
	execution_clear(&ex);

	ex = decode("{\"batch_id\":\"b\",\"id\":null}");
	assert_int_equal(ex.kind, EXECUTION_BATCH);
	execution_clear(&ex);
}

static void
test_a_call_of_a_batch_with_an_unreadable_id_is_not_the_batch(void **state)
{
	struct execution ex = decode("{\"batch_id\":\"b\",\"id\":[1]}");

	(void)state;
	assert_int_equal(ex.kind, EXECUTION_NONE);
	execution_clear(&ex);
	ex = decode("{\"batch_id\":\"b\",\"data\":{\"id\":\"a/b\"}}");
	assert_int_equal(ex.kind, EXECUTION_NONE);
	text(ex.id, "");
	execution_clear(&ex);
}

static void
test_a_listing_or_an_array_or_nothing_is_neither(void **state)
{
	struct execution ex = decode_file("listing");

	(void)state;
	assert_int_equal(ex.kind, EXECUTION_NONE);
	text(ex.status, "");
	execution_clear(&ex);
	ex = decode("[{\"id\":\"x\"}]");
	assert_int_equal(ex.kind, EXECUTION_NONE);
	execution_clear(&ex);
	ex = decode("{}");
	assert_int_equal(ex.kind, EXECUTION_NONE);
	execution_clear(&ex);
	execution_decode(NULL, &ex);
	assert_int_equal(ex.kind, EXECUTION_NONE);
	assert_int_equal(ex.voicemail, -1);
	execution_clear(&ex);
}

static void
test_the_object_with_the_status_is_the_record(void **state)
{
	struct execution ex = decode_file("nested_data");

	(void)state;
	assert_int_equal(ex.kind, EXECUTION_CALL);
	text(ex.id, "0b8f5a52-6d0f-4a6e-9b1e-5f1f6a7c0005");
	text(ex.status, "no-answer");
	text(ex.phone, "+15555550144");
	text(ex.hangup_by, "Carrier");
	text(ex.hangup_code, "3000");
	text(ex.hangup_reason, "Call unanswered");
	assert_int_equal(ex.updated_at, INT64_C(1772660496000));
	execution_clear(&ex);
}

static void
nested(const char *body, const char *id, const char *status)
{
	struct execution ex = decode(body);

	text(ex.id, id);
	text(ex.status, status);
	execution_clear(&ex);
}

static void
test_ids_are_looked_for_from_the_outside_in(void **state)
{
	(void)state;
	nested("{\"executionId\":\"c\",\"execution_id\":\"b\",\"id\":\"a\"}",
	    "a", "");
	nested("{\"executionId\":\"c\",\"execution_id\":\"b\",\"id\":\"\"}",
	    "b", "");
	nested("{\"executionId\":\"c\",\"status\":\"busy\"}", "c", "busy");
	nested("{\"data\":{\"id\":\"d\",\"status\":\"busy\"},"
	    "\"execution\":{\"id\":\"e\",\"status\":\"failed\"}}",
	    "e", "failed");
	nested("{\"status\":\"ok\",\"data\":{\"execution_id\":\"d\","
	    "\"status\":\"busy\"}}", "d", "busy");
	nested("{\"status\":\"busy\",\"data\":{\"id\":\"d\"}}", "d", "busy");
	nested("{\"id\":\"d\",\"data\":{\"id\":\"d\",\"status\":\"busy\"}}",
	    "d", "busy");
	nested("{\"id\":\"d\",\"data\":{\"id\":\"other\","
	    "\"status\":\"busy\"}}", "d", "");
	nested("{\"data\":\"text\",\"execution\":{\"status\":\"busy\"}}",
	    "", "");
}

static void
test_an_id_that_is_no_plain_word_is_no_id(void **state)
{
	static const char *const bad[] = {
		"\"../user/me\"", "\"a b\"", "\"x' OR 1=1 --\"", "\"a?b\"",
		"\"a\\u0000b\"", "\"-c\"", "true", "1.5", "{}",
		"99999999999999999999999", "\"\xc3\xa4\""
	};
	struct execution ex;
	char body[11000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(body, sizeof(body), "{\"id\":%s}", bad[i]);
		ex = decode(body);
		if (ex.kind != EXECUTION_NONE)
			fail_msg("%s became %s", bad[i], ex.id);
		execution_clear(&ex);
	}
	memset(body, 'a', sizeof(body));
	memcpy(body, "{\"id\":\"", 7);
	strcpy(body + 10000, "\"}");
	ex = decode(body);
	assert_int_equal(ex.kind, EXECUTION_NONE);
	execution_clear(&ex);
	nested("{\"id\":\"ex_101.a:2\"}", "ex_101.a:2", "");
	nested("{\"id\":7432382142914.0}", "7432382142914", "");
}

static void
test_a_status_is_spelt_one_way(void **state)
{
	(void)state;
	nested("{\"id\":\"a\",\"status\":\" In_Progress\\n\"}", "a",
	    "in-progress");
	nested("{\"id\":\"a\",\"status\":\"BALANCE LOW\"}", "a",
	    "balance-low");
	nested("{\"id\":\"a\",\"status\":\"brand-new\"}", "a", "brand-new");
	nested("{\"id\":\"a\",\"status\":\"a\\tb\"}", "a", "");
	nested("{\"id\":\"a\",\"status\":200}", "a", "");
	nested("{\"id\":\"a\",\"status\":null}", "a", "");
	nested("{\"id\":\"a\",\"status\":\"0123456789012345678901234567890123"
	    "456789\"}", "a", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_completed_call_is_read_whole),
		cmocka_unit_test(
		    test_an_empty_recording_and_no_hangup_at_disconnect_are_absent),
		cmocka_unit_test(
		    test_a_busy_call_carries_our_token_and_the_carriers_reason),
		cmocka_unit_test(
		    test_the_old_spellings_with_an_integer_id_are_read),
		cmocka_unit_test(
		    test_bolnas_own_retry_is_counted_and_nothing_is_made_up),
		cmocka_unit_test(
		    test_extra_keys_of_a_pre_call_webhook_do_not_replace_the_record),
		cmocka_unit_test(test_a_batch_is_not_taken_for_a_call),
		cmocka_unit_test(
		    test_a_call_of_a_batch_with_an_unreadable_id_is_not_the_batch),
		cmocka_unit_test(
		    test_a_listing_or_an_array_or_nothing_is_neither),
		cmocka_unit_test(test_the_object_with_the_status_is_the_record),
		cmocka_unit_test(test_ids_are_looked_for_from_the_outside_in),
		cmocka_unit_test(test_an_id_that_is_no_plain_word_is_no_id),
		cmocka_unit_test(test_a_status_is_spelt_one_way),
	};

	return cmocka_run_group_tests_name("execution", tests, NULL, NULL);
}
