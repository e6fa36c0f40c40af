/*
 * What erase.c and erase_report.c share.
 */
#ifndef ERASE_INT_H
#define ERASE_INT_H

#include <stddef.h>
#include <stdint.h>

#include "reply.h"
#include "phone.h"
#include "trace.h"

struct db;

struct id_list {
	int64_t	*id, last;	/* last: searched so far */
	size_t	 n;
};

struct name_list {
	char	**name;
	size_t	  n;
};

struct erase {
	struct db	*db;
	struct reply	*reply;
	char		*path;
	char		 phone[PHONE_SIZE];
	struct trace	 trace;
	int64_t		 account;	/* 0: all */
	struct id_list	 leads;		/* the person's rows */
	struct id_list	 others;	/* rows that are gone and hold it */
	struct id_list	 events, bodies; /* that hold it */
	struct name_list calls;		/* executions whose words hold it */
	long		 mentioned;	/* rows of others in the sheets */
	char		*where;		/* the campaign of the first */
	long		 strays, masked;
	int		 closed;	/* it was not on the list before */
};

/* What is to be said afterwards, collected while it is still known. */
struct report;
struct report	*erase_report(struct erase *);
void		 erase_report_free(struct report *);
void		 erase_say(const struct erase *, struct report *);

/* Nothing of the number is left in the files, except on the list: 0, or an
 * exit status after a message.  Closes the database. */
int		 erase_verify(struct erase *);

#endif
