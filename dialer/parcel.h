/*
 * What rows are to say: the outbox of one campaign, ready for its sheet.
 */
#ifndef PARCEL_H
#define PARCEL_H

#include <stddef.h>
#include <stdint.h>

struct campaign;
struct dialer;
struct sheet_write;

/* The columns of delivery_list.sql. */
enum { D_LEAD, D_REV, D_WIPE, D_KEY, D_PHONE, D_NAME, D_CELL_EXECUTION,
    D_CELL_STATUS, D_ATTEMPT, D_STATE, D_STATUS, D_EXECUTION, D_DURATION,
    D_LAST_ATTEMPT, D_NOTES, D_TRANSCRIPT, D_SUMMARY, D_RECORDING, D_COST,
    D_NEXT_ATTEMPT, D_PRUNED, D_OUTCOME, D_CELL_OUTCOME, D_BEFORE,
    D_UNHELD, D__N };

struct parcel {			/* what one row is to say */
	int64_t	 lead, rev;
	int	 wipe, intent;
	char	*field[D__N];	/* NULL: null */
	size_t	 row;		/* where it belongs, 0: nowhere */
	int	 unsure;	/* it might as well be another row */
	int	 theirs;	/* its Outcome is a person's word */
};

/* Those that are due, ordered by number; not more than one cycle can take.
 * Release with parcels_free. */
struct parcel	*parcels_read(struct dialer *, const struct campaign *,
		    int64_t now, size_t *n);
void		 parcels_free(struct parcel *, size_t n);

int		 parcel_cmp(const void *, const void *);

/* Set the cells of w; they borrow from the parcel.  NULL clears them all. */
void		 parcel_fill(const struct parcel *, struct sheet_write *);

#endif
