/*
 * One pass: recover, import, then cycles of confirm -> claim -> sync -> send.
 * Claims come before the sync so that one read and one write of the sheet do
 * both: they carry home the results and mark the rows that are called next;
 * only a row that was found and marked a moment ago is dialled.  A lingering
 * pass repeats the cycle whenever the database has changed, so that a webhook
 * reaches the sheet within seconds without a daemon.  What other services are
 * told (deliver.h) is begun on the way and keeps nothing else waiting.
 */
#include <sys/file.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "db.h"
#include "db_files.h"
#include "deliver.h"
#include "dialer.h"
#include "http.h"
#include "log.h"
#include "verbs.h"

#define NAP_MS		200	/* between two looks at the database */
#define LOOK_MS		1000	/* between two looks at what is due */
#define SYNC_GAP_MS	1500	/* between two writes with one key: the quota */
#define LAST_CALL_MS	8000	/* before the end: time for the answer's sync */
#define DELIVER_MS	40000	/* a single pass goes on telling others */

static volatile sig_atomic_t interrupted;

static void
on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

int
pass_interrupted(void)
{
	return interrupted;
}

/* One pass at a time; the unique index is the truth, this saves work. */
int
pass_lock(const struct conf *conf)
{
	char *db = conf_path(conf, conf->database), *path = NULL;
	int fd;

	if (asprintf(&path, "%s.run", db) == -1)
		fatal(EX_OSERR, NULL);
	fd = db_files_open(db, path);
	if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			log_info("another pass is running");
		else
			log_warn("%s", path);
		close(fd);
		fd = errno == EWOULDBLOCK ? -2 : -1;
	}
	free(path);
	free(db);
	return fd;
}

static int64_t
run_begin(struct dialer *d)
{
	struct stmt *st;
	int64_t id;

	if (db_begin(d->db) == -1)
		return -1;
	st = db_stmt(d->db, SQL_RUN_BEGIN);
	db_int(st, ":pid", getpid());
	db_run(st);
	id = db_last_id(d->db);
	db_run(db_stmt(d->db, SQL_RUN_TRIM));
	return db_commit(d->db) == 0 ? id : -1;
}

static void
run_end(struct dialer *d, int64_t id, int status)
{
	struct stmt *st;

	if (db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, SQL_RUN_END);
	db_int(st, ":run", id);
	db_int(st, ":now", time(NULL));
	db_int(st, ":imported", d->counts.imported);
	db_int(st, ":placed", d->counts.placed);
	db_int(st, ":confirmed", d->counts.confirmed);
	db_int(st, ":synced", d->counts.synced);
	db_int(st, ":problems", d->counts.problems);
	db_int(st, ":status", status);
	db_run(st);
	db_commit(d->db);
}

/* Campaigns with one Google key share its quota. */
static int64_t
sync_gap(const struct dialer *d, const struct campaign *c)
{
	const struct campaign *o;
	int n = 0;

	for (o = d->campaigns; o < d->campaigns + d->ncampaigns; o++)
		n += o->account == c->account && o->file == NULL;
	return c->file != NULL ? SYNC_GAP_MS : n * SYNC_GAP_MS;
}

/* Returns 1 when something was written or sent. */
static int
cycle_campaign(struct dialer *d, struct campaign *c, int calls)
{
	int did = 0;
	long claimed = 0;

	if (c->stale || !c->usable)
		return 0;
	if (clock_ms() - c->synced_ms < sync_gap(d, c))
		return 0;
	if (calls)
		claimed = claim_due(d, c);
	did = sync_rows(d, c);
	if (claimed > 0)
		dial_send(d, c);
	return did || claimed > 0;
}

static int
cycle(struct dialer *d, int calls)
{
	size_t i;
	int did = 0;

	for (i = 0; i < d->ncampaigns; i++)
		if (d->campaigns[i].stale)
			import(d, &d->campaigns[i]);
	recall(d);
	confirm(d);
	outcomes(d);
	settle(d);
	reconcile(d);
	watch(d);
	breakers(d);
	for (i = 0; i < d->ncampaigns && !interrupted; i++)
		did |= cycle_campaign(d, &d->campaigns[i], calls);
	deliver(d);
	return did;
}

/* The answers of the calls just placed still belong into the sheet. */
static void
last_sync(struct dialer *d)
{
	struct campaign *c;

	for (c = d->campaigns; c < d->campaigns + d->ncampaigns; c++)
		if (c->usable)
			sync_rows(d, c);
}

static int
work_waiting(struct dialer *d, int calls)
{
	struct stmt *st = db_stmt(d->db, SQL_WORK_WAITING);

	db_int(st, ":now", time(NULL));
	db_int(st, ":dial", calls && !d->conf->dry_run);
	return db_value(st, 0) != 0;
}

/* Sleep on the database: until another program has written, or time has made
 * something due, or the pass is over. */
static void
doze(struct dialer *d, int64_t end, int calls)
{
	int64_t version = db_data_version(d->db), looked = clock_ms();

	while (!interrupted && clock_ms() < end) {
		http_wait(d->http, NAP_MS);
		deliver(d);
		if (db_data_version(d->db) != version)
			return;
		if (clock_ms() - looked < LOOK_MS)
			continue;
		looked = clock_ms();
		if (work_waiting(d, calls))
			return;
	}
}

/* A replaced database is for the next pass to open. */
static void
linger(struct dialer *d, int64_t end)
{
	int calls = 1;

	while (!interrupted && !db_gone(d->db) && clock_ms() < end) {
		calls = clock_ms() < end - LAST_CALL_MS;
		cycle(d, calls);
		doze(d, end, calls);
	}
}

static void
say_counts(const struct dialer *d)
{
	const struct counts *c = &d->counts;

	log_info("%ld rows imported, %ld calls placed, %ld asked about, "
	    "%ld rows written, %ld problems", c->imported, c->placed,
	    c->confirmed, c->synced, c->problems);
}

/* Is some account not allowed to call?  The reason was told when it began. */
static int
stopped(struct dialer *d)
{
	return db_value(db_stmt(d->db, SQL_BLOCKED_COUNT), 1) != 0;
}

/* What comes before anything else.  -1 when the database did not take it:
 * what is left behind, a pause or other hours would not be minded, so nothing
 * is done. */
static int
begin(struct dialer *d)
{
	long faults = db_failures(d->db);

	recover(d);
	reconcile_first(d);
	if (zones_all(d) == 0 && db_failures(d->db) == faults)
		return 0;
	d->counts.problems++;
	return -1;
}

static void
pass(struct dialer *d, int once)
{
	int64_t begun = clock_ms(), end = begun + d->conf->linger * 1000;
	size_t i;

	d->end_ms = end > begun + DELIVER_MS ? end : begun + DELIVER_MS;
	if (d->ncampaigns == 0)
		log_info("%s: has no [campaign ...], so there is nobody to "
		    "call", d->conf->path);
	if (begin(d) == -1)
		return;
	for (i = 0; i < d->ncampaigns; i++)
		import(d, &d->campaigns[i]);
	if (d->conf->dry_run)
		rehearse(d);
	cycle(d, 1);
	alarms(d);
	status_tabs(d);
	if (!once)
		linger(d, end);
	last_sync(d);
	alarms(d);
	if (once)
		d->end_ms = clock_ms() + DELIVER_MS;
	deliver_finish(d);
	alarms(d);
	if (stopped(d))
		d->counts.problems++;
	say_counts(d);
}

/* What the database would not take is put off, whoever did not look. */
static int
outcome(const struct dialer *d)
{
	return d->counts.problems > 0 || db_failures(d->db) > 0 ?
	    EX_TEMPFAIL : 0;
}

void
pass_catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

int
pass_for(const struct conf *conf, const char *campaign,
    enum pass_next (*next)(void *, struct dialer *), void *arg)
{
	enum pass_next what;
	struct dialer *d;
	int64_t id;
	size_t i;
	int ready, status;

	pass_catch_signals();
	if ((d = dialer_open(conf, &status)) == NULL)
		return status;
	if ((id = run_begin(d)) == -1) {
		dialer_close(d);
		return EX_TEMPFAIL;
	}
	ready = begin(d) == 0;
	/* What was not read is neither called nor written. */
	for (i = 0; i < d->ncampaigns; i++)
		if (ready && strcmp(d->campaigns[i].conf->name, campaign) == 0)
			import(d, &d->campaigns[i]);
	while (ready && !interrupted && (what = next(arg, d)) != PASS_END) {
		d->end_ms = clock_ms() + DELIVER_MS;
		cycle(d, what == PASS_CALL);
		http_wait(d->http, NAP_MS);
	}
	last_sync(d);
	deliver_finish(d);
	status = outcome(d);
	run_end(d, id, status);
	dialer_close(d);
	return status;
}

int
verb_run(const struct conf *conf, struct args *args)
{
	struct dialer *d;
	int64_t id;
	int lock, status, once = 0, dry = 0;

	while (args_more(args))
		if (!args_flag(args, "--once", &once) &&
		    !args_flag(args, "--dry-run", &dry))
			return args_bad(args);
	if (args->bad)
		return args_bad(args);
	if (args->reply.json && !dry)
		return args_lacks(args, "--json goes with --dry-run");
	if ((lock = pass_lock(conf)) < 0)
		return lock == -1 ? EX_CANTCREAT : dry ?
		    rehearse_beside(conf, &args->reply) : 0;
	pass_catch_signals();
	if ((d = dialer_open(conf, &status)) == NULL) {
		close(lock);
		return status;
	}
	if (dry) {
		status = rehearse_all(d, &args->reply);
	} else if ((id = run_begin(d)) == -1) {
		status = EX_TEMPFAIL;
	} else {
		pass(d, once || conf->linger == 0);
		run_end(d, id, outcome(d));
		status = outcome(d);
	}
	dialer_close(d);
	close(lock);
	return status;
}
