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

#endif
