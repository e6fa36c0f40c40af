/*
 * How an exchange with the outside ended.  Mail tolerates a duplicate, a
 * telephone does not: hence the fourth.
 */
#ifndef VERDICT_H
#define VERDICT_H

enum verdict {
	VERDICT_OK,
	VERDICT_TEMPFAIL,	/* surely not done; try again later */
	VERDICT_PERMFAIL,	/* refused; the same request will be again */
	VERDICT_UNKNOWN		/* may have been done; find out, never repeat */
};

#endif
