/*
 * The cells that were read from a sheet, packed: a sheet of 100,000 rows fits
 * in some 20 MB.  Rows and columns count from zero; row 0 is the header.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table {
	size_t	 nrows;		/* rows that exist, the header included */
	size_t	 ncols;		/* columns of the sheet that are covered */
	uint32_t *cells;	/* nrows * ncols offsets into text; 0: empty */
	char	*text;		/* per cell: a kind byte, the text, a NUL */
	size_t	 len, cap, rowcap;
};

enum table_kind { TABLE_TEXT = 't', TABLE_NUMBER = 'n' };

void	 table_init(struct table *, size_t ncols);
void	 table_free(struct table *);

/* Set one cell, growing the table to hold its row; 0, or -1 when out of
 * memory or col is outside the table. */
int	 table_set(struct table *, size_t row, size_t col, enum table_kind,
	    const char *, size_t len);

/* The cell's text, "" when empty or outside.  Borrowed until the next set. */
const char	*table_get(const struct table *, size_t row, size_t col);

/* True when the cell was a number and not text. */
int	 table_is_number(const struct table *, size_t row, size_t col);

/* The code point at s (UTF-8) and its length in bytes; a byte that begins no
 * well-formed sequence is 0xfffd, of length 1.  At the end 0, of length 0. */
uint32_t table_rune(const char *s, size_t *len);

/* What people do not see in a cell: blanks of any width (line ends too), and
 * marks without any (zero-width, direction, byte order, soft hyphen). */
int	 table_is_blank(uint32_t);
int	 table_is_mark(uint32_t);

#endif
