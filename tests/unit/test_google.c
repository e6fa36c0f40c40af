/* What google.h promises without a network: addresses, keys, cells. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "google_int.h"

#define ID "1callsheet-stand-in_0000000000000000000000000"

static void
url_is(const char *url, const char *id, long gid)
{
	char got[128], why[256];
	long n;

	if (google_url(url, got, &n, why, sizeof(why)) == -1)
		fail_msg("%s: %s", url, why);
	assert_string_equal(got, id);
	assert_int_equal(n, gid);
}

static void
url_refused(const char *url, const char *part)
{
	char got[128], why[256] = "";
	long n;

	if (google_url(url, got, &n, why, sizeof(why)) != -1)
		fail_msg("taken: %s", url);
	if (strstr(why, part) == NULL)
		fail_msg("%s: %s", url, why);
}

static void
test_every_way_to_name_a_sheet_is_understood(void **state)
{
	(void)state;
	url_is("https://docs.google.com/spreadsheets/d/" ID "/edit#gid=0", ID,
	    0);
	url_is("https://docs.google.com/spreadsheets/d/" ID
	    "/edit?gid=77#gid=77", ID, 77);
	url_is("https://docs.google.com/spreadsheets/d/" ID
	    "/edit?gid=5&x=1#frag", ID, 5);
	url_is("https://docs.google.com/spreadsheets/d/" ID
	    "/edit?usp=sharing", ID, 0);
	url_is("https://docs.google.com/spreadsheets/d/" ID, ID, 0);
	url_is("https://docs.google.com/spreadsheets/u/1/d/" ID
	    "/edit#gid=2147483647", ID, 2147483647);
	url_is("https://docs.google.com/a/example.com/spreadsheets/d/" ID
	    "/edit#gid=3", ID, 3);
	url_is("https://spreadsheets.google.com/spreadsheets/ccc?key=" ID
	    "&hl=en#gid=4", ID, 4);
	url_is(ID, ID, 0);
	url_is(ID "#gid=12", ID, 12);
}

static void
test_an_address_that_is_no_sheet_is_refused_with_a_reason(void **state)
{
	char longid[300];

	(void)state;
	url_refused("https://docs.google.com/spreadsheets/d/e/2PACX-x/pubhtml",
	    "published to the web");
	url_refused("https://docs.google.com/document/d/" ID "/edit",
	    "not the address");
	url_refused("https://docs.google.com/spreadsheets/", "not the address");
	url_refused("https://docs.google.com/spreadsheets/d/", "not the");
	url_refused("", "not the address");
	url_refused("my sheet", "not the address");
	url_refused("leads.csv", "not the address");
	url_refused("../../etc", "not the address");
	url_refused(ID "#gid=", "not a number");
	url_refused(ID "#gid=-1", "not a number");
	url_refused(ID "#gid=1x", "not a number");
	url_refused(ID "#gid=99999999999999999999", "not a number");
	memset(longid, 'a', sizeof(longid) - 1);
	longid[sizeof(longid) - 1] = '\0';
	url_refused(longid, "not the address");
}

static void
key_refused(const char *key, const char *part)
{
	const struct google_options o = { .api = "x", .token_url = "y" };
	char why[256] = "";

	assert_null(google_open(NULL, &o, key, why, sizeof(why)));
	if (strstr(why, part) == NULL)
		fail_msg("%s: %s", key, why);
}

static void
test_a_key_file_that_cannot_work_is_refused_when_it_is_opened(void **state)
{
	(void)state;
	key_refused("", "not a JSON file");
	key_refused("{", "not a JSON file");
	key_refused("{}", "not that of a service account");
	key_refused("{\"installed\": {\"client_id\": \"1\"}}",
	    "not that of a service account");
	key_refused("{\"type\": \"authorized_user\"}",
	    "not that of a service account");
	key_refused("{\"type\": \"service_account\"}", "client_email");
	key_refused("{\"type\": \"service_account\", \"client_email\": "
	    "\"person@example.com\"}", "client_email");
	key_refused("{\"type\": \"service_account\", \"client_email\": "
	    "\"a@b.iam.gserviceaccount.com\"}", "private_key");
	key_refused("{\"type\": \"service_account\", \"client_email\": "
	    "\"a@b.iam.gserviceaccount.com\", \"private_key\": \"\\n\"}",
	    "private_key");
}

static void
test_a_range_says_where_it_starts(void **state)
{
	size_t row, col;

	(void)state;
	assert_int_equal(google_a1("'Leads'!B2:D90", &row, &col), 0);
	assert_int_equal(row, 1);
	assert_int_equal(col, 1);
	assert_int_equal(google_a1("'it''s A9!'!AA1:AB7", &row, &col), 0);
	assert_int_equal(row, 0);
	assert_int_equal(col, 26);
	assert_int_equal(google_a1("Sheet1!C:D", &row, &col), 0);
	assert_int_equal(row, 0);
	assert_int_equal(col, 2);
	assert_int_equal(google_a1("A1", &row, &col), 0);
	assert_int_equal(google_a1("", &row, &col), -1);
	assert_int_equal(google_a1("Sheet1!", &row, &col), -1);
	assert_int_equal(google_a1("Sheet1!A0", &row, &col), -1);
	assert_int_equal(google_a1("Sheet1!12", &row, &col), -1);
	assert_int_equal(google_a1("Sheet1!AAAAAAAA1", &row, &col), -1);
	assert_int_equal(google_a1("Sheet1!A99999999999999999999:B", &row,
	    &col), -1);
}

static void
cell_is(const char *json, const char *text, enum table_kind kind)
{
	struct json_object *v = json_tokener_parse(json);
	enum table_kind got;
	const char *s;
	char buf[32];

	s = google_text(v, &got, buf);
	if (text == NULL) {
		assert_null(s);
	} else {
		assert_non_null(s);
		assert_string_equal(s, text);
		assert_int_equal(got, kind);
	}
	json_object_put(v);
}

static void
test_a_phone_number_that_is_a_number_keeps_all_its_digits(void **state)
{
	(void)state;
	cell_is("919876500001", "919876500001", TABLE_NUMBER);
	cell_is("9.19876500001E11", "919876500001", TABLE_NUMBER);
	cell_is("123456789012345", "123456789012345", TABLE_NUMBER);
	cell_is("\"+91 98765 00001\"", "+91 98765 00001", TABLE_TEXT);
	cell_is("1.5", "1.5", TABLE_NUMBER);
	cell_is("-7", "-7", TABLE_NUMBER);
	cell_is("true", "TRUE", TABLE_TEXT);
	cell_is("false", "FALSE", TABLE_TEXT);
	cell_is("[1]", NULL, TABLE_TEXT);
	cell_is("{}", NULL, TABLE_TEXT);
}

static void
cleaned(const char *in, const char *out)
{
	char *s = google_clean(in);

	assert_non_null(s);
	assert_string_equal(s, out);
	free(s);
}

static void
test_text_that_google_would_refuse_is_made_good(void **state)
{
	(void)state;
	cleaned("", "");
	cleaned("a\tb\nc", "a\tb\nc");
	cleaned("a\x01\x1f\r\x7f" "b", "a\x7f" "b");
	cleaned("\xe0\xa4\xa8\xf0\x9f\x93\x9e", "\xe0\xa4\xa8\xf0\x9f\x93\x9e");
	cleaned("a\xff\xfe", "a\xef\xbf\xbd\xef\xbf\xbd");
	cleaned("\xe0\xa4", "\xef\xbf\xbd\xef\xbf\xbd");
	cleaned("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");
	cleaned("\xf0\x9f\x93x", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_way_to_name_a_sheet_is_understood),
		cmocka_unit_test(
		    test_an_address_that_is_no_sheet_is_refused_with_a_reason),
		cmocka_unit_test(
		    test_a_key_file_that_cannot_work_is_refused_when_it_is_opened),
		cmocka_unit_test(test_a_range_says_where_it_starts),
		cmocka_unit_test(
		    test_a_phone_number_that_is_a_number_keeps_all_its_digits),
		cmocka_unit_test(
		    test_text_that_google_would_refuse_is_made_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
