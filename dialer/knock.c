/*
 * Who answers at our public address?  Bolna's hosts alone may come in, and
 * this host is none of them, so "refused" by our receiver is the good answer
 * from most hosts: name, certificate, web server, socket and gate are right
 * then.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "body.h"
#include "public.h"
#include "http.h"
#include "knock.h"

#define TIMEOUT_MS	10000	/* Bolna waits no longer */

void
knock_fault(const struct http_request *r, char *say, size_t size)
{
	if (r->status == 0)
		snprintf(say, size, "no answer: %s", r->error);
	else if (r->status == 502 || r->status == 504)
		snprintf(say, size, "the web server does not reach the "
		    "receiver (%ld): is callsheet-webhook running, and its "
		    "socket the one that the web server knows?", r->status);
	else if (r->status == 401)
		snprintf(say, size, "the receiver does not take the web server "
		    "for ours (401): gate in [webhook] and "
		    "callsheet-gate.conf differ");
	else if (r->status == 503)
		snprintf(say, size, "the receiver cannot store anything (503): "
		    "its log says why");
	else if (r->status / 100 == 3)
		snprintf(say, size, "the web server sends away to another "
		    "address (%ld), which Bolna does not follow", r->status);
	else
		snprintf(say, size, "somebody else answers there (%ld): does "
		    "this server block include callsheet.conf?", r->status);
}

/* Is it our receiver that says so? */
static int
is_ours(const struct http_request *r)
{
	struct json_object *js = NULL;
	const char *why;
	int ours;

	if (r->reply != NULL)
		js = body_parse(r->reply, r->replysz, 4096, 100, &why);
	ours = js != NULL && body_get(js, "ok") != NULL;
	json_object_put(js);
	return ours;
}

enum knock
knock(struct http *http, const struct public *hook, const char *header,
    const char *value, char *say, size_t size)
{
	struct http_request r = { .method = "GET", .url = hook->base,
	    .timeout_ms = TIMEOUT_MS, .extra = header,
	    .value = value };
	enum knock rc = KNOCK_FAILED;

	say[0] = '\0';
	http_run(http, &r, 1, 1);
	/* Without the secret there is no such address, which only those who
	 * were admitted hear. */
	if ((r.status == 200 || r.status == 404) && is_ours(&r))
		rc = KNOCK_ADMITTED;
	else if (r.status == 403)
		rc = KNOCK_REFUSED;
	else
		knock_fault(&r, say, size);
	http_clear(&r);
	return rc;
}
