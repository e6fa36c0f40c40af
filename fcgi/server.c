/*
 * libfcgi's traps, and how they are kept shut:
 * a signal during a read drops the request, so threads block all signals;
 * there is a window between its own shutdown test and accept(), so threads
 * wait in epoll on the (non-blocking) socket and on a pipe that the main
 * thread closes; a blocking accept would never see that.
 */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "request.h"
#include "server.h"
#include "webhook.h"

#define STACK_SIZE	(256 * 1024)
#define LISTEN_FD	0
#define GRACE		3	/* seconds, for the rest of a request */
#define PATIENCE	5	/* as long as nobody wants to end */
#define HEAD_SIZE	512

struct server {
	struct webhook	*webhook;
	int		 quit;		/* read end of the pipe */
};

struct worker {
	struct server	*server;
	pthread_t	 thread;
	FCGX_Request	 fr;
	atomic_int	 streams;	/* an answer that goes on for long */
	atomic_ulong	 turns;		/* of its loop */
	unsigned long	 seen;		/* by the main thread: turns, fd */
	int		 fd;
};

/* libfcgi initialises itself here and takes SIGTERM for a flag that nobody
 * would look at; held back from now on, it waits for sigtimedwait. */
int
server_is_fastcgi(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	return !FCGX_IsCGI();
}

static const char *
status_text(int status)
{
	switch (status) {
	case 200: return "200 OK";
	case 400: return "400 Bad Request";
	case 401: return "401 Unauthorized";
	case 403: return "403 Forbidden";
	case 404: return "404 Not Found";
	case 405: return "405 Method Not Allowed";
	case 413: return "413 Content Too Large";
	case 500: return "500 Internal Server Error";
	}
	return "503 Service Unavailable";
}

/* The whole answer as one string, so that libfcgi sends it in one piece; of a
 * long one only the head. */
static int
format_answer(const struct answer *a, char *out, size_t size)
{
	char extra[128] = "";

	if (a->allow != NULL)
		snprintf(extra, sizeof(extra), "Allow: %s\r\n", a->allow);
	else if (a->retry_after > 0)
		snprintf(extra, sizeof(extra), "Retry-After: %d\r\n",
		    a->retry_after);
	return snprintf(out, size, "Status: %s\r\nContent-Type: %s\r\n"
	    "Cache-Control: no-store\r\n%s\r\n%s", status_text(a->status),
	    a->type, extra, a->text != NULL ? "" : a->body);
}

/* A path, as far as end.  REQUEST_URI has a query behind "?"; in what the web
 * server has decoded, one is a part of the path. */
static void
copy_path(const char *uri, const char *end, char *out, size_t size)
{
	size_t n = uri == NULL ? 0 : strcspn(uri, end);

	if (n >= size)
		n = 0;			/* longer than any of ours */
	memcpy(out, uri == NULL ? "" : uri, n);
	out[n] = '\0';
}

static int
read_fcgi(void *arg, char *buf, size_t n)
{
	FCGX_Request *fr = &((struct worker *)arg)->fr;
	int got;

	while (n > 0) {
		got = FCGX_GetStr(buf, (int)n, fr->in);
		if (got <= 0 || FCGX_GetError(fr->in) != 0)
			return -1;
		buf += got;
		n -= (size_t)got;
	}
	return 0;
}

/* A peer that takes nothing off the socket for so long is taken for gone. */
static void
limit_sending(struct worker *w)
{
	struct timeval limit = { PATIENCE, 0 };

	setsockopt(w->fr.ipcFd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* The first piece begins the answer. */
static int
send_fcgi(void *arg, const char *piece, size_t n)
{
	static const char head[] = "Status: 200 OK\r\n"
	    "Content-Type: text/event-stream\r\n"
	    "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n\r\n";
	struct worker *w = arg;

	if (!w->streams) {
		w->streams = 1;
		limit_sending(w);
		FCGX_PutStr(head, sizeof(head) - 1, w->fr.out);
	}
	FCGX_PutStr(piece, (int)n, w->fr.out);
	FCGX_FFlush(w->fr.out);
	return FCGX_GetError(w->fr.out) != 0 ? -1 : 0;
}

static int
wait_fcgi(void *arg, int ms)
{
	struct worker *w = arg;
	struct pollfd p[] = {
		{ w->fr.ipcFd, POLLRDHUP, 0 },
		{ w->server->quit, POLLIN, 0 },
	};

	return poll(p, 2, ms) == 0 ? 0 : -1;
}

static int
is_denied(const char *admitted)
{
	return admitted != NULL && strcmp(admitted, "0") == 0;
}

static void
read_params(struct request *r, FCGX_ParamArray env)
{
	r->denied = is_denied(FCGX_GetParam("CALLSHEET_ADMITTED", env));
	r->method = FCGX_GetParam("REQUEST_METHOD", env);
	r->address = FCGX_GetParam("REMOTE_ADDR", env);
	r->gate = FCGX_GetParam("CALLSHEET_GATE", env);
	r->key = FCGX_GetParam("HTTP_X_API_KEY", env);
	r->length = FCGX_GetParam("CONTENT_LENGTH", env);
	r->user = FCGX_GetParam("REMOTE_USER", env);
	r->query = FCGX_GetParam("QUERY_STRING", env);
	r->host = FCGX_GetParam("HTTP_HOST", env);
	r->origin = FCGX_GetParam("HTTP_ORIGIN", env);
	r->fetch_site = FCGX_GetParam("HTTP_SEC_FETCH_SITE", env);
	r->marker = FCGX_GetParam("HTTP_X_CALLSHEET", env);
	if (r->method == NULL)
		r->method = "";
	if (r->address == NULL)
		r->address = "";
}

static void
serve_one(struct worker *w)
{
	FCGX_Request *fr = &w->fr;
	struct request r = { 0 };
	struct answer a;
	char path[1024], out[ANSWER_SIZE + HEAD_SIZE];
	const char *uri;
	int n;

	/* What the web server has matched: decoded and normalised. */
	uri = FCGX_GetParam("DOCUMENT_URI", fr->envp);
	if (uri != NULL)
		copy_path(uri, "", path, sizeof(path));
	else
		copy_path(FCGX_GetParam("REQUEST_URI", fr->envp), "?", path,
		    sizeof(path));
	r.path = path;
	read_params(&r, fr->envp);
	r.read = read_fcgi;
	r.send = send_fcgi;
	r.wait = wait_fcgi;
	r.arg = w;
	webhook_handle(w->server->webhook, &r, &a);
	if (a.sent)
		return;
	n = format_answer(&a, out, sizeof(out));
	FCGX_PutStr(out, n, fr->out);
	if (a.text != NULL) {
		limit_sending(w);
		FCGX_PutStr(a.text, (int)a.size, fr->out);
	}
	free(a.text);
}

/* EPOLLEXCLUSIVE: a connection wakes one idle thread, not all of them. */
static int
wait_fd(int quit)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	int ep;

	if ((ep = epoll_create1(EPOLL_CLOEXEC)) == -1)
		return -1;
	ev.data.fd = LISTEN_FD;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, LISTEN_FD, &ev) == -1)
		goto err;
	ev.events = EPOLLIN;
	ev.data.fd = quit;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, quit, &ev) == 0)
		return ep;
err:
	close(ep);
	return -1;
}

static void *
serve(void *arg)
{
	struct worker *w = arg;
	struct epoll_event ev;
	int ep, n;

	if ((ep = wait_fd(w->server->quit)) == -1)
		fatal(EX_OSERR, "epoll");
	for (;;) {
		n = epoll_wait(ep, &ev, 1, -1);
		if (n == -1 && errno != EINTR)
			fatal(EX_OSERR, "epoll");
		if (n < 1)
			continue;
		if (ev.data.fd == w->server->quit)
			break;
		w->turns++;
		/* Another thread may have been faster: -EAGAIN. */
		if (FCGX_Accept_r(&w->fr) < 0)
			continue;
		serve_one(w);
		FCGX_Finish_r(&w->fr);
		w->streams = 0;
	}
	FCGX_Free(&w->fr, 1);
	close(ep);
	return NULL;
}

static struct worker *
start_threads(struct server *s, long n)
{
	pthread_attr_t attr;
	struct worker *w;
	long i;
	int rc;

	if ((w = calloc((size_t)n, sizeof(*w))) == NULL)
		fatal(EX_OSERR, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	for (i = 0; i < n; i++) {
		w[i].server = s;
		w[i].fd = -1;
		FCGX_InitRequest(&w[i].fr, LISTEN_FD, 0);
		if ((rc = pthread_create(&w[i].thread, &attr, serve,
		    &w[i])) != 0)
			fatalx(EX_OSERR, "thread: %s", strerror(rc));
	}
	pthread_attr_destroy(&attr);
	return w;
}

/* A web server sends whole requests.  What is not whole a while after the end
 * was asked for is cut off, or it would keep this program from ending. */
static void
join_threads(struct worker *w, long n)
{
	struct timespec until;
	long i;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += GRACE;
	for (i = 0; i < n; i++) {
		if (pthread_timedjoin_np(w[i].thread, NULL, &until) == 0)
			continue;
		shutdown(w[i].fr.ipcFd, SHUT_RD);
		pthread_join(w[i].thread, NULL);
	}
}

/* The same for a thread that has been at one connection for so long: a few
 * peers that send half a request would take all threads for ever.  Whose
 * request has been read does not notice. */
static void
cut_stalled(struct worker *w, long n)
{
	unsigned long turns;
	long i;
	int fd;

	for (i = 0; i < n; i++, w++) {
		turns = w->turns;
		fd = w->fr.ipcFd;
		if (fd != -1 && fd == w->fd && turns == w->seen && !w->streams)
			shutdown(fd, SHUT_RD);
		w->seen = turns;
		w->fd = fd;
	}
}

static void
wait_for_end(struct worker *w, long n)
{
	struct timespec patience = { PATIENCE, 0 };
	sigset_t quit;
	int sig;

	sigemptyset(&quit);
	sigaddset(&quit, SIGTERM);
	sigaddset(&quit, SIGINT);
	while ((sig = sigtimedwait(&quit, NULL, &patience)) == -1)
		cut_stalled(w, n);
	log_info("%s: finishing what is in flight", strsignal(sig));
}

int
server_run(struct webhook *wh, long n)
{
	struct server s = { .webhook = wh };
	struct worker *workers;
	int fds[2];

	if (FCGX_Init() != 0 || pipe2(fds, O_CLOEXEC) == -1 ||
	    fcntl(LISTEN_FD, F_SETFL, O_NONBLOCK) == -1) {
		log_warn("listening socket");
		return -1;
	}
	s.quit = fds[0];
	workers = start_threads(&s, n);
	wait_for_end(workers, n);
	/* The write end is closed: every thread sees the end of the pipe. */
	close(fds[1]);
	join_threads(workers, n);
	close(fds[0]);
	free(workers);
	return 0;
}

/* A query without "=" is handed to a CGI program as the words of its command
 * line (RFC 3875, 4.4): as options, if whoever asks likes.  No question of
 * ours is without one. */
int
server_is_tricked(int argc)
{
	const char *query = getenv("QUERY_STRING");

	if (argc < 2 || getenv("REQUEST_METHOD") == NULL || query == NULL ||
	    *query == '\0' || strchr(query, '=') != NULL)
		return 0;
	log_warnx("a query that may have become options is refused");
	fputs("Status: 400 Bad Request\r\nContent-Type: application/json\r\n"
	    "Cache-Control: no-store\r\n\r\n"
	    "{\"ok\":false,\"reason\":\"a query without =\"}\n", stdout);
	return 1;
}

static int
read_cgi(void *arg, char *buf, size_t n)
{
	return fread(buf, 1, n, arg) == n ? 0 : -1;
}

/* The address as the client named it; where the script has an address of its
 * own, what follows that. */
static void
cgi_path(char *out, size_t size)
{
	const char *uri = getenv("REQUEST_URI"), *info = getenv("PATH_INFO");
	const char *script = getenv("SCRIPT_NAME");
	int n;

	if (info != NULL && webhook_knows(info)) {
		copy_path(info, "", out, size);
	} else if (uri != NULL) {
		copy_path(uri, "?", out, size);
	} else {
		n = snprintf(out, size, "%s%s", script != NULL ? script : "",
		    info != NULL ? info : "");
		if (n < 0 || (size_t)n >= size)
			out[0] = '\0';
	}
}

int
server_once(struct webhook *wh)
{
	struct request r = { 0 };
	struct answer a;
	char path[1024], out[ANSWER_SIZE + HEAD_SIZE];
	sigset_t none;

	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	cgi_path(path, sizeof(path));
	r.path = path;
	r.denied = is_denied(getenv("CALLSHEET_ADMITTED"));
	r.method = getenv("REQUEST_METHOD");
	r.address = getenv("REMOTE_ADDR");
	r.gate = getenv("CALLSHEET_GATE");
	r.key = getenv("HTTP_X_API_KEY");
	r.length = getenv("CONTENT_LENGTH");
	r.user = getenv("REMOTE_USER");
	r.query = getenv("QUERY_STRING");
	r.host = getenv("HTTP_HOST");
	r.origin = getenv("HTTP_ORIGIN");
	r.fetch_site = getenv("HTTP_SEC_FETCH_SITE");
	r.marker = getenv("HTTP_X_CALLSHEET");
	r.read = read_cgi;
	r.arg = stdin;
	if (r.address == NULL)
		r.address = "";
	if (r.method == NULL) {
		log_warnx("neither a FastCGI socket on descriptor 0 nor a CGI "
		    "request; see callsheet-webhook(8)");
		return -1;
	}
	webhook_handle(wh, &r, &a);
	format_answer(&a, out, sizeof(out));
	fputs(out, stdout);
	if (a.text != NULL)
		fwrite(a.text, 1, a.size, stdout);
	free(a.text);
	return fflush(stdout) == 0 ? 0 : -1;
}
