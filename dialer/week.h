/*
 * The hours of a week in which people may be called, on their own clock:
 * minutes of each weekday, less holidays.  When that is, window.h says.
 */
#ifndef WEEK_H
#define WEEK_H

#include <stddef.h>
#include <stdint.h>

#define WEEK_WHY	160	/* room for a reason */

/* All zero: closed for ever.  Reasons are in words, for a person, and follow
 * the name of what was set: "window must be ...".  What is refused changes
 * nothing. */
struct hours {
	struct {
		int	 from;		/* minutes after midnight, the first */
		int	 to;		/* that is open and that is not; */
	} day[7];			/* the same: closed.  Sunday first */
	int64_t	*holiday;		/* days since 1970-01-01, rising */
	size_t	 nholidays;
};

/* Open "HH:MM-HH:MM" on each day of the week: 0, or -1. */
int	 week_window(struct hours *, const char *text, char why[WEEK_WHY]);
/* Close the days that are not in "mon-fri", "mon,wed,sat", "fri-mon" or
 * "all": 0, or -1. */
int	 week_days(struct hours *, const char *text, char why[WEEK_WHY]);
/* Take the lines "YYYY-MM-DD name" in place of the holidays so far; what
 * follows # or ; is a comment: 0, or -1. */
int	 week_holidays(struct hours *, const char *text,
	    char why[WEEK_WHY]);
/* Open what is open in the other, whose holidays do not count: 0, or -1 when
 * a day would have two windows with closed minutes between them. */
int	 week_unite(struct hours *, const struct hours *, char why[WEEK_WHY]);
/* Leave open what is open in both: 0, or -1 when nothing is, which is then
 * what is left. */
int	 week_intersect(struct hours *, const struct hours *,
	    char why[WEEK_WHY]);
void	 week_free(struct hours *);

/* The minutes of a day since 1970-01-01; 0 when it is closed. */
int	 week_day(const struct hours *, int64_t day, int *from, int *to);

#endif
