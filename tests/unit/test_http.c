/* What http.h promises about requests that go wrong, against a small server
 * that misbehaves to order. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http.h"

#define OK_REPLY "HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; x\r\n" \
	"Date: Sat, 07 Mar 2026 10:00:00 GMT\r\nContent-Length: 2\r\n\r\n{}"

/* What the server does with the requests of all connections, one after
 * another; NULL means: read it and hang up. */
struct script {
	const char	*reply[4];
};

struct server {
	pid_t	 pid;
	int	 port;
	int	 told;		/* one byte comes for each request */
};

static int
listener(int *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

/* Answer what comes, keeping connections, until killed. */
static void
serve(int fd, int tell, const struct script *s)
{
	struct pollfd p[16];
	const char *reply;
	char buf[8192];
	nfds_t n = 1, i;
	size_t step = 0;
	ssize_t got;

	p[0] = (struct pollfd){ fd, POLLIN, 0 };
	for (;;) {
		poll(p, n, -1);
		if ((p[0].revents & POLLIN) && n < 16)
			p[n++] = (struct pollfd){ accept(fd, NULL, NULL),
			    POLLIN, 0 };
		for (i = 1; i < n; i++) {
			if (!(p[i].revents & (POLLIN | POLLHUP)))
				continue;
			got = read(p[i].fd, buf, sizeof(buf));
			if (got > 0) {
				if (write(tell, buf, 1) != 1)
					_exit(1);
				reply = step < 4 ? s->reply[step] : NULL;
				step++;
				if (reply != NULL && write(p[i].fd, reply,
				    strlen(reply)) > 0)
					continue;
			}
			close(p[i].fd);
			p[i].fd = -1;
			p[i].revents = 0;
		}
	}
}

static struct server
server_start(struct script s)
{
	struct server srv;
	int fd, pipefd[2];

	fd = listener(&srv.port);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(pipe(pipefd), 0);
	if ((srv.pid = fork()) == 0) {
		close(pipefd[0]);
		serve(fd, pipefd[1], &s);
	}
	close(fd);
	close(pipefd[1]);
	srv.told = pipefd[0];
	return srv;
}

/* End the server; returns how many requests it saw. */
static int
server_stop(struct server *srv)
{
	char c;
	int n = 0;

	kill(srv->pid, SIGKILL);
	waitpid(srv->pid, NULL, 0);
	while (read(srv->told, &c, 1) == 1)
		n++;
	close(srv->told);
	return n;
}

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
