/*
 * callsheet.conf: read strictly, kept in one struct, shown without secrets.
 * What each key means is in callsheet.conf(5).
 */
#ifndef CONF_H
#define CONF_H

#include <stddef.h>
#include <stdio.h>

struct conf_account {
	char	*name;
	char	*bolna_key;		/* @file, as written */
	char	*google_key;
};

struct conf_campaign {
	char	*name;
	char	*account;
	char	*agent_id;
	char	*sheet;			/* URL, id, or file:PATH */
	char	*country;		/* calling code, digits */
	char	*timezone;		/* IANA name */
	char	*window;		/* HH:MM-HH:MM */
	char	*from_number;		/* E.164, or NULL: the account's */
	long	 calls_per_pass;
	long	 gap;			/* seconds */
	long	 max_live;
	long	 max_attempts;
	long	 redial_unsettled;
	int	 line;			/* where it starts, for messages */
};

struct conf {
	char	*path;
	char	*database;
	char	*bolna_api;
	char	*google_api;
	char	*google_token_url;
	long	 dry_run;
	long	 linger;		/* seconds */
	long	 min_free;		/* MB on the database's disk */
	char	*allow;			/* @file or a list */
	char	*secret;		/* @file, or NULL: none asked for */
	char	*gate;
	long	 development;
	struct conf_account	*accounts;
	size_t			 naccounts;
	struct conf_campaign	*campaigns;
	size_t			 ncampaigns;
};

/* The file's settings with "section.key=value" overrides on top.  path NULL
 * means $CALLSHEET_CONF, else /etc/callsheet/callsheet.conf.  On a fault the
 * message "FILE:LINE: ..." is logged and NULL returned.  Caller frees. */
struct conf	*conf_read(const char *path, char *const *override, size_t n);
void		 conf_free(struct conf *);

/* The effective settings in the file's own format.  A secret is shown as the
 * name of its file. */
void	 conf_dump(const struct conf *, FILE *);

const struct conf_account *conf_account(const struct conf *, const char *name);

/* The whole content of the file that an "@file" value names, ends with NUL;
 * sizep (may be NULL) gets its size.  Relative names are looked up beside the
 * settings file.  A secret file that is a link, somebody else's or open to
 * group or others is refused.  NULL after a logged message.  Caller frees,
 * secrets with explicit_bzero before. */
char	*conf_file(const struct conf *, const char *value, int secret,
	    size_t *sizep);

/* The path that a value beginning with "@" or "file:" names, absolute or
 * beside the settings file.  Caller frees. */
char	*conf_path(const struct conf *, const char *value);

#endif
