/*
 * The one thread that writes.  Request threads hand it jobs and wait; it
 * commits what has gathered in one transaction and only then wakes them, so
 * that a 200 means "on disk".
 */
#ifndef WRITER_H
#define WRITER_H

#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

struct admit;
struct candidate;
struct writer;

enum job_kind {
	JOB_EVENT,		/* store event */
	JOB_QUARANTINE,		/* keep event.body, which reason refused */
	JOB_PROBE,		/* could something be stored now? */
	JOB_CHOICE,		/* a person says what a call led to */
	JOB_PAUSE		/* a campaign is paused, or goes on */
};

enum job_result {
	JOB_STORED,
	JOB_KNOWN,		/* nothing to be done: it was there before */
	JOB_ABSENT,		/* there is no such thing */
	JOB_SEVERAL,		/* there are several */
	JOB_FAILED
};

struct job {			/* on its thread's stack; all borrowed */
	enum job_kind	 kind;
	struct event	 event;
	const char	*address;
	const char	*reason;
	const struct candidate *choice;
	const char	*campaign;	/* of this account; 0: of any */
	int64_t		 account;
	int		 paused;	/* as in table campaign */
	enum job_result	 result;
	sem_t		 done;
	struct job	*next;
};

/* Opens its own connection to the database.  threaded 0: no thread, every job
 * is committed by its caller (plain CGI).  NULL after a message. */
struct writer	*writer_open(const char *database, struct admit *,
		    int threaded);
/* Commits what is queued, then stops. */
void		 writer_close(struct writer *);

/* Returns when the job is committed, or cannot be (JOB_FAILED) because the disk
 * or a lock is in the way.  Each thread waits for its own job, so no more wait
 * than there are threads. */
enum job_result	 writer_run(struct writer *, struct job *);

/* Refusals wait in admission: see to it that they are written soon. */
void		 writer_nudge(struct writer *);

#endif
