/*
 * What import.c and judge.c share and nobody else needs.
 */
#ifndef IMPORT_INT_H
#define IMPORT_INT_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "dialer.h"

/* What stands in a row as Latest Execution ID. */
enum mark {
	MARK_OURS,		/* what we wrote last, or we never wrote */
	MARK_LOST,		/* no longer what we wrote */
	MARK_FOREIGN,		/* likewise: a call nobody here knows */
	MARK_DOUBT,		/* likewise, unless Bolna's lists know it */
	MARK_STRAY		/* of a call that is not shown in this row */
};

struct person {			/* a row, as the sheet has it; borrowed */
	char		 phone[PERSON_PHONE_SIZE];
	const char	*why;		/* the number cannot be called */
	const char	*key, *name, *execution;
	size_t		 row;
	int64_t		 lead;		/* 0: not known yet */
	enum mark	 mark;
};

struct known {			/* a lead, as the database has it */
	int64_t	 id, attempts, granted, priority;
	char	*key, *name, *variables, *timezone, *control, *status_cell;
	char	*held, *held_note, *execution, *status;
	char	*country, *consent, *consent_on;
	int	 present, taken;
	int	 waits;		/* for a call, or for the end of one */
};

struct judgement {		/* what the sheet makes of a lead */
	const char	*held, *note;	/* NULL: nothing in the way */
	char		 buf[256];
	char		 control[64];
	char		 status[64];
	struct whereabouts where;
	const char	*consent;
	char		 consent_on[16];
	int64_t		 priority;
	int64_t		 next_at;	/* 0: as it is */
	int64_t		 granted;
	char		*variables;	/* JSON, owned */
};

struct reading {
	struct dialer	*d;
	struct campaign	*c;
	struct table	 t;
	struct person	*people;
	size_t		 npeople;
	struct known	*known;		/* leads of the number at hand */
	size_t		 nknown;
	int64_t		*seen;		/* ids of leads that have a row */
	size_t		 nseen;
	int64_t		 now;
	int		 open, pending;	/* a transaction, changes in it */
	long		 changed;
	long		 faults;	/* of the database, at the beginning */
	int		 failed;
};

/* A statement inside a transaction, which is begun if need be; NULL after a
 * message. */
struct stmt	*import_change(struct reading *, enum sql);

/* True when all about this number was erased: its row is nobody's. */
int	 judge_erased(struct reading *, const struct person *);

/* What the row shows; k is NULL when its lead is a new one. */
enum mark	 mark_read(struct reading *, const struct person *,
		    const struct known *k);

/* Fill *j with what a row says of its lead; k is NULL when it is a new one,
 * doubled says why it is not called beside another row with its number.
 * j->variables is the caller's to free. */
void	 judge(struct reading *, const struct person *, const struct known *k,
	    const char *doubled, struct judgement *j);
/* Are the columns there that rows count on?  0, or -1 after a message: then the
 * sheet cannot be used. */
int	 judge_columns(struct dialer *, struct campaign *);

#endif
