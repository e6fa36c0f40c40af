/*
 * callsheet.conf: read strictly, kept in one struct, shown without secrets.
 * What each key means is in callsheet.conf(5).
 */
#ifndef CONF_H
#define CONF_H

#include <stddef.h>
#include <stdio.h>

/* Money is in hundredths of a cent, of whatever currency Bolna's bill is in. */
#define CONF_UNIT	10000
#define CONF_NONE	(-1L)		/* no such limit */

struct conf_account {
	char	*name;
	int	 line;			/* where it starts, for messages */
	char	*bolna_key;		/* @file, as written */
	char	*google_key;
	long	 max_live;		/* 0: as many as Bolna takes */
	long	 rate;			/* calls a minute */
	long	 number_gap;		/* minutes between calls to a number */
	long	 number_day;		/* calls to a number; 0: any */
	long	 number_week;
	long	 number_month;
	long	 number_life;
	long	 cap_day;		/* money, or CONF_NONE */
	long	 cap_total;
	long	 wallet_floor;
	long	 credit_price;		/* a minute, in 1/10000 of a credit */
	long	 credit_pulse;		/* seconds */
	char	*credit_alerts;		/* amounts with commas */
	char	*slack_url;
	char	*slack_statuses;	/* with commas, or none */
	char	*openai_key;		/* NULL: calls are not analysed */
	char	*openai_model;
	char	*call_prompt;		/* @file, or NULL: what is built in */
	char	*history_prompt;
	char	*call_prompt_id;	/* stored at OpenAI, or NULL */
	char	*history_prompt_id;
	long	 openai_timeout;	/* seconds */
	long	 analysis_tokens;	/* a day */
};

struct conf_campaign {
	char	*name;
	int	 line;
	char	*account;
	char	*agent_id;
	char	*sheet;			/* URL, id, or file:PATH */
	char	*country;		/* calling code, digits */
	char	*timezone;		/* IANA name, or NULL */
	char	*window;		/* HH:MM-HH:MM, or NULL */
	char	*weekdays;		/* mon-fri, or NULL */
	char	*holidays;		/* @file, or NULL */
	long	 last_minutes;		/* without a new call */
	char	*purpose;		/* promotional, ..., or NULL */
	long	 ai_disclosure;
	char	*from_number;		/* E.164, some with commas, or NULL */
	long	 enforce_series;
	long	 max_minutes;		/* of one call */
	long	 minute_cost;		/* money */
	long	 cap_pass;		/* money, or CONF_NONE */
	long	 cap_day;
	long	 cap_total;
	long	 calls_per_pass;
	long	 gap;			/* seconds */
	long	 max_live;
	long	 max_attempts;
	long	 redial_unsettled;
	char	*slack_url;		/* NULL: as the account */
	char	*slack_statuses;	/* likewise */
};

/* When people of a country may be called, instead of what we know. */
struct conf_country {
	char	*name;			/* ISO 3166, two capitals */
	int	 line;
	char	*window;
	char	*weekdays;		/* NULL: all */
};

struct conf_line {			/* where a key stands */
	char	*key;			/* section.key */
	int	 line;
};

struct conf {
	char	*path;
	char	*database;
	char	*bolna_api;
	char	*google_api;
	char	*google_token_url;
	char	*openai_api;
	long	 dry_run;
	long	 linger;		/* seconds */
	long	 min_free;		/* MB on the database's disk */
	char	*allow;			/* @file or a list */
	char	*secret;		/* @file, or NULL: none asked for */
	char	*gate;
	char	*url;			/* public, or NULL */
	char	*socket;		/* of the receiver, or NULL */
	long	 development;
	struct conf_account	*accounts;
	size_t			 naccounts;
	struct conf_campaign	*campaigns;
	size_t			 ncampaigns;
	struct conf_country	*countries;
	size_t			 ncountries;
	struct conf_line	*lines;
	size_t			 nlines;
};

/* The file's settings with "section.key=value" overrides on top.  path NULL
 * means $CALLSHEET_CONF, else /etc/callsheet/callsheet.conf.  On a fault the
 * message "FILE:LINE: ..." is logged and NULL returned.  Caller frees. */
struct conf	*conf_read(const char *path, char *const *override, size_t n);
void		 conf_free(struct conf *);

/* The effective settings in the file's own format.  A secret is shown as the
 * name of its file. */
void	 conf_dump(const struct conf *, FILE *);

/* What is wrong with the value of a key, as "FILE:LINE: [SECTION] KEY ...". */
void	 conf_complain(const struct conf *, const char *kind,
	    const char *name, const char *key, const char *fmt, ...)
	    __attribute__((format(printf, 5, 6)));

const struct conf_account *conf_account(const struct conf *, const char *name);

/* "12.5" is 125000: nothing below zero; n bytes.  0 or -1. */
int	 conf_money(const char *, size_t n, long *);

/* True when nothing that is sent there can be read on the way: https, or http
 * to this machine. */
int	 conf_url_ok(const char *);

/* The whole content of the file that an "@file" value names, ends with NUL;
 * sizep (may be NULL) gets its size.  Relative names are looked up beside the
 * settings file.  A secret file that is a link, somebody else's or open to
 * group or others is refused.  NULL after a logged message.  Caller frees,
 * secrets with explicit_bzero before. */
char	*conf_file(const struct conf *, const char *value, int secret,
	    size_t *sizep);

/* The words of the file of secret or gate, one a line. */
#define CONF_WORDS	2	/* the old and the new one while rotating */
struct conf_words {
	char	*word[CONF_WORDS];
	size_t	 n;
};

/* None where value is NULL.  0, or -1 after a message. */
int	 conf_words(const struct conf *, const char *value,
	    struct conf_words *);
void	 conf_words_free(struct conf_words *);

/* The path that a value beginning with "@" or "file:" names, absolute or
 * beside the settings file.  Caller frees. */
char	*conf_path(const struct conf *, const char *value);

#endif
