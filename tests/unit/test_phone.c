/*
 * A number is read in one way or refused with the reason; never guessed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "phone.h"

#define NBSP	"\xc2\xa0"
#define ZWSP	"\xe2\x80\x8b"
#define LRE	"\xe2\x80\xaa"
#define BOM	"\xef\xbb\xbf"

static void
takes(const char *text, int was_number, const char *country, const char *want)
{
	char out[PHONE_SIZE];
	const char *why = NULL;

	if (phone_normalise(text, was_number, country, out, &why) == -1)
		fail_msg("\"%s\" for %s: %s", text, country, why);
	assert_string_equal(out, want);
}

/* Refused with a sentence that holds word. */
static void
refuses(const char *text, int was_number, const char *country,
    const char *word)
{
	char out[PHONE_SIZE];
	const char *why = NULL;

	if (phone_normalise(text, was_number, country, out, &why) == 0)
		fail_msg("\"%s\" for %s taken as %s", text, country, out);
	assert_string_equal(out, "");
	assert_non_null(why);
	if (strstr(why, word) == NULL)
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", text, why,
		    word);
}

static void
test_variants_of_one_number_have_one_normal_form(void **state)
{
	static const char *const forms[] = {
		"+919876543210", "+91 98765 43210", "+91-98765-43210",
		"(+91) 98765.43210", "00919876543210", "0091 98765 43210",
		"919876543210", "9876543210", "09876543210", "098765 43210",
		"98765/43210", "'+919876543210", "tel:+91-98765-43210",
		"TEL: 98765 43210", "+919876543210" NBSP,
		BOM "+91" NBSP "98765" ZWSP "43210",
		LRE "+919876543210\xe2\x80\xac",
		"+91\xe2\x80\xaf" "98765\xe2\x80\x87" "43210\xe2\x81\xa0",
		"+91 98765\xe2\x80\x91" "43210", " 98765\t43210\n",
		"\xef\xbc\x8b\xef\xbc\x99\xef\xbc\x91" "9876543210",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		takes(forms[i], 0, "91", "+919876543210");
}

static void
test_number_cell_is_read_where_one_reading_is_left(void **state)
{
	(void)state;
	takes("919876543210", 1, "91", "+919876543210");
	takes("9876543210", 1, "91", "+919876543210");
	takes("12125550123", 1, "1", "+12125550123");
	takes("2125550123", 1, "1", "+12125550123");
	takes("442079460123", 1, "44", "+442079460123");
	refuses("2079460123", 1, "44", "two ways");
	refuses("12125550123", 1, "91", "two ways");
	refuses("2212345678", 1, "91", "two ways");
	refuses("3023125001", 1, "49", "two ways");
	refuses("493023125001", 1, "49", "two ways");
	refuses("919876543210", 1, NULL, "no country code");
}

static void
test_national_numbers_of_known_plans_are_read(void **state)
{
	(void)state;
	takes("212-555-0123", 0, "1", "+12125550123");
	takes("1 (212) 555-0123", 0, "1", "+12125550123");
	takes("020 7946 0123", 0, "44", "+442079460123");
	takes("(0)20 7946 0123", 0, "44", "+442079460123");
	takes("07700 900123", 0, "44", "+447700900123");
	takes("44 7700 900123", 0, "44", "+447700900123");
	takes("022 2345 6789", 0, "91", "+912223456789");
	takes("030 23125 001", 0, "49", "+493023125001");
	takes("030/23125001", 0, "49", "+493023125001");
	takes("0491 570 006", 0, "61", "+61491570006");
	/* A country that does not exist ("2") makes no other number of it. */
	takes("212345678901234", 0, "2", "+212345678901234");
	refuses("200000000000000", 0, "2", "leading 0");
}

static void
test_foreign_number_with_plus_needs_no_country(void **state)
{
	(void)state;
	takes("+1 212 555 0123", 0, "91", "+12125550123");
	takes("+44 20 7946 0123", 0, NULL, "+442079460123");
	takes("0044 20 7946 0123", 0, NULL, "+442079460123");
	takes("+49 30 23125 001", 0, "", "+493023125001");
	takes("+390655501234", 0, NULL, "+390655501234");
}

static void
test_number_without_country_code_is_refused_when_no_country_is_set(
    void **state)
{
	(void)state;
	refuses("9876543210", 0, NULL, "no country code");
	refuses("919876543210", 0, "", "no country code");
	refuses("02079460123", 0, "x", "no country code");
	refuses("02079460123", 0, "1234", "no country code");
}

/* Words for somebody who has typed the number, not written it into a cell. */
static void
test_who_gives_a_number_hears_what_to_give(void **state)
{
	char out[PHONE_SIZE];
	const char *why;

	(void)state;
	assert_int_equal(phone_given("99999 00001", "91", 1, out, &why), 0);
	assert_string_equal(out, "+919999900001");
	assert_int_equal(phone_given("9999900001", NULL, 1, out, &why), -1);
	assert_non_null(strstr(why, "as in --country 91"));
	assert_int_equal(phone_given("9999900001", NULL, 0, out, &why), -1);
	assert_null(strstr(why, "--country"));
	assert_int_equal(phone_given("9999900001", "+91", 1, out, &why), -1);
	assert_non_null(strstr(why, "--country takes"));
	assert_int_equal(phone_given("2079460123", "44", 0, out, &why), -1);
	assert_non_null(strstr(why, "two ways; give it"));
	assert_int_equal(phone_given("98765 (home)", "91", 1, out, &why), -1);
	assert_non_null(strstr(why, "other than digits"));
}

static void
test_number_without_country_code_is_refused_when_two_readings_are_possible(
    void **state)
{
	(void)state;
	refuses("2079460123", 0, "44", "two ways");
	refuses("2223456789", 0, "91", "two ways");
	refuses("12125550123", 0, "91", "two ways");
	refuses("0919876543210", 0, "91", "two ways");
	refuses("493023125001", 0, "49", "two ways");
	refuses("3023125001", 0, "49", "two ways");
	/* a 0 that belongs to the number */
	refuses("06 5550 1234", 0, "39", "two ways");
}

static void
test_code_is_sure_when_another_would_not_fit(void **state)
{
	(void)state;
	takes("49302312500123", 0, "49", "+49302312500123");
	refuses("4930231250012", 0, "49", "two ways");
}

static void
test_length_and_first_digits_are_checked(void **state)
{
	(void)state;
	refuses("+91 98765 4321", 0, "91", "not valid");
	refuses("+91 98765 432101", 0, "91", "not valid");
	refuses("+91 0 98765 43210", 0, "91", "leading 0");
	refuses("+1 112 555 0123", 0, "1", "not valid");
	refuses("+1 212 555 012", 0, "1", "not valid");
	refuses("112 555 0123", 0, "1", "not valid");
	refuses("0123456789", 0, "91", "not valid");
	refuses("+0 98765 43210", 0, "91", "leading 0");
	refuses("000919876543210", 0, "91", "leading 0");
	refuses("+44 (0)20 7946 0123", 0, "44", "leading 0");
	refuses("+44 020 7946 0123", 0, "44", "leading 0");
	refuses("+49 (0) 30 23125001", 0, NULL, "leading 0");
	refuses("+3725550", 0, NULL, "too short");
	refuses("98765", 0, "91", "too short");
	refuses("112", 0, "49", "too short");
	refuses("+4930231250010000", 0, NULL, "too long");
	refuses("9876543210 9876543211", 0, "91", "too long");
}

static void
test_what_the_spreadsheet_spoilt_is_said(void **state)
{
	(void)state;
	refuses("#ERROR!", 0, "91", "spreadsheet error");
	refuses("#N/A", 0, "91", "spreadsheet error");
	refuses("9.19877E+11", 0, "91", "shortened");
	refuses("9,19877E+11", 0, "91", "shortened");
	refuses("9.19877e11", 1, "91", "shortened");
	refuses("-889", 1, "1", "calculation");
	refuses("-9876543210", 0, "91", "calculation");
	refuses("=91+98", 0, "91", "calculation");
	refuses("9876543210.0", 0, "91", "decimal");
	refuses("98765.4321", 1, "91", "decimal");
}

static void
test_more_than_one_number_is_refused(void **state)
{
	(void)state;
	refuses("9876543210 / 9876543211", 0, "91", "more than one");
	refuses("9876543210, 9876543211", 0, "91", "more than one");
	refuses("9876543210;9876543211", 0, "91", "more than one");
	refuses("9,876,543,210", 0, "91", "comma");
	refuses("+919876543210 +919876543211", 0, "91", "more than one");
	refuses("91+9876543210", 0, "91", "must come first");
	refuses("++919876543210", 0, "91", "must come first");
}

static void
test_extensions_letters_and_other_scripts_are_refused(void **state)
{
	(void)state;
	refuses("+12125550123 x12", 0, "1", "extension");
	refuses("+1 212 555 0123 ext. 12", 0, "1", "extension");
	refuses("tel:+1-212-555-0123;ext=12", 0, "1", "extension");
	refuses("212 555 0123 #12", 0, "1", "extension");
	refuses("98765 43210 (home)", 0, "91", "other than digits");
	refuses("1-800-FLOWERS", 0, "1", "other than digits");
	refuses("98765432lO", 0, "91", "other than digits");
	refuses("\xf0\x9f\x93\x9e 9876543210", 0, "91", "other than digits");
	refuses("98765\xff" "43210", 0, "91", "other than digits");
	refuses("+", 0, "91", "other than digits");
	refuses("\xe0\xa5\xaf\xe0\xa5\xae" "76543210", 0, "91", "0 to 9");
	refuses("\xd9\xa9\xd9\xa8" "76543210", 0, "91", "0 to 9");
	refuses("", 0, "91", "missing");
	refuses(" " NBSP ZWSP, 0, "91", "missing");
	refuses("'", 0, "91", "missing");
	refuses("00000000000000000000000000000000000000000000000000000000000"
	    "00000000000", 0, "91", "more than a phone number");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_variants_of_one_number_have_one_normal_form),
		cmocka_unit_test(
		    test_number_cell_is_read_where_one_reading_is_left),
		cmocka_unit_test(test_national_numbers_of_known_plans_are_read),
		cmocka_unit_test(
		    test_foreign_number_with_plus_needs_no_country),
		cmocka_unit_test(
    test_number_without_country_code_is_refused_when_no_country_is_set),
		cmocka_unit_test(test_who_gives_a_number_hears_what_to_give),
		cmocka_unit_test(
    test_number_without_country_code_is_refused_when_two_readings_are_possible),
		cmocka_unit_test(test_code_is_sure_when_another_would_not_fit),
		cmocka_unit_test(test_length_and_first_digits_are_checked),
		cmocka_unit_test(test_what_the_spreadsheet_spoilt_is_said),
		cmocka_unit_test(test_more_than_one_number_is_refused),
		cmocka_unit_test(
		    test_extensions_letters_and_other_scripts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
