/*
 * Slack: what people are told about the ends of calls and about alarms, by
 * incoming webhooks.  Contract: Slack's pages "Sending messages using incoming
 * webhooks" and "Block Kit".  The address of a webhook is all that is needed
 * to post there: a secret.
 */
#ifndef SLACK_H
#define SLACK_H

#include <stddef.h>

#include "deliver.h"

struct dialer;
struct hook;

extern const struct service slack_service;

/* The settings into hooks and table notify: 0, or -1 after a message.  Inside
 * a transaction. */
int	 slack_open(struct dialer *);
void	 slack_close(struct dialer *);
/* An alarm about an account, or 0, for the accounts that it concerns; those of
 * one moment become one message.  0 or -1; inside a transaction. */
int	 slack_alarm(struct dialer *, const char *what, const char *which,
	    int64_t about, const char *text, int64_t now);

/* slack_message.c */
struct slack_call {
	const char	*id, *agent, *status;
	double		 secs;		/* < 0: unknown */
	const char	*transcript;	/* or NULL */
	const char	*campaign, *phone, *reason;
	int		 again;		/* it may have been posted before */
};

/* The message, as JSON; without blocks when plain.  Caller frees. */
char	*slack_call_message(const struct slack_call *, int plain);
char	*slack_alarm_message(const char *text, int again, int plain);
/* Text as Slack wants it, of at most so many characters after that and the
 * mark that something is missing; in a code block it stays there.  Caller
 * frees. */
char	*slack_escape(const char *, size_t max, int code);

#endif
