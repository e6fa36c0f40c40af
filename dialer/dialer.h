/*
 * What the phases of a pass share.  How a pass flows is in pass.c.
 */
#ifndef DIALER_H
#define DIALER_H

#include <stdint.h>

#include "event.h"
#include "sheet.h"

struct conf;
struct conf_campaign;
struct db;
struct google;
struct http;
struct json_object;

struct account {
	int64_t		 id;
	const char	*name;
	char		*key;		/* Bolna's bearer token */
	struct google	*google;	/* NULL: no google_key */
};

struct campaign {
	int64_t				 id;
	const struct conf_campaign	*conf;
	struct account			*account;
	struct sheet			*sheet;
	struct layout			 layout;	/* as last read */
	char				*file;	/* path of a CSV, else NULL */
	int				 usable; /* the sheet could be read */
	int				 stale;	 /* read it all again soon */
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
	int			 refused_in_a_row;
	int			 unknown_in_a_row;
};

/* setup.c: settings into rows, keys into memory, the hours of today.  NULL
 * after a message and with the exit status: a fault of the settings, or the
 * disk is full or sick just now; nobody is called. */
struct dialer	*dialer_open(const struct conf *, int *status);
void		 dialer_close(struct dialer *);
/* Work out anew when each zone may be called; 0 or -1. */
int		 dialer_zones(struct dialer *);
/* Add one zone to a campaign: 1 when it is known on this host, 0 when not, -1
 * after a message.  Inside a transaction. */
int		 dialer_zone(struct dialer *, const struct campaign *,
		    const char *zone);
/* Times in queries are local to the campaign from here on. */
void		 campaign_localtime(const struct campaign *);
/* The sheet of a campaign cannot be used: say so once and in the database. */
void		 campaign_problem(struct dialer *, struct campaign *,
		    const char *why);
struct account	*dialer_account(struct dialer *, int64_t id);
/* Stop dialling for an account for some seconds. */
void		 breaker_open(struct dialer *, int64_t account,
		    const char *name, long secs, const char *reason);

/* The phases; each counts what it did and what it had to put off. */
void	 recover(struct dialer *);		/* recover.c */
void	 import(struct dialer *, struct campaign *);	/* import.c */
void	 confirm(struct dialer *);		/* confirm.c */
/* One element of an answer into the journal; it must be about the execution
 * expect, unless that is NULL.  Inside a transaction, which must not be
 * committed when it fails. */
enum event_result confirm_store(struct dialer *, struct json_object *,
	    enum event_source, const char *expect);
void	 settle(struct dialer *);		/* settle.c */
/* Take back what Bolna has queued and must not call. */
void	 recall(struct dialer *);		/* recall.c */
/* Nobody is called before the lists were read, if there was a pause. */
void	 reconcile_first(struct dialer *);	/* reconcile.c */
void	 reconcile(struct dialer *);
/* Disk, write-ahead log and clock, into table watch. */
void	 watch(struct dialer *);		/* watch.c */
/* What is wrong is told once. */
void	 alarms(struct dialer *);		/* alarm.c */
/* Claim what may be called now; returns how many. */
long	 dial_claim(struct dialer *, struct campaign *);	/* dial.c */
/* Send what is claimed and whose row carries its token; release the rest. */
void	 dial_send(struct dialer *, struct campaign *);
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

/* Monotonic milliseconds. */
int64_t	 clock_ms(void);

/* SIGTERM or SIGINT has come: nothing new is begun. */
int	 pass_interrupted(void);		/* pass.c */

#endif
