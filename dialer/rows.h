/*
 * Google's answer to values:batchGetByDataFilter, taken apart while it
 * arrives: memory for one row at a time, however large the sheet.
 */
#ifndef ROWS_H
#define ROWS_H

#include <stddef.h>

#define ROWS_MAX_BYTES	((size_t)2 << 20)	/* of one row */
#define ROWS_MAX_CELLS	20000			/* Google allows 18,278 */
#define ROWS_RANGE_SIZE	1400	/* a title of 100 escaped characters */

struct json_object;
struct rows;

/* One row: valueRanges[range].valueRange.values[row] is the array; where is
 * the text of the "range" that came with it ("'Leads'!B1:D900"), "" when it
 * has not come yet.  Non-zero stops everything. */
typedef int	 (*rows_row)(void *arg, const char *where, size_t range,
		    size_t row, struct json_object *array);

/* NULL when out of memory. */
struct rows	*rows_new(rows_row, void *arg);
void		 rows_free(struct rows *);
/* Ready for another answer. */
void		 rows_reset(struct rows *);

/* The next n bytes; 0, or -1 when they are not JSON, too much, or the row
 * function said stop.  Once -1, always -1. */
int		 rows_feed(struct rows *, const char *, size_t n);
/* The answer is over: 0 when it was whole, with the number of valueRanges
 * in *nranges (may be NULL), else -1. */
int		 rows_end(const struct rows *, size_t *nranges);
/* A constant phrase for the last -1. */
const char	*rows_why(const struct rows *);

#endif
