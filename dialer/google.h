/*
 * Google Sheets with a service account: one struct google a key file (token,
 * quota), one struct sheet a tab.  Contract: Google Sheets API v4.
 */
#ifndef GOOGLE_H
#define GOOGLE_H

#include <stddef.h>

struct google;
struct http;
struct sheet;

struct google_options {
	const char	*api;		/* https://sheets.googleapis.com */
	const char	*token_url;
	/* Asked before each request that counts against Google's 60 reads
	 * and 60 writes a minute; 0 lets it go, -1 puts it off. */
	int		(*spend)(void *arg, const char *email, int write);
	void		*arg;
	/* How long one operation may go on retrying 429 and 5xx, seconds. */
	long		 patience;
};

/* key is the content of the service account's key file; it is copied and
 * wiped on close.  NULL with a sentence in why when it is no usable key. */
struct google	*google_open(struct http *, const struct google_options *,
		    const char *key, char *why, size_t whysz);
void		 google_close(struct google *);

/* Split a sheet's URL (or bare id, or id#gid=N) into id and gid; 0, or -1
 * with a sentence in why. */
int		 google_url(const char *url, char id[128], long *gid,
		    char *why, size_t whysz);

/* The tab at url as a sheet; close with ops->close.  NULL with a sentence. */
struct sheet	*google_sheet(struct google *, const char *url, char *why,
		    size_t whysz);

/* The status tab: the tab "callsheet" of a sheet's spreadsheet, in which we
 * have the first columns. */
#define GOOGLE_STATUS_COLS	3
struct table;

struct google_status {
	const char	*book;		/* id of the spreadsheet; borrowed */
	long		 own;		/* gid of the sheet's own tab */
	long		 gid;		/* of the status tab */
};

/* Is there one?  1, 0 none, -1 not known: the spreadsheet has not been read
 * by this process.  No request is made. */
int		 google_status_find(const struct sheet *,
		    struct google_status *);
/* Write the rows of the table there, and clear ours below them, of before
 * rows in all.  PERMFAIL when somebody else's cells stand there, or a person
 * must do something else.  It is not worth waiting for: nothing is repeated. */
enum verdict	 google_status_put(struct sheet *, const struct table *,
		    size_t before);

#endif
