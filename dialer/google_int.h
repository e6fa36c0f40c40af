/*
 * What the google*.c files share and nobody else needs.
 */
#ifndef GOOGLE_INT_H
#define GOOGLE_INT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "google.h"
#include "http.h"
#include "sheet.h"

#define GOOGLE_STATUS	"callsheet"	/* title of the status tab */
#define GOOGLE_MAX_ROWS	10000000	/* cells of a whole spreadsheet */

struct json_object;
struct jwt_key;

struct google {
	struct http	*http;
	char		*api;
	char		*token_url;
	int		(*spend)(void *, const char *, int);
	void		*arg;
	long		 patience;
	char		*email;
	char		*project;	/* "" when the key does not say */
	struct jwt_key	*key;
	char		*token;		/* NULL: none yet */
	time_t		 token_until;
	int64_t		 skew;		/* seconds to add to our clock */
	int64_t		 deadline;	/* of this operation, monotonic ms */
};

struct google_sheet {
	struct sheet	 sheet;		/* first: it is what others hold */
	struct google	*google;
	char		 id[128];
	long		 gid;
	int		 checked;	/* the tab was there */
	/* The tab with the title GOOGLE_STATUS, as spreadsheets.get told. */
	int		 asked;		/* it did tell */
	int		 status;	/* there is one */
	long		 status_gid;
	size_t		 status_rows, status_cols;	/* of its grid */
};

enum google_fault {
	GOOGLE_FINE,
	GOOGLE_ARGUMENT,	/* 400, see text */
	GOOGLE_LIMITS,		/* 400: outside the grid */
	GOOGLE_NO_TAB,		/* 400: the gid does not exist */
	GOOGLE_ANSWER,		/* came whole, is not what was asked for */
	GOOGLE_OTHER
};

/* One call of the Sheets API. */
struct google_call {
	const char	*method;
	char		*path;		/* from "/v4" on */
	const char	*body;		/* JSON, or NULL */
	int		 write;		/* counts as a write, is not repeated */
	int		(*sink)(void *, const char *, size_t);
	void		(*again)(void *);	/* before each repetition */
	void		*arg;
	long		 timeout_ms;	/* 0: as long as Google may take */
	/* the result */
	struct http_request	 r;
	enum google_fault	 fault;
	char			 text[256];	/* what Google said */
};

/* google_call.c: patience and repetition.  A call is zeroed by its owner and
 * released with google_call_clear. */
void	 google_begin(struct google *);
int	 google_wait(const struct google *, int tries,
	    const struct http_request *);
enum verdict	 google_call(struct google *, struct google_call *, char *why,
		    size_t whysz);
void	 google_call_clear(struct google_call *);

/* google_fault.c: an answer's verdict, and a sentence unless it is OK. */
enum verdict	 google_judge(const struct google *, struct google_call *,
		    char *why, size_t whysz);

/* google_token.c */
int	 google_key(struct google *, const char *json, char *why,
	    size_t whysz);
enum verdict	 google_token(struct google *, char *why, size_t whysz);
void	 google_token_drop(struct google *);

/* google.c: see whether the tab is there; once is enough. */
enum verdict	 google_tab(struct google_sheet *);

/* google_read.c, google_write.c */
enum verdict	 google_read(struct sheet *, enum sheet_want, struct layout *,
		    struct table *);
enum verdict	 google_write(struct sheet *, const struct layout *,
		    struct sheet_write *, size_t n);

/* google_status.c: is this tab of spreadsheets.get the status tab? */
void	 google_status_note(struct google_sheet *, struct json_object *tab);

/* google_cell.c: cells on their way in and out. */
/* Where a range such as 'Leads'!B2:D90 starts, from zero; 0, or -1. */
int	 google_a1(const char *, size_t *row, size_t *col);
/* The text of a cell's value, in buf when it is a number; NULL when it has
 * none. */
const char	*google_text(struct json_object *, enum table_kind *,
		    char buf[32]);
/* Text that Google takes: no control characters but tab and line feed, and
 * U+FFFD for bytes that are not UTF-8.  Caller frees. */
char	*google_clean(const char *);

#endif
