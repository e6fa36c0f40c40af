/*
 * What the phases of a pass share.  How a pass flows is in pass.c.
 */
#ifndef DIALER_H
#define DIALER_H

#include <stdint.h>

#include "event.h"
#include "sheet.h"

struct analyst;
struct conf;
struct conf_account;
struct conf_campaign;
struct db;
struct google;
struct hook;
struct post;
struct reply;
struct http;
struct json_object;

struct account {
	int64_t		 id;
	const char	*name;
	const struct conf_account *conf;
	char		*key;		/* Bolna's bearer token */
	struct google	*google;	/* NULL: no google_key */
	struct hook	*slack;		/* NULL: no slack_url */
	struct analyst	*analyst;	/* NULL: no openai_key */
};

struct campaign {
	int64_t				 id;
	const struct conf_campaign	*conf;
	struct account			*account;
	struct sheet			*sheet;
	struct layout			 layout;	/* as last read */
	char				*file;	/* path of a CSV, else NULL */
	char				**from;	/* its caller numbers */
	size_t				 nfrom;
	struct hook			*slack;	/* or the account's */
	int				 usable; /* the sheet could be read */
	int				 stale;	 /* read it all again soon */
	int				 doubt;	 /* likewise, once Bolna's lists
						  * were read */
	long				 placed; /* calls in this pass */
	int64_t				 synced_ms; /* monotonic */
};

struct counts {
	long	 imported, placed, confirmed, synced, problems;
};

struct dialer {
	const struct conf	*conf;
	struct db		*db;
	struct http		*http;
	struct account		*accounts;
	size_t			 naccounts;
	struct campaign		*campaigns;
	size_t			 ncampaigns;
	struct counts		 counts;
	int64_t			 list_ms; /* no lists before; monotonic */
	int64_t			 end_ms; /* by then posts are over; likewise */
	struct post		*posts;	/* on their way (deliver.c) */
	struct hook		*hooks;	/* all of them (slack.c) */
	int64_t			 only;	 /* call this lead alone; 0: all */
	int			 refused_in_a_row;
	int			 unknown_in_a_row;
};

/* setup.c: settings into rows, keys into memory, the hours of today.  NULL
 * after a message and with the exit status: a fault of the settings, or the
 * disk is full or sick just now; nobody is called. */
struct dialer	*dialer_open(const struct conf *, int *status);
void		 dialer_close(struct dialer *);
/* Could a pass begin?  0, or after a message the status that it would end
 * with; nothing is changed. */
int		 dialer_check(const struct conf *);
/* Times in queries are local to the campaign from here on. */
void		 campaign_localtime(const struct campaign *);
/* The sheet of a campaign cannot be used: say so once and in the database. */
void		 campaign_problem(struct dialer *, struct campaign *,
		    const char *why);
struct account	*dialer_account(struct dialer *, int64_t id);
/* account.c: ask Bolna for wallet and concurrency, unless that was done a
 * moment ago. */
void		 account_ask(struct dialer *, struct account *);
/* Bolna's key of an account, NULL after a message. */
char		*account_key(const struct conf *, const struct conf_account *);
void		 account_key_free(char *);
/* The account of that name; 0 after a message. */
int64_t		 account_id(struct db *, const char *name);

/* zones.c: are all hours, holidays and zones of the settings such?  0, or -1
 * after a message. */
int		 zones_check(const struct conf *);
/* Where somebody is: country and zones by the number, unless the row or the
 * campaign says otherwise; 0 or -1. */
struct whereabouts {
	char		 country[8];	/* ISO 3166; "": not known */
	char		 timezone[400];	/* "": not known */
	const char	*from;		/* row, campaign, number */
};
int		 zones_place(struct dialer *, const struct campaign *,
		    const char *phone, const char *cell, struct whereabouts *);
/* Work out when people there may be called: 1, 0 when this host does not know
 * the zone, -1.  Inside a transaction. */
int		 zones_put(struct dialer *, const struct campaign *,
		    const char *country, const char *zone);
/* The same for all leads, for now; 0 or -1. */
int		 zones_all(struct dialer *);
/* The key in a secret file, on one line; what names it in a message.  NULL
 * after one.  Caller frees, with explicit_bzero before. */
char		*dialer_key(const struct conf *, const char *value,
		    const char *what);

/* The phases; each counts what it did and what it had to put off. */
void	 recover(struct dialer *);		/* recover.c */
void	 import(struct dialer *, struct campaign *);	/* import.c */
void	 confirm(struct dialer *);		/* confirm.c */
/* One element of an answer into the journal; it must be about the execution
 * expect, unless that is NULL.  Inside a transaction, which must not be
 * committed when it fails. */
enum event_result confirm_store(struct dialer *, struct json_object *,
	    enum event_source, const char *expect);
/* What finished calls led to, and what people say they did. */
void	 outcomes(struct dialer *);		/* outcome.c */
void	 settle(struct dialer *);		/* settle.c */
/* Take back what Bolna has queued and must not call. */
void	 recall(struct dialer *);		/* recall.c */
/* Nobody is called before the lists were read, if there was a pause. */
void	 reconcile_first(struct dialer *);	/* reconcile.c */
void	 reconcile(struct dialer *);
/* breaker.c: stop dialling for an account for some seconds; afterwards one call
 * shows whether all is well. */
void	 breaker_open(struct dialer *, int64_t account, const char *name,
	    long secs, const char *reason);
/* Bolna has taken a call: 0 or -1.  Inside a transaction. */
int	 breaker_passed(struct dialer *, int64_t account);
/* Too many failures or opt-outs stop dialling. */
void	 breakers(struct dialer *);
/* Disk, write-ahead log and clock, into table watch. */
void	 watch(struct dialer *);		/* watch.c */
/* What is wrong is told once. */
void	 alarms(struct dialer *);		/* alarm.c */
/* What people ask, into the tab "callsheet", where there is one. */
void	 status_tabs(struct dialer *);		/* status_tab.c */
/* Judge who is due and claim whom nothing speaks against; returns how many. */
long	 claim_due(struct dialer *, struct campaign *);	/* claim.c */
/* Say who would be called: the next few hundred. */
void	 rehearse(struct dialer *);
/* Print what would become of everybody; an exit status. */
/* rehearse.c: what a pass would do; beside one that is at work by what that
 * has read. */
int	 rehearse_all(struct dialer *, struct reply *);
int	 rehearse_beside(const struct conf *, struct reply *);
/* Send what is claimed and whose row carries its token; release the rest. */
void	 dial_send(struct dialer *, struct campaign *);	/* dial.c */
/* Write what has changed; 1 when there was something, else 0. */
int	 sync_rows(struct dialer *, struct campaign *);	/* sync.c */

/* people.c: the identity of a row, the same for import and sync: its number in
 * E.164, else the text of the cell; returns 0 or -1 with why. */
#define PERSON_PHONE_SIZE 128
int	 person_phone(const struct campaign *, const struct table *,
	    const struct layout *, size_t row, char out[PERSON_PHONE_SIZE],
	    const char **why);
/* A cell of a known column, "" when the column or cell is not there. */
const char	*person_cell(const struct table *, const struct layout *,
		    size_t row, enum column);
/* Control column, lower case, blanks trimmed and folded. */
void	 person_control(const char *cell, char *out, size_t size);

/* mark.c: do Latest Execution ID and Status of a row show a call that nobody
 * here knows, and not what we wrote there?  1, 0, or -1: as long as Bolna's
 * lists are still to be read, that cannot be said. */
int	 mark_is_foreign(struct dialer *, const struct campaign *,
	    const char *mark, const char *status, const char *our_mark,
	    const char *our_status);

/* why.c: print {"last":"busy"} as " (last: busy)". */
void	 why_facts(const char *json);

/* Monotonic milliseconds. */
int64_t	 clock_ms(void);

/* Be the only pass: a descriptor to close, -2 while another is at work, -1
 * after a message. */
int	 pass_lock(const struct conf *);	/* pass.c */
/* A pass for one campaign, under that lock: what is left behind is settled,
 * its sheet read, and cycles are run as long as next says what kind.  An exit
 * status. */
enum pass_next { PASS_CALL, PASS_LOOK, PASS_END };
int	 pass_for(const struct conf *, const char *campaign,
	    enum pass_next (*next)(void *, struct dialer *), void *);
/* SIGTERM or SIGINT has come: nothing new is begun. */
int	 pass_interrupted(void);		/* pass.c */
void	 pass_catch_signals(void);

#endif
