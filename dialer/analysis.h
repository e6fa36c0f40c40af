/*
 * What was said in calls, put to a language model: each call with a transcript
 * by itself, and all calls of one number for one account together (table
 * analysis).  Nothing follows from it for who is called.
 */
#ifndef ANALYSIS_H
#define ANALYSIS_H

#include <stdint.h>

struct account;
struct analyst;
struct conf_account;
struct dialer;
struct service;

extern const struct service analysis_service, history_service;

/* The account's key, model and prompts: 0, or -1 after a message.  Without an
 * openai_key nothing is analysed.  Inside a transaction. */
int	 analyst_open(struct dialer *, struct account *,
	    const struct conf_account *);
void	 analyst_close(struct analyst *);

/* contact.c: a contact is made or filled from what was heard in an analysed
 * call: 0 or -1.  Inside a transaction. */
int	 contact_heard(struct dialer *, int64_t account, const char *phone,
	    int64_t attempt);

#endif
