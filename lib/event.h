/*
 * The journal and its projection: the one function that applies what Bolna
 * says, whether it came by webhook, by polling or by replay.
 */
#ifndef EVENT_H
#define EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"

struct db;
struct execution;

enum event_source {
	EVENT_WEBHOOK,		/* somebody says so: a hint */
	EVENT_GET,		/* Bolna answered our authenticated question */
	EVENT_LIST
};

struct event {
	enum event_source	 source;
	const char		*body;		/* borrowed */
	size_t			 size;
	unsigned char		 digest[DIGEST_SIZE];
	const struct execution	*ex;		/* the body, decoded */
	int64_t			 at;		/* received, epoch seconds */
};

enum event_result {
	EVENT_FAILED = -1,	/* after a message; roll the transaction back */
	EVENT_KNOWN,		/* this very body was stored before, or it is
				   about somebody who was erased */
	EVENT_STORED,		/* stored; about no call of ours (yet) */
	EVENT_APPLIED		/* stored, and one of our attempts knows */
};

/* Store the event and bring its execution, attempt and lead up to date.
 * Inside a write transaction of the caller. */
enum event_result event_store(struct db *, const struct event *);

/* This execution is that attempt's: Bolna answered our POST with it.  Its
 * webhooks may have been faster; what they brought is applied.  0 or -1.
 * Inside a write transaction of the caller. */
int	 event_link(struct db *, const char *execution, int64_t attempt,
	    int64_t now);

/* Fold the execution anew from the journal.  1 when that changes it, 0 when
 * not, -1 after a message; what names the changes, without private data.  When
 * dry, nothing is written; else inside a write transaction of the caller. */
int	 event_replay(struct db *, const char *execution, int64_t now, int dry,
	    char *what, size_t size);

#endif
