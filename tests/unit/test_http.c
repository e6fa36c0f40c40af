/* What http.h promises about requests that go wrong, against a small server
 * that misbehaves to order. */
#include "server.h"
#include "http.h"

#define OK_REPLY "HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; x\r\n" \
	"Date: Sat, 07 Mar 2026 10:00:00 GMT\r\nContent-Length: 2\r\n\r\n{}"

static char *
url_of(int port)
{
	static char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/call?key=hidden",
	    port);
	return url;
}

static struct http_request
post(const char *url)
{
	struct http_request r = { .method = "POST", .url = url,
	    .bearer = "topsecret", .type = "application/json", .body = "{}",
	    .bodysz = 2, .timeout_ms = 3000 };

	return r;
}

static void
test_a_key_never_goes_over_http_to_another_host(void **state)
{
	static const char *const urls[] = {
		"http://api.example.com/", "http://127.0.0.1.example.com/",
		"http://127.evil.example/", "http://localhost.example.com/",
		"http://[2001:db8::1]/", "http://10.0.0.1/",
		"http://127.0.0.1@example.com/", "ftp://127.0.0.1/",
		"file:///etc/passwd", "", "no url",
	};
	struct http_request r[sizeof(urls) / sizeof(urls[0])];
	size_t i, n = sizeof(urls) / sizeof(urls[0]);

	for (i = 0; i < n; i++)
		r[i] = post(urls[i]);
	http_run(*state, r, n, 3);
	for (i = 0; i < n; i++) {
		if (r[i].sent || r[i].status != 0 ||
		    strncmp(r[i].error, "not sent: ", 10) != 0)
			fail_msg("%s: %s", urls[i], r[i].error);
		http_clear(&r[i]);
	}
}

static void
test_a_refused_connection_is_provably_unsent(void **state)
{
	struct http_request r;
	int port, fd = listener(&port);

	r = post(url_of(port));
	r.once = 1;
	http_run(*state, &r, 1, 1);
	assert_int_equal(r.sent, 0);
	assert_int_equal(r.status, 0);
	assert_int_not_equal(r.error[0], '\0');
	assert_null(strstr(r.error, "hidden"));
	close(fd);
}

static int
refuse(void *arg)
{
	(*(int *)arg)++;
	return -1;
}

static int
agree(void *arg)
{
	(*(int *)arg)++;
	return 0;
}

static void
test_a_request_put_off_at_the_last_moment_never_leaves(void **state)
{
	struct server srv = server_start((struct script){ { OK_REPLY } });
	struct http_request r = post(url_of(srv.port));
	int asked = 0;

	r.once = 1;
	r.ready = refuse;
	r.arg = &asked;
	http_run(*state, &r, 1, 1);
	assert_int_equal(asked, 1);
	assert_int_equal(r.sent, 0);
	assert_int_equal(r.status, 0);
	assert_int_equal(server_stop(&srv), 0);
}

static void
test_an_answer_brings_status_type_date_and_body(void **state)
{
	struct server srv = server_start((struct script){ { OK_REPLY } });
	struct http_request r = post(url_of(srv.port));
	int asked = 0;

	r.ready = agree;
	r.arg = &asked;
	http_run(*state, &r, 1, 1);
	assert_string_equal(r.error, "");
	assert_int_equal(asked, 1);
	assert_int_equal(r.sent, 1);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.reply_type, "application/json");
	assert_int_equal(r.date, 1772877600);
	assert_int_equal(r.retry_after, -1);
	assert_string_equal(r.reply, "{}");
	assert_int_equal(r.replysz, 2);
	http_clear(&r);
	assert_int_equal(server_stop(&srv), 1);
}

static void
test_retry_after_is_read_as_seconds_or_date_and_capped(void **state)
{
	static const struct { const char *head; long secs; } c[] = {
		{ "Retry-After: 7", 7 },
		{ "Retry-After: 99999999999999999999", 86400 },
		{ "Retry-After: Sat, 07 Mar 2026 10:02:00 GMT", 120 },
		{ "Retry-After: soon", -1 },
	};
	struct server srv;
	struct http_request r;
	char reply[256];
	size_t i;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		snprintf(reply, sizeof(reply), "HTTP/1.1 429 Slow\r\n%s\r\n"
		    "Date: Sat, 07 Mar 2026 10:00:00 GMT\r\n"
		    "Content-Length: 0\r\n\r\n", c[i].head);
		srv = server_start((struct script){ { reply } });
		r = post(url_of(srv.port));
		http_run(*state, &r, 1, 1);
		assert_int_equal(r.status, 429);
		assert_int_equal(r.retry_after, c[i].secs);
		http_clear(&r);
		server_stop(&srv);
	}
}

static void
test_a_call_whose_answer_is_lost_is_sent_exactly_once(void **state)
{
	struct server srv = server_start((struct script){ { OK_REPLY } });
	struct http_request r = post(url_of(srv.port));

	r.once = 1;
	http_run(*state, &r, 1, 1);
	assert_int_equal(r.status, 200);
	http_clear(&r);
	r = post(url_of(srv.port));
	r.once = 1;
	http_run(*state, &r, 1, 1);
	assert_int_equal(r.status, 0);
	assert_int_equal(r.sent, 1);
	assert_int_not_equal(r.error[0], '\0');
	assert_int_equal(server_stop(&srv), 2);
}

static void
test_a_post_on_a_dying_kept_connection_is_not_repeated(void **state)
{
	struct server srv = server_start((struct script){ { OK_REPLY, NULL,
	    OK_REPLY } });
	struct http_request r = post(url_of(srv.port));

	http_run(*state, &r, 1, 1);
	assert_int_equal(r.status, 200);
	http_clear(&r);
	r = post(url_of(srv.port));
	http_run(*state, &r, 1, 1);
	assert_int_equal(r.status, 0);
	assert_int_equal(r.sent, 1);
	assert_non_null(strstr(r.error, "not sent a second time"));
	assert_int_equal(server_stop(&srv), 2);
}

static void
test_a_get_on_a_dying_kept_connection_is_repeated(void **state)
{
	struct server srv = server_start((struct script){ { OK_REPLY, NULL,
	    OK_REPLY } });
	struct http_request r;
	int i, asked = 0;

	for (i = 0; i < 2; i++) {
		r = (struct http_request){ .method = "GET",
		    .url = url_of(srv.port), .timeout_ms = 3000,
		    .ready = agree, .arg = &asked };
		http_run(*state, &r, 1, 1);
		assert_int_equal(r.status, 200);
		http_clear(&r);
	}
	assert_int_equal(asked, 2);
	assert_int_equal(server_stop(&srv), 3);
}

static void
test_a_redirect_is_an_answer_and_not_an_order(void **state)
{
	struct server srv = server_start((struct script){ { "HTTP/1.1 307 x"
	    "\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n" } });
	struct http_request r = post(url_of(srv.port));

	http_run(*state, &r, 1, 1);
	assert_int_equal(r.status, 307);
	http_clear(&r);
	assert_int_equal(server_stop(&srv), 1);
}

static void
test_silence_ends_at_the_timeout_and_counts_as_sent(void **state)
{
	struct server srv = server_start((struct script){ { "HTTP/1.1 " } });
	struct http_request r = post(url_of(srv.port));

	r.timeout_ms = 200;
	r.once = 1;
	http_run(*state, &r, 1, 1);
	assert_int_equal(r.status, 0);
	assert_int_equal(r.sent, 1);
	assert_non_null(strstr(r.error, "timed out"));
	http_clear(&r);
	server_stop(&srv);
}

static void
test_a_header_cannot_be_smuggled_in_with_the_token(void **state)
{
	struct server srv = server_start((struct script){ { OK_REPLY } });
	struct http_request r = post(url_of(srv.port));

	r.bearer = "a\r\nX-Other: b";
	http_run(*state, &r, 1, 1);
	assert_int_equal(r.sent, 0);
	assert_null(strstr(r.error, "X-Other"));
	assert_int_equal(server_stop(&srv), 0);
}

/* An answer with so many bytes as no whole answer has. */
static char *
huge_answer(int status)
{
	size_t n = 17 << 20, head;
	char *s = malloc(n + 200);

	assert_non_null(s);
	head = (size_t)sprintf(s, "HTTP/1.1 %d x\r\nContent-Length: %zu\r\n"
	    "\r\n", status, n);
	memset(s + head, ' ', n);
	s[head + n] = '\0';
	return s;
}

static int
take_all(void *arg, const char *s, size_t n)
{
	(void)s;
	*(size_t *)arg += n;
	return 0;
}

static int
take_nothing(void *arg, const char *s, size_t n)
{
	(void)arg;
	(void)s;
	(void)n;
	return -1;
}

static void
test_an_answer_without_end_does_not_fill_the_memory(void **state)
{
	char *ok = huge_answer(200), *bad = huge_answer(500);
	struct server srv = server_start((struct script){ { ok, bad, ok } });
	struct http_request r[3];
	size_t i, fed = 0;

	for (i = 0; i < 3; i++) {
		r[i] = post(url_of(srv.port));
		r[i].once = 1;
		r[i].timeout_ms = 240000;	/* slow under sanitizers */
		/* What is taken as it comes may be large, a fault not. */
		r[i].sink = i > 0 ? take_all : NULL;
		r[i].arg = &fed;
	}
	http_run(*state, r, 3, 1);
	for (i = 0; i < 2; i++) {
		assert_string_equal(r[i].error, "answer is too large");
		assert_true(r[i].replysz <= 16 << 20);
	}
	assert_string_equal(r[2].error, "");
	assert_int_equal(fed, 17 << 20);
	for (i = 0; i < 3; i++)
		http_clear(&r[i]);
	assert_int_equal(server_stop(&srv), 3);
	free(ok);
	free(bad);
}

static void
test_an_answer_that_its_reader_refuses_is_no_success(void **state)
{
	struct server srv = server_start((struct script){ { OK_REPLY } });
	struct http_request r = post(url_of(srv.port));

	r.sink = take_nothing;
	http_run(*state, &r, 1, 1);
	assert_string_equal(r.error, "answer is not understood");
	assert_int_equal(r.status, 200);
	assert_null(r.reply);
	assert_int_equal(server_stop(&srv), 1);
}

/* While one that has begun waits for its answer, others come and go. */
static void
test_what_has_begun_keeps_nobody_waiting(void **state)
{
	struct server slow = server_start((struct script){ { "HTTP/1.1 " } });
	struct server srv = server_start((struct script){ { OK_REPLY,
	    OK_REPLY } });
	struct http_request begun = post(url_of(slow.port)), r;
	int i;

	begun.timeout_ms = 60000;
	http_begin(*state, &begun);
	for (i = 0; i < 2; i++) {
		r = post(url_of(srv.port));
		http_run(*state, &r, 1, 1);
		assert_int_equal(r.status, 200);
		http_clear(&r);
	}
	assert_int_equal(begun.over, 0);
	http_drop(*state);
	assert_int_equal(begun.over, 1);
	assert_int_equal(begun.sent, 1);
	assert_string_equal(begun.error, "nobody waited for the answer");
	http_clear(&begun);
	server_stop(&slow);
	assert_int_equal(server_stop(&srv), 2);
}

static void
test_what_has_begun_goes_on_during_other_requests_and_sleep(void **state)
{
	struct server srv = server_start((struct script){ { OK_REPLY,
	    OK_REPLY, OK_REPLY } });
	struct http_request begun[2], r;
	char url[64];
	int i;

	snprintf(url, sizeof(url), "%s", url_of(srv.port));
	for (i = 0; i < 2; i++) {
		begun[i] = post(url);
		http_begin(*state, &begun[i]);
	}
	r = post(url);
	http_run(*state, &r, 1, 1);
	assert_int_equal(r.status, 200);
	for (i = 0; i < 500 && !(begun[0].over && begun[1].over); i++)
		assert_int_equal(http_wait(*state, 20), 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(begun[i].status, 200);
		assert_string_equal(begun[i].reply, "{}");
		http_clear(&begun[i]);
	}
	http_clear(&r);
	assert_int_equal(server_stop(&srv), 3);
}

/* Whoever looks late finds the answer all the same. */
static void
test_an_answer_counts_although_nobody_was_there_to_take_it(void **state)
{
	struct server srv = server_start((struct script){ { OK_REPLY } });
	struct http_request r = post(url_of(srv.port));

	r.timeout_ms = 1000;
	kill(srv.pid, SIGSTOP);
	http_begin(*state, &r);
	while (!r.sent && !r.over)
		http_wait(*state, 1);
	assert_int_equal(r.over, 0);
	kill(srv.pid, SIGCONT);
	usleep(1200000);
	while (!r.over)
		http_wait(*state, 1);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.error, "");
	http_clear(&r);
	server_stop(&srv);
}

static void
test_patience_with_what_has_begun_ends(void **state)
{
	struct server srv = server_start((struct script){ { "HTTP/1.1 " } });
	struct http_request r = post(url_of(srv.port));

	r.timeout_ms = 200;
	http_begin(*state, &r);
	while (!r.over)
		http_wait(*state, 20);
	assert_int_equal(r.status, 0);
	assert_int_equal(r.sent, 1);
	assert_string_equal(r.error, "timed out");
	http_clear(&r);
	server_stop(&srv);
}

static void
test_what_cannot_begin_is_over_at_once(void **state)
{
	struct http_request r = post("http://api.example.com/");

	http_begin(*state, &r);
	assert_int_equal(r.over, 1);
	assert_int_equal(r.sent, 0);
	assert_memory_equal(r.error, "not sent: ", 10);
}

/* Calling hours must not hang on a clock that only Slack has. */
static void
test_the_time_is_told_by_those_we_wait_for(void **state)
{
	struct server srv = server_start((struct script){ { OK_REPLY,
	    OK_REPLY } });
	struct http_request r = post(url_of(srv.port));
	int64_t skew;
	int i;

	http_begin(*state, &r);
	for (i = 0; i < 500 && !r.over; i++)
		http_wait(*state, 20);
	assert_int_equal(r.status, 200);
	assert_int_not_equal(r.date, 0);
	assert_int_equal(http_skew(*state, &skew), -1);
	http_clear(&r);
	http_run(*state, &r, 1, 1);
	assert_int_equal(http_skew(*state, &skew), 0);
	http_clear(&r);
	server_stop(&srv);
}

static int
setup(void **state)
{
	*state = http_open("callsheet-test");
	return *state != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	http_close(*state);
	return 0;
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_key_never_goes_over_http_to_another_host),
		T(test_a_refused_connection_is_provably_unsent),
		T(test_a_request_put_off_at_the_last_moment_never_leaves),
		T(test_an_answer_brings_status_type_date_and_body),
		T(test_retry_after_is_read_as_seconds_or_date_and_capped),
		T(test_a_call_whose_answer_is_lost_is_sent_exactly_once),
		T(test_a_post_on_a_dying_kept_connection_is_not_repeated),
		T(test_a_get_on_a_dying_kept_connection_is_repeated),
		T(test_a_redirect_is_an_answer_and_not_an_order),
		T(test_silence_ends_at_the_timeout_and_counts_as_sent),
		T(test_a_header_cannot_be_smuggled_in_with_the_token),
		T(test_an_answer_without_end_does_not_fill_the_memory),
		T(test_an_answer_that_its_reader_refuses_is_no_success),
		T(test_what_has_begun_keeps_nobody_waiting),
		T(test_what_has_begun_goes_on_during_other_requests_and_sleep),
		T(test_an_answer_counts_although_nobody_was_there_to_take_it),
		T(test_patience_with_what_has_begun_ends),
		T(test_what_cannot_begin_is_over_at_once),
		T(test_the_time_is_told_by_those_we_wait_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
