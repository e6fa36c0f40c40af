/*
 * A time as people say it, in parts, between the words (outcome_time.c) and
 * the clock (outcome_slot.c).
 */
#ifndef OUTCOME_TIME_H
#define OUTCOME_TIME_H

#include <stdint.h>

enum said_day { NO_DAY, AFTER_DAYS, WEEKDAY, DATE, AFTER_SECS, EXACT,
    BAD_DAY };
enum said_part { NO_PART, MORNING, AFTERNOON, EVENING, NIGHT };

struct said_time {
	enum said_day	 day;
	int64_t		 amount;	/* days, weekday, seconds, or epoch */
	int		 named;		/* weekday beside a date, or -1 */
	int		 year, month, mday; /* 0: the next such */
	int		 hour, minute;	/* -1: none */
	int		 exact;		/* the hour is one of 24 */
	enum said_part	 part;
};

/* Seen from base, in the local time of the process: 0 when nothing was said,
 * -1 when there is no such time in the half year after base. */
int64_t	 said_time(struct said_time *, int64_t base);

#endif
