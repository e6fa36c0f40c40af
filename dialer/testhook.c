/*
 * callsheet test-webhook: something like a webhook goes the whole way, by the
 * public address, through web server and receiver, and is looked for in the
 * database.  It is about no call: nothing follows from it.
 */
#include <sys/random.h>

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "compose.h"
#include "conf.h"
#include "db.h"
#include "digest.h"
#include "public.h"
#include "http.h"
#include "knock.h"
#include "log.h"
#include "verbs.h"

#define BUSY_MS		30000
#define COUNTED_MS	3000	/* the receiver counts the refused in a while */
#define NAP_MS		100
#define TIMEOUT_MS	10000

/* A body that the receiver stores and that is about no execution. */
static char *
new_body(void)
{
	struct json_object *js = compose_object();
	unsigned char raw[8];
	char id[64], *text;
	uint64_t n;

	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		fatal(EX_OSERR, "getrandom");
	memcpy(&n, raw, sizeof(n));
	snprintf(id, sizeof(id), "callsheet-test-%016llx",
	    (unsigned long long)n);
	compose_put_text(js, "batch_id", id);
	compose_put_text(js, "status", "test");
	text = strdup(compose_line(js));
	json_object_put(js);
	if (text == NULL)
		fatal(EX_OSERR, NULL);
	return text;
}

static int
seen(struct db *db, const char *body)
{
	unsigned char sum[DIGEST_SIZE];
	struct stmt *st = db_stmt(db, SQL_EVENT_SEEN);

	digest(body, strlen(body), sum);
	db_blob(st, ":digest", sum, sizeof(sum));
	return db_value(st, 0) > 0;
}

/* "ok", "FAIL" or "?", as doctor has it. */
static void __attribute__((format(printf, 4, 5)))
say(struct reply *a, const char *result, const struct public *hook,
    const char *fmt, ...)
{
	char text[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	reply_say(a, "%-5s %s: %s\n", result, hook->base, text);
	reply_text(a, "result", result);
	reply_text(a, "address", hook->base);
	reply_text(a, "says", text);
}

static int
deliver(struct http *http, struct db *db, const struct public *hook,
    struct reply *a)
{
	char *body = new_body(), fault[300];
	struct http_request r = { .method = "POST", .url = hook->url,
	    .type = "application/json", .body = body,
	    .bodysz = strlen(body), .timeout_ms = TIMEOUT_MS, .once = 1 };
	int rc = EX_UNAVAILABLE;

	http_run(http, &r, 1, 1);
	if (r.status == 404)
		say(a, "FAIL", hook, "the receiver does not take the secret "
		    "(404): the file secret in [webhook] is not the one that "
		    "it reads");
	else if (r.status != 200) {
		knock_fault(&r, fault, sizeof(fault));
		say(a, "FAIL", hook, "%s", fault);
	} else if (!seen(db, body))
		say(a, "FAIL", hook, "taken (200), but it is not in this "
		    "database: another installation answers there");
	else {
		say(a, "ok", hook, "taken, and seen in the database");
		rc = 0;
	}
	http_clear(&r);
	free(body);
	return rc;
}

/* This host is none of Bolna's: what can be seen is that the receiver has
 * counted the refusal. */
static int
counted(struct db *db, const struct public *hook, int64_t since,
    struct reply *a)
{
	struct timespec nap = { 0, NAP_MS * 1000000L };
	struct stmt *st = db_stmt(db, SQL_REFUSED_SINCE);
	int i, rc = DB_DONE;

	for (i = 0; i < COUNTED_MS / NAP_MS && rc == DB_DONE; i++) {
		nanosleep(&nap, NULL);
		db_int(st, ":since", since);
		if ((rc = db_step(st)) == DB_ROW)
			say(a, "?", hook, "the way is right up to the "
			    "receiver, which knows this host as %s and refuses "
			    "it, as everybody who is not Bolna.  To test the "
			    "rest, put that address on the list allow and on "
			    "the web server's for a moment",
			    db_col_str(st, 0));
		db_reset(st);
	}
	if (rc == DB_ROW)
		return EX_TEMPFAIL;
	say(a, "FAIL", hook, "refused (403), and this database's receiver has "
	    "not counted it: somebody else refuses, or another installation "
	    "answers");
	return EX_UNAVAILABLE;
}

static int
test(struct http *http, struct db *db, const struct public *hook,
    struct reply *a)
{
	int64_t since = time(NULL);
	char fault[300];

	/* Without the secret first: a refused request that knows it would
	 * look like a new address of Bolna's. */
	switch (knock(http, hook, NULL, NULL, fault, sizeof(fault))) {
	case KNOCK_ADMITTED:
		return deliver(http, db, hook, a);
	case KNOCK_REFUSED:
		return counted(db, hook, since, a);
	case KNOCK_FAILED:
		break;
	}
	say(a, "FAIL", hook, "%s", fault);
	return EX_UNAVAILABLE;
}

int
verb_test_webhook(const struct conf *conf, struct args *args)
{
	const char *fault, *url = NULL;
	struct http *http = NULL;
	struct public hook;
	struct db *db = NULL;
	char *path;
	int rc = EX_CONFIG;

	while (args_more(args))
		if (!args_word(args, &url))
			return args_bad(args);
	path = conf_path(conf, conf->database);
	if (public_open(&hook, conf, url) == -1)
		goto out;
	rc = EX_USAGE;
	if (hook.url == NULL)
		fprintf(stderr, "callsheet test-webhook: which address? Give "
		    "it, or set url in [webhook]\n");
	/* On the way of development there is no certificate. */
	else if ((fault = public_fault(hook.url)) != NULL && (!conf->development
	    || strncmp(hook.url, "http://127.", 11) != 0))
		fprintf(stderr, "callsheet test-webhook: Bolna cannot deliver "
		    "to this address: %s\n", fault);
	else if ((db = db_open(path, BUSY_MS)) == NULL)
		rc = EX_CONFIG;
	else if ((http = http_open("callsheet/0.1")) == NULL)
		rc = EX_OSERR;
	else
		rc = test(http, db, &hook, &args->reply);
out:
	http_close(http);
	db_close(db);
	public_close(&hook);
	free(path);
	return rc;
}
