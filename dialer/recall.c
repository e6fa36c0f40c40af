/*
 * Taking calls back that Bolna has accepted and not placed yet: the number was
 * closed meanwhile, or the campaign stopped.  Bolna stops only what is queued;
 * a call that rings is not touched.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "bolna.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "execution.h"
#include "log.h"

#define BATCH		100
#define PARALLEL	8

struct queued {
	int64_t	 attempt, account;
	char	 execution[EXECUTION_ID_SIZE];
};

static size_t
collect(struct dialer *d, struct queued *q)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_TO_RECALL);
	size_t n = 0;

	while (n < BATCH && db_step(st) == DB_ROW) {
		q[n].attempt = db_col_int(st, 0);
		snprintf(q[n].execution, sizeof(q[n].execution), "%s",
		    db_col_text(st, 1));
		q[n].account = db_col_int(st, 2);
		if (dialer_account(d, q[n].account) != NULL)
			n++;
	}
	db_reset(st);
	return n;
}

/* Asked once: 200 means dropped, 400 that it rings already or is over; both
 * will be heard of.  No answer: asked again. */
static void
take_answer(struct dialer *d, const struct queued *q,
    const struct http_request *r)
{
	struct stmt *st;

	if (r->status == 0 || r->status == 429 || r->status >= 500) {
		d->counts.problems++;
		log_warnx("attempt %lld: Bolna could not be told to drop it: "
		    "%s", (long long)q->attempt, r->error[0] != '\0' ?
		    r->error : "it is not well");
		return;
	}
	log_info("attempt %lld: %s", (long long)q->attempt, r->status == 200 ?
	    "taken back from Bolna's queue" : "too late to take it back");
	if (db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, SQL_ATTEMPT_RECALLED);
	db_int(st, ":attempt", q->attempt);
	db_int(st, ":now", time(NULL));
	db_run(st);
	db_commit(d->db);
}

void
recall(struct dialer *d)
{
	struct queued *q = calloc(BATCH, sizeof(*q));
	struct http_request *batch = calloc(BATCH, sizeof(*batch));
	size_t n, i;

	if (q == NULL || batch == NULL)
		fatal(EX_OSERR, NULL);
	n = collect(d, q);
	for (i = 0; i < n; i++)
		bolna_stop(&batch[i], d->conf->bolna_api,
		    dialer_account(d, q[i].account)->key, q[i].execution);
	if (n > 0)
		http_run(d->http, batch, n, PARALLEL);
	for (i = 0; i < n; i++) {
		take_answer(d, &q[i], &batch[i]);
		bolna_free(&batch[i]);
	}
	free(q);
	free(batch);
}
