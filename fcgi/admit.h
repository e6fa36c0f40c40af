/*
 * Admission: which requests may be webhooks of Bolna's.  Bolna signs nothing,
 * so it takes the address, the gate parameter that proves the way through our
 * own web server, and the secret path; none of them alone.
 */
#ifndef ADMIT_H
#define ADMIT_H

#include <stdint.h>

struct admit;
struct conf;
struct db;
struct request;

enum admission {
	ADMIT_OK,
	ADMIT_GATE,		/* did not come through our web server */
	ADMIT_ADDRESS,		/* not one of Bolna's addresses */
	ADMIT_SECRET		/* wrong or missing secret path or key */
};

/* NULL after a logged message when a file that the settings name cannot be
 * used.  Thread-safe from here on. */
struct admit	*admit_open(const struct conf *);
void		 admit_close(struct admit *);

/* secret is what followed the route, NULL when nothing did: then the request's
 * key will do, for senders that can set a header.  A refusal is counted under
 * the sender's address. */
enum admission	 admit_check(struct admit *, const struct request *,
		    const char *secret);
/* Only the gate: for routes that are not Bolna's. */
enum admission	 admit_gate(struct admit *, const struct request *);

/* True when refusals wait to be written down. */
int		 admit_pending(struct admit *);
/* Write them into the database, inside the caller's transaction: 0 or -1. */
int		 admit_flush(struct admit *, struct db *, int64_t now);

#endif
