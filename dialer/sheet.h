/*
 * A sheet, wherever it lives: Google's (google.c) or a CSV file (csv.c).
 * The rest of the dialer knows rows and columns by this interface only.
 */
#ifndef SHEET_H
#define SHEET_H

#include <stddef.h>

#include "table.h"
#include "verdict.h"

/* The columns callsheet knows by their header; the first nine are required. */
enum column {
	COL_NAME, COL_PHONE, COL_STATUS, COL_EXECUTION, COL_DURATION,
	COL_LAST_ATTEMPT, COL_NOTES, COL_TRANSCRIPT, COL_SUMMARY,
	COL_OUTCOME, COL_NEXT_ATTEMPT, COL_RECORDING, COL_COST, COL_KEY,
	COL_CONTROL, COL_TIMEZONE, COL_CONSENT, COL_CONSENT_DATE,
	COL_PRIORITY,
	COL__MAX
};
#define COL__REQUIRED	(COL_SUMMARY + 1)

/* True for the columns that callsheet writes; it never touches another. */
int	 column_is_ours(enum column);
/* True for those that carry long text and are not needed to find a row or to
 * call a person: not read back. */
int	 column_is_bulky(enum column);
const char	*column_name(enum column);

#define SHEET_MAX_COLS	200

struct layout {
	size_t	 ncols;
	char	*header[SHEET_MAX_COLS];	/* as there, "" if none */
	int	 at[COL__MAX];			/* column, -1: not there */
	/* enum column, -1: a variable, or no column when header is "".  When
	 * two variables have the same header, the first is meant. */
	int	 known[SHEET_MAX_COLS];
};

/* Work out the layout from the header row (row 0 of the table); what *layout
 * held is not released.  Headers are compared trimmed, case-folded and with
 * inner blanks as one; columns after the last header do not count.  Returns 0,
 * or -1 with a sentence in why that names the missing or doubled header. */
int	 layout_read(struct layout *, const struct table *, char *why,
	    size_t whysz);
void	 layout_free(struct layout *);
/* True when both describe the same columns in the same places. */
int	 layout_same(const struct layout *, const struct layout *);

/* What is to stand in one of our cells. */
struct sheet_cell {
	enum { CELL_KEEP, CELL_TEXT, CELL_NUMBER } kind;
	const char	*text;		/* borrowed; "" clears the cell */
	double		 number;
};

/* Whose row it is that was hit instead; NULL: not known. */
struct sheet_hit {
	char	*phone, *name, *key;
};

void	 sheet_hit_set(struct sheet_hit *, const char *phone,
	    const char *name, const char *key);
void	 sheet_hit_clear(struct sheet_hit *);

/* One row to write.  phone, name and key are what its cells held when the row
 * was found, NULL when it does not matter; the sheet reports in "landed"
 * whether the row that was written still held them: 1 yes, 0 no (another row
 * was hit), -1 could not be seen; and in hit, unless that is NULL, which. */
struct sheet_write {
	size_t			 row;
	const char		*phone, *name, *key;
	struct sheet_cell	 cell[COL__MAX];
	int			 landed;
	struct sheet_hit	*hit;
	int			 refused;  /* 1: this row cannot be written */
	char			 why[160]; /* said when refused */
};

/* True when these cells are those of the row that was meant. */
int	 sheet_write_is(const struct sheet_write *, const char *phone,
	    const char *name, const char *key);

enum sheet_want {
	SHEET_IDENTITY,		/* header + name, phone, status, execution,
				   key, control, outcome: enough to find rows
				   and what people wrote just now */
	SHEET_PEOPLE		/* header + all but the bulky columns */
};

struct sheet {
	const struct sheet_ops	*ops;
	char			 why[512];	/* the last fault, in words */
};

struct sheet_ops {
	/* Read the header row and then the wanted columns into an
	 * initialised *layout and *t.  One request when *layout is already
	 * filled and still true; it is refreshed when it is not. */
	enum verdict	(*read)(struct sheet *, enum sheet_want,
			    struct layout *, struct table *t);
	/* Write n rows, all or none of each; sets landed and refused. */
	enum verdict	(*write)(struct sheet *, const struct layout *,
			    struct sheet_write *, size_t n);
	void		(*close)(struct sheet *);
};

#endif
