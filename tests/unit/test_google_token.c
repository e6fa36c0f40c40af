/*
 * Logging in to Google: whatever its login says, a person reads what to do,
 * and a token that still holds is used.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <json-c/json.h>

#include "google_unit.h"

#define DATED(date, body) \
	"HTTP/1.1 400 x\r\nContent-Type: application/json\r\n" date \
	"Connection: close\r\n\r\n" body
#define LATE	"{\"error\": \"invalid_grant\", \"error_description\": " \
	"\"Token must be a short-lived token and in a reasonable timeframe\"}"

/* A key file as Google hands it out. */
static char *
key_file(void)
{
	struct json_object *o = json_object_new_object();
	EVP_PKEY *pkey = EVP_RSA_gen(2048);
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem, *text;
	long n;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL,
	    0, NULL, NULL), 1);
	assert_true((n = BIO_get_mem_data(bio, &pem)) > 0);
	json_object_object_add(o, "type",
	    json_object_new_string("service_account"));
	json_object_object_add(o, "client_email",
	    json_object_new_string("a@b.iam.gserviceaccount.com"));
	json_object_object_add(o, "private_key",
	    json_object_new_string_len(pem, (int)n));
	text = copy(json_object_to_json_string(o));
	json_object_put(o);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return text;
}

static int
group_setup(void **state)
{
	static char *key;

	*state = &key;
	key = key_file();
	return 0;
}

static int
group_teardown(void **state)
{
	free(*(char **)*state);
	return 0;
}

/* An account whose login answers like this; the sheet too, when asked. */
struct account {
	struct http	*http;
	struct server	 srv;
	struct google	*google;
	char		 why[512];
};

static void
account_open(void **state, struct account *a, const char *end,
    struct script s)
{
	struct google_options o = { .patience = 0 };
	char api[80], token_url[80];

	memset(a, 0, sizeof(*a));
	assert_non_null(a->http = http_open("callsheet-test"));
	a->srv = server_start(s);
	snprintf(token_url, sizeof(token_url), "http://127.0.0.1:%d/token",
	    a->srv.port);
	snprintf(api, sizeof(api), "http://127.0.0.1:%d%s", a->srv.port, end);
	o.api = api;
	o.token_url = token_url;
	a->google = google_open(a->http, &o, *(char **)*state, a->why,
	    sizeof(a->why));
	assert_non_null(a->google);
}

static int
account_close(struct account *a)
{
	google_close(a->google);
	http_close(a->http);
	return server_stop(&a->srv);
}

static enum verdict
login(struct account *a)
{
	google_begin(a->google);
	return google_token(a->google, a->why, sizeof(a->why));
}

static void
test_a_slash_at_the_end_of_google_api_does_no_harm(void **state)
{
	struct account a;
	struct google_call c = { .method = "GET" };

	account_open(state, &a, "//", (struct script){ { JSON(200,
	    "{\"access_token\": \"t\", \"expires_in\": 3600}"), TAB } });
	google_begin(a.google);
	c.path = copy("/v4/x");
	assert_int_equal(google_call(a.google, &c, a.why, sizeof(a.why)),
	    VERDICT_OK);
	google_call_clear(&c);
	assert_int_equal(account_close(&a), 2);
	assert_string_equal(a.srv.asked, "POST /token HTTP/1.1\n"
	    "GET /v4/x HTTP/1.1\n");
}

static void
test_an_address_that_is_no_sheet_opens_nothing(void **state)
{
	struct account a;

	account_open(state, &a, "", (struct script){ { NULL } });
	assert_null(google_sheet(a.google, "leads.csv", a.why,
	    sizeof(a.why)));
	assert_non_null(strstr(a.why, "not the address of a Google sheet"));
	assert_int_equal(account_close(&a), 0);
}

static const struct {
	const char	*answer;
	const char	*words;
	enum verdict	 verdict;
} refusals[] = {
	{ JSON(200, "{\"id_token\": \"x\"}"), "only an id token: it does not "
	    "know the scope asked for", VERDICT_PERMFAIL },
	{ JSON(200, "{\"access_token\": \"a\\r\\nb\"}"), "gave no access "
	    "token", VERDICT_PERMFAIL },
	{ JSON(400, "{\"error\": \"invalid_scope\"}"), "refused the login of "
	    "a@b.iam.gserviceaccount.com: invalid_scope", VERDICT_PERMFAIL },
	{ JSON(400, "{}"), "no reason given", VERDICT_PERMFAIL },
	{ DATED("", LATE), "outside its time; is this machine's clock right?",
	    VERDICT_PERMFAIL },
	{ JSON(503, "{}"), "Google's login is in trouble (503)",
	    VERDICT_TEMPFAIL },
	{ NULL, "no answer from Google's login: ", VERDICT_TEMPFAIL },
};

static void
test_a_login_that_is_refused_is_said_in_words(void **state)
{
	struct account a;
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		account_open(state, &a, "", (struct script){ {
		    refusals[i].answer } });
		assert_int_equal(login(&a), refusals[i].verdict);
		if (strstr(a.why, refusals[i].words) == NULL)
			fail_msg("%s", a.why);
		assert_null(a.google->token);
		assert_int_equal(account_close(&a), 1);
	}
}

static void
test_a_clock_that_google_doubts_twice_is_to_be_set(void **state)
{
	static const char late[] = DATED("Date: Sat, 07 Mar 2026 10:00:00 "
	    "GMT\r\n", LATE);
	struct account a;

	/* Asked once more by Google's clock, and then no more. */
	account_open(state, &a, "", (struct script){ { late, late } });
	assert_int_equal(login(&a), VERDICT_PERMFAIL);
	assert_non_null(strstr(a.why, "this machine's clock is "));
	assert_non_null(strstr(a.why, "set the clock"));
	assert_int_equal(account_close(&a), 2);
}

static void
test_a_login_that_shows_the_key_is_not_tried(void **state)
{
	struct account a;

	account_open(state, &a, "", (struct script){ { NULL } });
	free(a.google->token_url);
	a.google->token_url = copy("http://login.example.com/token");
	assert_int_equal(login(&a), VERDICT_PERMFAIL);
	assert_non_null(strstr(a.why, "google_token_url: not sent: http://"));
	assert_int_equal(account_close(&a), 0);
}

static void
test_a_token_without_a_term_is_good_for_an_hour(void **state)
{
	struct account a;
	time_t now = time(NULL);

	account_open(state, &a, "", (struct script){ { JSON(200,
	    "{\"access_token\": \"t\", \"expires_in\": -5}") } });
	assert_int_equal(login(&a), VERDICT_OK);
	assert_true(a.google->token_until >= now + 3600);
	assert_true(a.google->token_until <= time(NULL) + 3600);
	assert_int_equal(login(&a), VERDICT_OK);
	assert_int_equal(account_close(&a), 1);
}

static void
test_a_token_that_cannot_be_renewed_is_used_to_its_end(void **state)
{
	struct account a;

	account_open(state, &a, "", (struct script){ { JSON(503, "{}"),
	    JSON(503, "{}") } });
	a.google->token = copy("old");
	a.google->token_until = time(NULL) + 250;
	assert_int_equal(login(&a), VERDICT_OK);
	assert_string_equal(a.google->token, "old");
	a.google->token_until = time(NULL) + 20;
	assert_int_equal(login(&a), VERDICT_TEMPFAIL);
	assert_int_equal(account_close(&a), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_slash_at_the_end_of_google_api_does_no_harm),
		cmocka_unit_test(
		    test_an_address_that_is_no_sheet_opens_nothing),
		cmocka_unit_test(
		    test_a_login_that_is_refused_is_said_in_words),
		cmocka_unit_test(
		    test_a_clock_that_google_doubts_twice_is_to_be_set),
		cmocka_unit_test(
		    test_a_login_that_shows_the_key_is_not_tried),
		cmocka_unit_test(
		    test_a_token_without_a_term_is_good_for_an_hour),
		cmocka_unit_test(
		    test_a_token_that_cannot_be_renewed_is_used_to_its_end),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
