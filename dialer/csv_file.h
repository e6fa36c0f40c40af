/*
 * The CSV file format, and a file of it as a whole: loaded at once, replaced
 * at once.
 */
#ifndef CSV_FILE_H
#define CSV_FILE_H

#include <sys/stat.h>

#include <limits.h>
#include <stddef.h>

#include "sheet.h"
#include "verdict.h"

struct csv_file {
	char		*path;		/* as people call it */
	char		*why;		/* gets the last fault, in words */
	size_t		 whysz;
	int		 changing;	/* the last fault: others are at it */

	/* as loaded */
	char		*data;
	size_t		 len;
	size_t		 start;		/* after the byte order mark */
	char		 sep;
	struct stat	 st;
	char		 real[PATH_MAX];
};

struct csv_cursor {
	const char	*p;
	const char	*end;
	char		 sep;
};

struct csv_field {
	const char	*raw;		/* quotes included */
	size_t		 len;
	int		 last;		/* of its record */
};

struct csv_record {
	const char	*begin;
	struct csv_field field[SHEET_MAX_COLS];
	size_t		 n;		/* in field */
	size_t		 total;		/* in the file */
	const char	*tail;		/* the fields after those */
	const char	*eol;
};

struct csv_buffer {
	char	*s;
	size_t	 len, cap;
};

/* 0, or -1 when out of memory; what is in a buffer ends with NUL. */
int	 csv_buffer_add(struct csv_buffer *, const char *, size_t);
int	 csv_buffer_set(struct csv_buffer *, const char *, size_t);

/* Say what happened to the file; returns the verdict. */
enum verdict	 csv_fault(struct csv_file *, enum verdict, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
enum verdict	 csv_memory(struct csv_file *);

/* Read the whole file, which must be UTF-8 and not change meanwhile; path and
 * why are set by the caller. */
enum verdict	 csv_load(struct csv_file *);
void		 csv_release(struct csv_file *);
/* Put new content in the place of the file that was loaded, unless it has
 * changed since. */
enum verdict	 csv_replace(struct csv_file *, const struct csv_buffer *);
/* Remove what a pass that died while replacing it has left beside it. */
void		 csv_tidy(struct csv_file *);

struct csv_cursor csv_begin(const struct csv_file *);
/* Take the next record: 1, or 0 at the end, or -1 with r->tail at a quote
 * that is never closed. */
int	 csv_record_next(struct csv_cursor *, struct csv_record *);
/* The value of field i, "" when the record is shorter; 0, or -1 when out of
 * memory. */
int	 csv_record_value(const struct csv_record *, size_t i,
	    struct csv_buffer *);
/* True when nothing stands in the columns after the last that can be used. */
int	 csv_record_fits(const struct csv_record *, char sep);
/* The number of the line that p is in. */
size_t	 csv_line(const struct csv_file *, const char *p);

/* True for text that a spreadsheet program would run as a formula: blanks and
 * invisible marks before the sign do not stop it. */
int	 csv_is_formula(const char *);
/* Append a value, in quotes when it needs them: for any separator, as it may
 * be read with another one. */
int	 csv_field_add(struct csv_buffer *, const struct csv_buffer *value);

#endif
