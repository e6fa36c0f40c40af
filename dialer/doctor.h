/*
 * What the checks of callsheet doctor share.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stddef.h>

struct conf;
struct db;
struct json_object;

enum finding { FINDING_OK, FINDING_FAIL, FINDING_SKIP };

struct checkup {
	const struct conf	*conf;
	struct db		*db;	/* NULL: it could not be opened */
	int			 failed;
	struct json_object	*list;	/* for --json, or NULL */
};

/* One finding: what was looked at, what was seen, and the cure. */
void	 doctor_say(struct checkup *, enum finding, const char *what,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* doctor_local.c: what can be seen from here without the network */
void	 doctor_local(struct checkup *);
/* doctor_online.c: what only others can tell; or that they were not asked */
void	 doctor_online(struct checkup *);
void	 doctor_offline(struct checkup *);

#endif
