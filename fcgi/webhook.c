/*
 * A ladder from cheap to dear: route, method, admission, size, body, store.
 * Each rung answers and leaves; every request gets exactly one answer and one
 * log line.
 */
#include <errno.h>
#include <json-c/json.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "admit.h"
#include "api.h"
#include "body.h"
#include "candidate.h"
#include "execution.h"
#include "log.h"
#include "request.h"
#include "webhook.h"
#include "writer.h"

/* json-c needs up to 265 times the size of a body.  What is larger than any
 * honest one usually is gets parsed one at a time. */
#define BIG_BODY	(32 * 1024)

enum { OUT_STORED, OUT_KNOWN, OUT_BAD, OUT_REFUSED, OUT_FAILED, OUT__N };
static const char *const out_name[] = { "stored", "known", "bad", "refused",
    "failed" };

struct webhook {
	struct admit	*admit;
	struct writer	*writer;
	struct api	*api;
	pthread_mutex_t	 big;
	atomic_ulong	 total[OUT__N];
};

struct webhook *
webhook_open(struct admit *admit, struct writer *writer, struct api *api)
{
	struct webhook *wh;

	if ((wh = calloc(1, sizeof(*wh))) == NULL)
		fatal(EX_OSERR, NULL);
	wh->admit = admit;
	wh->writer = writer;
	wh->api = api;
	pthread_mutex_init(&wh->big, NULL);
	return wh;
}

void
webhook_close(struct webhook *wh)
{
	if (wh == NULL)
		return;
	pthread_mutex_destroy(&wh->big);
	free(wh);
}

/* s as a JSON string.  Made without memory of its own: what was stored must
 * be answered so whatever happens. */
static void
quote(const char *s, char *out, size_t size)
{
	size_t n = 0;

	out[n++] = '"';
	for (; *s != '\0' && n + sizeof("\\u0000\"") <= size; s++) {
		if ((unsigned char)*s < ' ') {
			n += (size_t)snprintf(out + n, size - n, "\\u%04x",
			    (unsigned int)*s);
			continue;
		}
		if (*s == '"' || *s == '\\')
			out[n++] = '\\';
		out[n++] = *s;
	}
	out[n++] = '"';
	out[n] = '\0';
}

/* {"ok":true,...} or {"ok":false,"reason":"..."}, and the log line. */
static void
respond(const struct request *r, struct answer *a, int status,
    const char *id, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static void
respond(const struct request *r, struct answer *a, int status,
    const char *id, const char *fmt, ...)
{
	char reason[512], quoted[600], name[EXECUTION_ID_SIZE * 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	quote(reason, quoted, sizeof(quoted));
	quote(id != NULL ? id : "", name, sizeof(name));
	a->status = status;
	a->type = "application/json";
	snprintf(a->body, sizeof(a->body), "{\"ok\":%s%s%s,\"%s\":%s}\n",
	    status == 200 ? "true" : "false", id != NULL ? ",\"id\":" : "",
	    id != NULL ? name : "", status == 200 ? "result" : "reason",
	    quoted);
	/* The path may hold the secret: it is not logged. */
	if (status == 200 || status == 401 || status == 403 || status == 404)
		log_info("%s from %s: %d %s%s%s", r->method, r->address,
		    status, reason, id != NULL ? " " : "",
		    id != NULL ? id : "");
	else
		log_warnx("%s from %s: %d %s", r->method, r->address, status,
		    reason);
}

static int
quarantine(struct webhook *wh, const struct request *r, const char *body,
    size_t n, const char *reason)
{
	struct job job = { .kind = JOB_QUARANTINE, .address = r->address,
	    .reason = reason };

	job.event.body = body;
	job.event.size = n;
	job.event.at = time(NULL);
	return writer_run(wh->writer, &job) == JOB_STORED ? 0 : -1;
}

static void
not_stored(struct webhook *wh, const struct request *r, struct answer *a,
    const char *why)
{
	wh->total[OUT_FAILED]++;
	a->retry_after = 30;
	respond(r, a, 503, NULL, "not stored: %s; send it again", why);
}

static void
refuse_body(struct webhook *wh, const struct request *r, struct answer *a,
    const char *body, size_t n, const char *why)
{
	if (quarantine(wh, r, body, n, why) == -1) {
		not_stored(wh, r, a, "the database cannot be written");
		return;
	}
	wh->total[OUT_BAD]++;
	respond(r, a, 400, NULL, "%s", why);
}

static void
store(struct webhook *wh, const struct request *r, struct answer *a,
    const char *body, size_t n, const struct execution *ex)
{
	struct job job = { .kind = JOB_EVENT };

	job.event.source = EVENT_WEBHOOK;
	job.event.body = body;
	job.event.size = n;
	job.event.ex = ex;
	job.event.at = time(NULL);
	digest(body, n, job.event.digest);
	switch (writer_run(wh->writer, &job)) {
	case JOB_STORED:
		wh->total[OUT_STORED]++;
		respond(r, a, 200, ex->id, ex->kind == EXECUTION_BATCH ?
		    "skipped: about a batch" : "stored");
		break;
	case JOB_KNOWN:
		wh->total[OUT_KNOWN]++;
		respond(r, a, 200, ex->id, "already known");
		break;
	case JOB_ABSENT:
	case JOB_SEVERAL:
	case JOB_FAILED:
		not_stored(wh, r, a, "the database cannot be written");
		break;
	}
}

static void
take_body(struct webhook *wh, const struct request *r, struct answer *a,
    const char *body, size_t n)
{
	struct execution ex;
	struct json_object *js;
	const char *why;
	int rc;

	js = body_parse(body, n, BODY_MAX_BYTES, BODY_MAX_MARKS, &why);
	if (js == NULL && why == body_no_memory) {
		not_stored(wh, r, a, why);
		return;
	} else if (js == NULL) {
		refuse_body(wh, r, a, body, n, why);
		return;
	}
	memset(&ex, 0, sizeof(ex));
	rc = execution_decode(js, &ex);
	json_object_put(js);
	if (rc == -1)
		not_stored(wh, r, a, body_no_memory);
	else if (ex.kind == EXECUTION_NONE)
		refuse_body(wh, r, a, body, n, "no execution id in the body");
	else
		store(wh, r, a, body, n, &ex);
	execution_clear(&ex);
}

/* CONTENT_LENGTH as a number, -1 when absent or malformed. */
static long
content_length(const char *s)
{
	char *end;
	long n;

	if (s == NULL || *s < '0' || *s > '9')
		return -1;
	errno = 0;
	n = strtol(s, &end, 10);
	return errno != 0 || *end != '\0' ? -1 : n;
}

static void
receive(struct webhook *wh, const struct request *r, struct answer *a)
{
	long n = content_length(r->length);
	char *body;
	int big;

	if (n <= 0) {
		wh->total[OUT_BAD]++;
		respond(r, a, 400, NULL, "no body, or no Content-Length");
		return;
	}
	if (n > BODY_MAX_BYTES) {
		wh->total[OUT_BAD]++;
		respond(r, a, 413, NULL, "body larger than %d bytes",
		    BODY_MAX_BYTES);
		return;
	}
	big = n > BIG_BODY;
	if (big)
		pthread_mutex_lock(&wh->big);
	if ((body = malloc((size_t)n)) == NULL) {
		not_stored(wh, r, a, "out of memory");
	} else if (r->read(r->arg, body, (size_t)n) == -1) {
		wh->total[OUT_BAD]++;
		respond(r, a, 400, NULL,
		    "body shorter than its Content-Length");
	} else {
		take_body(wh, r, a, body, (size_t)n);
	}
	free(body);
	if (big) {
		malloc_trim(0);
		pthread_mutex_unlock(&wh->big);
	}
}

static void
on_webhook(struct webhook *wh, const struct request *r, const char *secret,
    struct answer *a)
{
	enum admission adm = admit_check(wh->admit, r, secret);

	if (adm == ADMIT_OK) {
		if (strcmp(r->method, "POST") == 0)
			receive(wh, r, a);
		else
			respond(r, a, 200, NULL, "this is the address for "
			    "Bolna's webhooks; it takes POST");
		return;
	}
	wh->total[OUT_REFUSED]++;
	writer_nudge(wh->writer);
	if (adm == ADMIT_GATE)
		respond(r, a, 401, NULL, "not through the web server");
	else if (adm == ADMIT_ADDRESS)
		respond(r, a, 403, NULL, "address not admitted");
	else if (secret == NULL && r->key != NULL)
		respond(r, a, 401, NULL, "the x-api-key is wrong");
	else
		respond(r, a, 404, NULL, "no such address");
}

static void
on_healthz(struct webhook *wh, const struct request *r, const char *secret,
    struct answer *a)
{
	struct job job = { .kind = JOB_PROBE };

	(void)secret;
	if (writer_run(wh->writer, &job) == JOB_STORED)
		respond(r, a, 200, NULL, "a webhook could be stored");
	else
		respond(r, a, 503, NULL, "a webhook could not be stored");
}

static void
on_metrics(struct webhook *wh, const struct request *r, const char *secret,
    struct answer *a)
{
	size_t len;
	int i;

	(void)secret;
	respond(r, a, 200, NULL, "metrics");
	a->type = "text/plain; version=0.0.4";
	len = (size_t)snprintf(a->body, sizeof(a->body),
	    "# HELP callsheet_webhooks_total Webhook requests by result.\n"
	    "# TYPE callsheet_webhooks_total counter\n");
	for (i = 0; i < OUT__N; i++)
		len += (size_t)snprintf(a->body + len, sizeof(a->body) - len,
		    "callsheet_webhooks_total{result=\"%s\"} %lu\n",
		    out_name[i], atomic_load(&wh->total[i]));
	api_metrics(wh->api, a);
}

static void
store_choice(struct webhook *wh, const struct request *r, struct answer *a,
    const struct candidate *c)
{
	struct job job = { .kind = JOB_CHOICE, .choice = c };

	switch (writer_run(wh->writer, &job)) {
	case JOB_STORED:
	case JOB_KNOWN:
		respond(r, a, 200, NULL, "%s", c->word);
		break;
	case JOB_ABSENT:
		respond(r, a, 404, NULL, "no such call or key");
		break;
	case JOB_SEVERAL:
		respond(r, a, 400, NULL, "several rows have this key: name "
		    "the call");
		break;
	case JOB_FAILED:
		not_stored(wh, r, a, "the database cannot be written");
		break;
	}
}

/* Nobody without a name that the web server has checked. */
static void
on_candidate(struct webhook *wh, const struct request *r, struct candidate *c,
    struct answer *a)
{
	long n = content_length(r->length);
	char body[CANDIDATE_BODY];
	const char *why;

	if (r->user == NULL || *r->user == '\0' ||
	    strlen(r->user) >= sizeof(c->user)) {
		respond(r, a, 403, NULL, "log in at the web server");
	} else if (strcmp(r->method, "PUT") != 0) {
		a->allow = "PUT";
		respond(r, a, 405, NULL, "method not allowed here");
	} else if (n <= 0) {
		respond(r, a, 400, NULL, "no body, or no Content-Length");
	} else if (n > CANDIDATE_BODY) {
		respond(r, a, 413, NULL, "body larger than %d bytes",
		    CANDIDATE_BODY);
	} else if (r->read(r->arg, body, (size_t)n) == -1) {
		respond(r, a, 400, NULL,
		    "body shorter than its Content-Length");
	} else if (candidate_read(c, body, (size_t)n, &why) == -1) {
		if (why == body_no_memory)
			not_stored(wh, r, a, why);
		else
			respond(r, a, 400, NULL, "%s", why);
	} else {
		snprintf(c->user, sizeof(c->user), "%s", r->user);
		store_choice(wh, r, a, c);
	}
}

struct route {
	const char	*path;
	const char	*methods;	/* as in the Allow header */
	int		 secret;	/* may be followed by "/<secret>" */
	void		(*handle)(struct webhook *, const struct request *,
			    const char *secret, struct answer *);
};

static const struct route routes[] = {
	{ "/webhook/bolna", "GET, POST", 1, on_webhook },
	{ "/bolna/webhook", "GET, POST", 1, on_webhook },
	{ "/webhook", "GET, POST", 1, on_webhook },
	{ "/api/webhook", "GET, POST", 1, on_webhook },
	{ "/api/webhooks/bolna", "GET, POST", 1, on_webhook },
	{ "/api/webhooks/bolna/call-status", "GET, POST", 1, on_webhook },
	{ "/healthz", "GET", 0, on_healthz },
	{ "/metrics", "GET", 0, on_metrics },
};
#define NROUTES	(sizeof(routes) / sizeof(routes[0]))

/* The route itself, else one that is followed by a secret. */
static const struct route *
find_route(const char *path, const char **secret)
{
	size_t i, len;

	*secret = NULL;
	for (i = 0; i < NROUTES; i++)
		if (strcmp(path, routes[i].path) == 0)
			return &routes[i];
	for (i = 0; i < NROUTES; i++) {
		len = strlen(routes[i].path);
		if (routes[i].secret && path[len == 0 ? 0 : len - 1] != '\0' &&
		    strncmp(path, routes[i].path, len) == 0 &&
		    path[len] == '/' && path[len + 1] != '\0' &&
		    strchr(path + len + 1, '/') == NULL) {
			*secret = path + len + 1;
			return &routes[i];
		}
	}
	return NULL;
}

int
webhook_knows(const char *path)
{
	const char *secret;

	char id[CANDIDATE_ID];

	return find_route(path, &secret) != NULL || candidate_path(path, id) ||
	    api_knows(path);
}

static int
method_allowed(const char *methods, const char *method)
{
	size_t n, len = strlen(method);
	const char *p;

	for (p = methods; ; p += n + strlen(", ")) {
		n = strcspn(p, ",");
		if (n == len && memcmp(p, method, n) == 0)
			return 1;
		if (p[n] == '\0')
			return 0;
	}
}

void
webhook_handle(struct webhook *wh, const struct request *r, struct answer *a)
{
	const struct route *route;
	struct candidate c = { .id = "" };
	const char *secret;

	memset(a, 0, offsetof(struct answer, body));
	a->body[0] = '\0';
	route = find_route(r->path, &secret);
	if (candidate_path(r->path, c.id)) {
		if (admit_gate(wh->admit, r) == ADMIT_OK)
			on_candidate(wh, r, &c, a);
		else
			respond(r, a, 401, NULL, "not through the web server");
	} else if (route == NULL && !api_knows(r->path)) {
		respond(r, a, 404, NULL, "no such address");
	} else if (route != NULL && !method_allowed(route->methods,
	    r->method)) {
		a->allow = route->methods;
		respond(r, a, 405, NULL, "method not allowed here");
	} else if ((route == NULL || !route->secret) &&
	    admit_gate(wh->admit, r) != ADMIT_OK) {
		respond(r, a, 401, NULL, "not through the web server");
	} else if (route == NULL) {
		api_handle(wh->api, r, a);
	} else {
		route->handle(wh, r, secret, a);
	}
}
