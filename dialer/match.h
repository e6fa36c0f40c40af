/*
 * Which row is whose, among all rows and all leads of one number: the same
 * answer when a sheet is read and when a row is found again to be written.
 */
#ifndef MATCH_H
#define MATCH_H

#include <stddef.h>

struct match_lead;

struct match_row {			/* in the order of the sheet */
	const char		*key, *name;
	const char		*mark;	/* Latest Execution ID */
	struct match_lead	*lead;	/* the result; NULL: a new one */
};

struct match_lead {			/* eldest first */
	const char		*key, *name;
	const char		*mark;	/* as we wrote it, "" if we did not */
	int			 present; /* it had a row when last read */
	struct match_row	*row;	/* the result; NULL: it has none */
	int			 unsure; /* it might as well be another row */
};

/* The results must be empty before.  Each row gets at most one lead, and the
 * reverse. */
void	 match(struct match_row *, size_t nrows, struct match_lead *,
	    size_t nleads);

#endif
