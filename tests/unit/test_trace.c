/*
 * A number is found in text however it is spelt, and what is not the number
 * is left alone.
 */
#include "unit.h"

#include "trace.h"

#define ASHA	"+919999900001"
#define TEXT(s)	s, sizeof(s) - 1

static int
found(const char *phone, const char *s, size_t n)
{
	struct trace t;
	size_t len;

	trace_of(&t, phone);
	return trace_find(&t, s, n, &len) != NULL;
}

static void
test_a_number_is_found_however_it_is_spelt(void **state)
{
	static const struct { const char *s; size_t n; } cases[] = {
		{ TEXT("+919999900001") }, { TEXT("9999900001") },
		{ TEXT("call 099999 00001 now") }, { TEXT("+91-99999-00001") },
		{ TEXT("0091 (99999) 00.001") }, { TEXT("99999 / 00001") },
		{ TEXT("x9999900001x") }, { TEXT("12399999000014") },
		{ TEXT("\"99999\\u00a000001\"") },
		{ TEXT("\"\\u0039999900001\"") },
		{ TEXT("99999\xc2\xa0" "00001") },
		{ TEXT("99999\xe2\x80\x91" "00001") },
		{ TEXT("\xef\xbc\x99" "999900001") },
		{ TEXT("\0009\0009\0009\0009\0009\0000\0000\0000\0000\0001") },
		{ TEXT("9\0009\0009\0009\0009\0000\0000\0000\0000\0001\000") },
		{ TEXT("9 9 9 9 9 0 0 0 0 1") },
		{ TEXT("999999900001") },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++)
		if (!found(ASHA, cases[i].s, cases[i].n))
			fail_msg("not found in case %zu: %s", i, cases[i].s);
}

static void
test_what_is_not_the_number_is_not_found(void **state)
{
	static const char *const cases[] = { "", "9", "999990000",
	    "9999900002", "99999 and 00001", "99999, 00001", "99999\n00001",
	    "99999x00001", "99999----00001", "99999\\u005800001",
	    "2026-11-21 09:15:00", "99999\\u00" };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++)
		if (found(ASHA, cases[i], strlen(cases[i])))
			fail_msg("found in: %s", cases[i]);
}

static void
test_the_country_is_not_a_part_of_what_is_looked_for(void **state)
{
	static const struct { const char *phone, *digits; } cases[] = {
		{ "+12025550101", "2025550101" },
		{ "+79991234567", "9991234567" },
		{ "+442079460123", "2079460123" },
		{ "+353209129999", "209129999" },
		/* too short without */
		{ "+29012345", "29012345" },
	};
	struct trace t;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		trace_of(&t, cases[i].phone);
		assert_string_equal(t.digits, cases[i].digits);
		assert_int_equal(t.n, strlen(cases[i].digits));
	}
}

static void
test_nothing_is_read_behind_the_end(void **state)
{
	struct trace t;
	size_t n, len;
	char *s;

	(void)state;
	trace_of(&t, ASHA);
	for (n = 0; n < 10; n++) {
		/* of exactly this size: the sanitizer looks on */
		s = malloc(n + 1);
		assert_non_null(s);
		memcpy(s, "9999900001", n);
		assert_null(trace_find(&t, s, n, &len));
		memset(s, '\xef', n);
		assert_null(trace_find(&t, s, n, &len));
		memset(s, '\\', n);
		assert_null(trace_find(&t, s, n, &len));
		free(s);
	}
}

static void
test_a_number_is_starred_out_and_json_stays_json(void **state)
{
	static const struct { const char *is, *becomes; size_t times; }
	    cases[] = {
		{ "no number", "no number", 0 },
		{ "at 99999-00001 or 9999900001!", "at *****-***** or "
		    "**********!", 2 },
		{ "{\"a\":\"+91 99999 00001\"}", "{\"a\":\"+91 ***** *****\"}",
		    1 },
		{ "{\"a\":919999900001,\"b\":1}", "{\"a\":910000000000,"
		    "\"b\":1}", 1 },
		{ "{\"a\":9999900001}", "{\"a\":1000000000}", 1 },
		{ "{\"q\\\"\":9999900001}", "{\"q\\\"\":1000000000}", 1 },
		{ "{\"q\":\"\\\" 9999900001\"}", "{\"q\":\"\\\" **********\"}",
		    1 },
		{ "[9999900001]", "[1000000000]", 1 },
		{ "\"\\u0039999900001", "\"***************", 1 },
	};
	struct trace t;
	char s[128];
	size_t i;

	(void)state;
	trace_of(&t, ASHA);
	for (i = 0; i < LENGTH(cases); i++) {
		snprintf(s, sizeof(s), "%s", cases[i].is);
		assert_int_equal(trace_mask(&t, s, strlen(s)),
		    cases[i].times);
		assert_string_equal(s, cases[i].becomes);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_number_is_found_however_it_is_spelt),
		cmocka_unit_test(test_what_is_not_the_number_is_not_found),
		cmocka_unit_test(
		    test_the_country_is_not_a_part_of_what_is_looked_for),
		cmocka_unit_test(test_nothing_is_read_behind_the_end),
		cmocka_unit_test(
		    test_a_number_is_starred_out_and_json_stays_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
