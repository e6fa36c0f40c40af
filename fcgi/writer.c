/*
 * Group commit: what gathers while one transaction is synced to disk makes up
 * the next, so that the cost of a sync is shared by all who wait.
 */
#include <sys/statvfs.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "admit.h"
#include "candidate.h"
#include "db.h"
#include "log.h"
#include "writer.h"

/* Two waits of this length stay below the web server's 15 seconds. */
#define BUSY_MS		5000
#define MAX_BATCH	128
#define QUARANTINE_ROWS	1000
#define QUARANTINE_BODY	(64 * 1024)
#define MIN_FREE	(16L * 1024 * 1024)	/* bytes of disk */

struct writer {
	struct db	*db;
	struct admit	*admit;
	const char	*database;
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	pthread_cond_t	 work;		/* the queue is not empty */
	struct job	*head, **tail;
	int		 threaded, quit;
};

static int
put_quarantine(struct db *db, const struct job *job)
{
	struct stmt *st = db_stmt(db, SQL_QUARANTINE_PUT);
	size_t keep = job->event.size;

	if (keep > QUARANTINE_BODY)
		keep = QUARANTINE_BODY;
	db_int(st, ":at", job->event.at);
	db_text(st, ":address", job->address);
	db_text(st, ":reason", job->reason);
	db_int(st, ":size", (int64_t)job->event.size);
	db_blob(st, ":body", keep == 0 ? "" : job->event.body, keep);
	if (db_run(st) == -1)
		return -1;
	st = db_stmt(db, SQL_QUARANTINE_TRIM);
	db_int(st, ":keep", QUARANTINE_ROWS);
	return db_run(st);
}

static int
put_choice(struct db *db, struct job *job)
{
	switch (candidate_store(db, job->choice, time(NULL))) {
	case CANDIDATE_STORED:
		return 0;
	case CANDIDATE_ABSENT:
		job->result = JOB_ABSENT;
		return 0;
	case CANDIDATE_SEVERAL:
		job->result = JOB_SEVERAL;
		return 0;
	case CANDIDATE_FAILED:
		break;
	}
	return -1;
}

static int
put_pause(struct db *db, struct job *job)
{
	struct stmt *st = db_stmt(db, SQL_CAMPAIGN_PAUSE);
	int rc;

	db_int(st, ":paused", job->paused);
	db_text(st, ":name", job->campaign);
	db_int(st, ":account", job->account);
	if ((rc = db_step(st)) == DB_DONE)
		job->result = JOB_ABSENT;
	db_reset(st);
	return rc == DB_FAIL ? -1 : 0;
}

static int
room_on_disk(const char *path)
{
	struct statvfs fs;

	if (statvfs(path, &fs) == -1) {
		log_warn("database %s", path);
		return 0;
	}
	return fs.f_bavail * fs.f_frsize >= (unsigned long)MIN_FREE;
}

static int
apply(struct writer *w, struct job *job)
{
	enum event_result rc;

	job->result = JOB_STORED;
	switch (job->kind) {
	case JOB_EVENT:
		if ((rc = event_store(w->db, &job->event)) == EVENT_FAILED)
			return -1;
		if (rc == EVENT_KNOWN)
			job->result = JOB_KNOWN;
		return 0;
	case JOB_QUARANTINE:
		return put_quarantine(w->db, job);
	case JOB_CHOICE:
		return put_choice(w->db, job);
	case JOB_PROBE:
		/* a transaction without a write would not meet the disk */
		return room_on_disk(w->database) ? db_touch(w->db) : -1;
	case JOB_PAUSE:
		return put_pause(w->db, job);
	}
	return -1;
}

/* Begin a transaction; where the database was replaced, in what lies there
 * now, if that is one of ours. */
static int
begin(struct writer *w)
{
	if (w->db != NULL) {
		if (db_begin(w->db) == 0)
			return 0;
		if (!db_gone(w->db) || db_leave(w->db) == -1)
			return -1;
	}
	if ((w->db = db_open(w->database, BUSY_MS)) == NULL)
		return -1;
	log_warnx("database %s: opened anew", w->database);
	return db_begin(w->db);
}

/* One transaction for the whole list: 0, -1 when it could not begin or be
 * committed, 1 when one of several jobs spoilt it. */
static int
commit_list(struct writer *w, struct job *list)
{
	struct job *job;
	int rc = 0;

	if (begin(w) == -1)
		return -1;
	for (job = list; job != NULL && rc == 0; job = job->next)
		rc = apply(w, job);
	if (rc == 0)
		rc = admit_flush(w->admit, w->db, time(NULL));
	if (rc == 0)
		return db_commit(w->db);
	db_rollback(w->db);
	return list != NULL && list->next != NULL ? 1 : -1;
}

/* A job that cannot be stored must not take the others with it. */
static void
commit_each(struct writer *w, struct job *list)
{
	struct job *job, *next;

	for (job = list; job != NULL; job = next) {
		next = job->next;
		job->next = NULL;
		if (commit_list(w, job) != 0)
			job->result = JOB_FAILED;
		job->next = next;
	}
}

static void
commit_batch(struct writer *w, struct job *list)
{
	struct job *job;
	int rc = commit_list(w, list);

	if (rc == 1)
		commit_each(w, list);
	else if (rc == -1)
		for (job = list; job != NULL; job = job->next)
			job->result = JOB_FAILED;
}

/* Up to MAX_BATCH jobs off the queue; the lock is held. */
static struct job *
take(struct writer *w)
{
	struct job *list = w->head, *job = list;
	size_t n = 1;

	if (list == NULL)
		return NULL;
	for (; job->next != NULL && n < MAX_BATCH; n++)
		job = job->next;
	if ((w->head = job->next) == NULL)
		w->tail = &w->head;
	job->next = NULL;
	return list;
}

/* Wait for a job, the end, or for refusals to be a second old. */
static void
wait_for_work(struct writer *w)
{
	struct timespec until;

	while (w->head == NULL && !w->quit) {
		if (!admit_pending(w->admit)) {
			pthread_cond_wait(&w->work, &w->lock);
			continue;
		}
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		if (pthread_cond_timedwait(&w->work, &w->lock, &until) != 0)
			break;
	}
}

static void *
writer_main(void *arg)
{
	struct writer *w = arg;
	struct job *list, *job, *next;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		wait_for_work(w);
		list = take(w);
		if (list == NULL && w->quit)
			break;
		pthread_mutex_unlock(&w->lock);
		commit_batch(w, list);
		/* Each waits on its own: nobody else is woken for nothing. */
		for (job = list; job != NULL; job = next) {
			next = job->next;	/* gone once it is done */
			sem_post(&job->done);
		}
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct writer *
writer_open(const char *database, struct admit *admit, int threaded)
{
	struct writer *w;
	sigset_t all, old;
	int rc;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal(EX_OSERR, NULL);
	w->admit = admit;
	w->database = database;
	w->threaded = threaded;
	w->tail = &w->head;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	if ((w->db = db_open(database, BUSY_MS)) == NULL) {
		free(w);
		return NULL;
	}
	if (threaded) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		rc = pthread_create(&w->thread, NULL, writer_main, w);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		if (rc != 0)
			fatalx(EX_OSERR, "thread: %s", strerror(rc));
	}
	return w;
}

void
writer_close(struct writer *w)
{
	if (w == NULL)
		return;
	if (w->threaded) {
		pthread_mutex_lock(&w->lock);
		w->quit = 1;
		pthread_cond_signal(&w->work);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
	}
	if (admit_pending(w->admit))
		commit_batch(w, NULL);
	db_close(w->db);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	free(w);
}

enum job_result
writer_run(struct writer *w, struct job *job)
{
	job->next = NULL;
	if (!w->threaded) {
		commit_batch(w, job);
		return job->result;
	}
	sem_init(&job->done, 0, 0);
	pthread_mutex_lock(&w->lock);
	if (w->head == NULL)
		pthread_cond_signal(&w->work);
	*w->tail = job;
	w->tail = &job->next;
	pthread_mutex_unlock(&w->lock);
	while (sem_wait(&job->done) == -1)
		;			/* a signal; they are all blocked */
	sem_destroy(&job->done);
	return job->result;
}

void
writer_nudge(struct writer *w)
{
	if (!w->threaded)
		return;
	pthread_mutex_lock(&w->lock);
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}
