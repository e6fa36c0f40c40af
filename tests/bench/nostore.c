/*
 * What the stack costs without storing: fcgi/server.c, its threads and its
 * libfcgi, with a handler that reads the whole body and says yes.  The
 * baseline of the ingest figures; never installed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "request.h"
#include "server.h"
#include "webhook.h"

#define THREADS		32	/* as callsheet-webhook */
#define BODY_MAX	(1024 * 1024)

void
webhook_handle(struct webhook *wh, const struct request *r, struct answer *a)
{
	long n = r->length == NULL ? 0 : strtol(r->length, NULL, 10);
	char *body = NULL;
	int ok;

	(void)wh;
	ok = n > 0 && n <= BODY_MAX && (body = malloc((size_t)n)) != NULL &&
	    r->read(r->arg, body, (size_t)n) == 0;
	free(body);
	memset(a, 0, sizeof(*a));
	a->status = ok ? 200 : 400;
	a->type = "application/json";
	snprintf(a->body, sizeof(a->body), "{\"ok\":%s}\n", ok ? "true" :
	    "false");
}

int
webhook_knows(const char *path)
{
	(void)path;
	return 1;
}

int
main(void)
{
	log_init("nostore", 0, 0);
	return server_run(NULL, THREADS) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
