/* What body.h promises about text that a peer wrote. */
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

#define VALID(s)	assert_true(utf8_valid((s), sizeof(s) - 1))
#define INVALID(s)	assert_false(utf8_valid((s), sizeof(s) - 1))

static struct json_object *
parse(const char *s)
{
	const char *why = NULL;
	struct json_object *v;

	v = body_parse(s, strlen(s), BODY_MAX_BYTES, BODY_MAX_MARKS, &why);
	if (v == NULL)
		fail_msg("%s: %s", s, why);
	return v;
}

static void
refused_n(const char *s, size_t n, const char *reason)
{
	const char *why = NULL;

	assert_null(body_parse(s, n, BODY_MAX_BYTES, BODY_MAX_MARKS, &why));
	assert_string_equal(why, reason);
}

static void
refused(const char *s, const char *reason)
{
	refused_n(s, strlen(s), reason);
}

static void
test_every_length_of_utf8_is_accepted(void **state)
{
	(void)state;
	VALID("");
	VALID("plain text of more than eight bytes");
	VALID("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80");
	VALID("\xef\xbf\xbf \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf");
	VALID("12345678\xe0\xa4\xa8" "12345678");
	VALID("\0");
}

static void
test_overlong_surrogate_and_too_high_forms_are_no_utf8(void **state)
{
	(void)state;
	INVALID("\xc0\xaf");
	INVALID("\xc1\xbf");
	INVALID("\xe0\x80\xaf");
	INVALID("\xe0\x9f\xbf");
	INVALID("\xf0\x8f\xbf\xbf");
	INVALID("\xed\xa0\x80");
	INVALID("\xed\xbf\xbf");
	INVALID("\xf4\x90\x80\x80");
	INVALID("\xf5\x80\x80\x80");
	INVALID("\xff\xfe");
}

static void
test_a_sequence_cut_anywhere_is_no_utf8(void **state)
{
	static const char s[] = "1234567\xf0\x9f\x98\x80";
	size_t n;

	(void)state;
	for (n = 8; n < 11; n++)
		assert_false(utf8_valid(s, n));
	assert_true(utf8_valid(s, 7));
	assert_true(utf8_valid(s, 11));
	INVALID("\x80");
	INVALID("\xe2\x82z");
	INVALID("12345678\xe2z\x82");
}

static void
whole(const char *cut, const char *want)
{
	char s[64];

	snprintf(s, sizeof(s), "%s", cut);
	utf8_whole(s);
	assert_string_equal(s, want);
}

static void
test_what_was_cut_within_a_character_loses_the_rest_of_it(void **state)
{
	(void)state;
	whole("", "");
	whole("na\xc3\xafve \xf0\x9f\x98\x80", "na\xc3\xafve \xf0\x9f\x98\x80");
	whole("cut \xe0\xa4", "cut ");
	whole("cut \xf0\x9f\x98\"", "cut \"");
	whole("\x80\xff" "a\xed\xa0\x80z", "az");
}

static void
test_objects_and_arrays_are_parsed_and_blanks_around_them_allowed(
    void **state)
{
	static const char *const good[] = {
		"{}", "[]", " \r\n\t{\"a\":[1,2.5,true,null]} \r\n",
		"{\"it's\":\"a 'quoted' word, e.g. 1.\"}",
		"[\"\\\"{[\\\\\",\"\\ud800\"]"
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		json_object_put(parse(good[i]));
}

static void
test_what_is_no_strict_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"[1,]", "{\"a\":1,}", "[007]", "['x']", "{'a':1}", "[+1]",
		"[TRUE]", "[1.]", "[.5]", "{a:1}", "[1]]", "{}{}", "{} x",
		"{\"a\" 1}", "[1 2]", "[/* no */]", "{}\v", "[\"\\x\"]",
		"{\"a\":1} x", "{\"a\":1}1", "[1] 2", "{}:", "[1]\n{}"
	};
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (body_parse(bad[i], strlen(bad[i]), BODY_MAX_BYTES,
		    BODY_MAX_MARKS, &why) != NULL)
			fail_msg("%s was accepted", bad[i]);
}

static void
test_every_refusal_names_its_reason(void **state)
{
	const char *why = NULL;

	(void)state;
	refused("", "empty");
	refused(" \n", "empty");
	refused("42", "neither object nor array");
	refused("null", "neither object nor array");
	refused("\"{}\"", "neither object nor array");
	refused("{\"a\":1", "not complete");
	refused("{\"a\":\"", "not complete");
	refused("{\"a\":\"\\", "not complete");
	refused("{]", "not JSON");
	refused("\xef\xbb\xbf{}", "begins with a byte order mark");
	refused("{\"a\":\"\xc0\xaf\"}", "not UTF-8");
	refused("\xff\xfe{", "not UTF-8");
	refused_n("{}\0", 3, "a NUL byte inside");
	refused_n("{\0}\0", 4, "a NUL byte inside");
	assert_null(body_parse("{\"a\":1}", 7, 6, 10, &why));
	assert_string_equal(why, "too large");
	json_object_put(body_parse("{\"a\":1}", 7, 7, 2, &why));
	assert_null(body_parse("{\"a\":1}", 7, 7, 1, &why));
	assert_string_equal(why, "too many members");
}

static void
test_sixteen_levels_are_parsed_and_seventeen_refused(void **state)
{
	char s[200001];
	size_t i;

	(void)state;
	json_object_put(parse("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"));
	json_object_put(parse("[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":"
	    "[{\"a\":[{\"a\":[{\"a\":1}]}]}]}]}]}]}]}]"));
	refused("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", "nested too deep");
	for (i = 0; i < 100000; i++) {
		s[i] = '[';
		s[100000 + i] = ']';
	}
	s[200000] = '\0';
	refused(s, "nested too deep");
}

static void
test_marks_inside_strings_cost_nothing_and_outside_they_count(void **state)
{
	struct json_object *v;
	const char *why;
	size_t i, n = 0;
	char *s;

	(void)state;
	assert_non_null(s = malloc(BODY_MAX_BYTES));
	s[n++] = '[';
	s[n++] = '"';
	for (i = 0; i < BODY_MAX_MARKS; i++)
		n += (size_t)sprintf(s + n, "{},:");
	n += (size_t)sprintf(s + n, "\\\"\"]");
	v = body_parse(s, n, BODY_MAX_BYTES, 1, &why);
	assert_non_null(v);
	json_object_put(v);

	s[0] = '[';
	n = 1;
	while (n + 3 < BODY_MAX_BYTES)
		n += (size_t)sprintf(s + n, "{},");
	refused_n(s, n, "too many members");

	/* json-c takes a name in single quotes: the double quote in it must
	 * not hide what follows from the count */
	n = strlen("{'\"':[");
	memcpy(s, "{'\"':[", n);
	while (n + 3 < BODY_MAX_BYTES)
		n += (size_t)sprintf(s + n, "{},");
	refused_n(s, n, "not JSON");
	free(s);
}

static void
test_of_a_name_given_twice_the_last_one_counts(void **state)
{
	struct json_object *v;

	(void)state;
	v = parse("{\"status\":\"failed\",\"status\":\"completed\"}");
	assert_string_equal(body_text(v, "status"), "completed");
	json_object_put(v);
}

static void
test_numbers_that_json_does_not_have_become_null(void **state)
{
	struct json_object *v;

	(void)state;
	v = parse("{\"x\":{\"a\":NaN,\"b\":[1e999,-Infinity,{\"c\":Infinity}],"
	    "\"d\":2.0}}");
	assert_string_equal(json_object_to_json_string_ext(body_get(v, "x"),
	    JSON_C_TO_STRING_PLAIN),
	    "{\"a\":null,\"b\":[null,null,{\"c\":null}],\"d\":2.0}");
	json_object_put(v);
}

static void
test_a_path_through_something_else_finds_nothing(void **state)
{
	struct json_object *v;

	(void)state;
	v = parse("{\"a\":{\"b\":{\"c\":\"x\"}},\"n\":null,\"s\":\"t\","
	    "\"l\":[1]}");
	assert_string_equal(body_text(v, "a.b.c"), "x");
	assert_non_null(body_get(v, "a.b"));
	assert_null(body_get(v, "a.x.c"));
	assert_null(body_get(v, "n"));
	assert_null(body_get(v, "n.x"));
	assert_null(body_get(v, "s.x"));
	assert_null(body_get(v, "l.0"));
	assert_null(body_get(v, ""));
	assert_null(body_get(v, "a..c"));
	assert_null(body_get(v, "a."));
	assert_null(body_get(NULL, "a"));
	assert_null(body_text(NULL, "a"));
	assert_null(body_text(v, "a"));
	json_object_put(v);
}

static void
test_text_with_a_nul_inside_is_not_handed_out(void **state)
{
	struct json_object *v;
	char word[8];
	double d;

	(void)state;
	v = parse("{\"a\":\"1\\u0000x\",\"b\":\"\"}");
	assert_null(body_text(v, "a"));
	assert_string_equal(body_text(v, "b"), "");
	assert_int_equal(body_word(v, "a", word, sizeof(word)), -1);
	assert_int_equal(body_word(v, "b", word, sizeof(word)), -1);
	assert_int_equal(body_number(v, "a", &d), -1);
	json_object_put(v);
}

static void
number(const char *text, int known, double expected)
{
	struct json_object *v;
	char buf[128];
	double d = -7;

	snprintf(buf, sizeof(buf), "{\"n\":%s}", text);
	v = parse(buf);
	if (body_number(v, "n", &d) != (known ? 0 : -1))
		fail_msg("%s", text);
	assert_true(d == (known ? expected : -7));
	json_object_put(v);
}

static void
test_a_number_is_read_from_every_spelling_of_it(void **state)
{
	(void)state;
	number("49", 1, 49);
	number("166.6", 1, 166.6);
	number("2.0", 1, 2);
	number("-3", 1, -3);
	number("1e3", 1, 1000);
	number("\"49\"", 1, 49);
	number("\"0.0\"", 1, 0);
	number("\"45.2\"", 1, 45.2);
	number("18446744073709551614", 1, 18446744073709551614.0);
}

static void
test_what_only_begins_like_a_number_is_none(void **state)
{
	static const char *const bad[] = {
		"NaN", "Infinity", "-Infinity", "1e999", "\"1e999\"",
		"\"nan\"", "\"inf\"", "\"0x10\"", "\"12abc\"", "\"\"",
		"\" 1\"", "\"1 \"", "\"1-2\"", "\"e5\"", "\"-\"", "true",
		"null", "[1]", "{}", "99999999999999999999999",
		"-99999999999999999999999"
	};
	size_t i;
	double d;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		number(bad[i], 0, 0);
	assert_int_equal(body_number(NULL, "n", &d), -1);
}

/* expected NULL: refused */
static void
word(const char *text, size_t size, const char *expected)
{
	struct json_object *v;
	char buf[128], out[64] = "untouched";

	snprintf(buf, sizeof(buf), "{\"w\":%s}", text);
	v = parse(buf);
	if (body_word(v, "w", out, size) != (expected ? 0 : -1))
		fail_msg("%s", text);
	assert_string_equal(out, expected ? expected : "untouched");
	json_object_put(v);
}

static void
test_an_id_is_the_same_word_as_string_integer_or_whole_double(void **state)
{
	(void)state;
	word("\"7432382142914\"", 64, "7432382142914");
	word("7432382142914", 64, "7432382142914");
	word("7432382142914.0", 64, "7432382142914");
	word("9223372036854775807", 64, "9223372036854775807");
	word("9223372036854775808", 64, "9223372036854775808");
	word("18446744073709551614", 64, "18446744073709551614");
	word("-5", 64, "-5");
	word("-0.0", 64, "0");
	word("9007199254740992.0", 64, "9007199254740992");
	word("\"n\xc3\xa4me\"", 64, "n\xc3\xa4me");
}

static void
test_an_integer_that_json_c_clamped_is_no_word(void **state)
{
	(void)state;
	word("18446744073709551616", 64, NULL);
	word("99999999999999999999999", 64, NULL);
	word("-9223372036854775809", 64, NULL);
	word("9007199254740994.0", 64, NULL);
	word("1e300", 64, NULL);
	word("1.5", 64, NULL);
	word("NaN", 64, NULL);
}

static void
test_a_word_has_no_control_characters_and_fits(void **state)
{
	(void)state;
	word("\"a\\nb\"", 64, NULL);
	word("\"a\\u007f\"", 64, NULL);
	word("\"a\\u0085\"", 64, NULL);
	word("\"\\u00a0\"", 64, "\xc2\xa0");
	word("\"abc\"", 4, "abc");
	word("\"abcd\"", 4, NULL);
	word("123", 4, "123");
	word("1234", 4, NULL);
	word("true", 64, NULL);
	word("null", 64, NULL);
	word("{}", 64, NULL);
	word("[]", 64, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_length_of_utf8_is_accepted),
		cmocka_unit_test(
		    test_overlong_surrogate_and_too_high_forms_are_no_utf8),
		cmocka_unit_test(test_a_sequence_cut_anywhere_is_no_utf8),
		cmocka_unit_test(
		    test_what_was_cut_within_a_character_loses_the_rest_of_it),
		cmocka_unit_test(
		    test_objects_and_arrays_are_parsed_and_blanks_around_them_allowed),
		cmocka_unit_test(test_what_is_no_strict_json_is_refused),
		cmocka_unit_test(test_every_refusal_names_its_reason),
		cmocka_unit_test(
		    test_sixteen_levels_are_parsed_and_seventeen_refused),
		cmocka_unit_test(
		    test_marks_inside_strings_cost_nothing_and_outside_they_count),
		cmocka_unit_test(
		    test_of_a_name_given_twice_the_last_one_counts),
		cmocka_unit_test(
		    test_numbers_that_json_does_not_have_become_null),
		cmocka_unit_test(
		    test_a_path_through_something_else_finds_nothing),
		cmocka_unit_test(
		    test_text_with_a_nul_inside_is_not_handed_out),
		cmocka_unit_test(
		    test_a_number_is_read_from_every_spelling_of_it),
		cmocka_unit_test(
		    test_what_only_begins_like_a_number_is_none),
		cmocka_unit_test(
		    test_an_id_is_the_same_word_as_string_integer_or_whole_double),
		cmocka_unit_test(
		    test_an_integer_that_json_c_clamped_is_no_word),
		cmocka_unit_test(
		    test_a_word_has_no_control_characters_and_fits),
	};

	return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
