/*
 * How often, for how much and by which rules: into rows, at the beginning of a
 * pass.  All inside one transaction; 0, or -1 after a message.
 */
#ifndef POLICY_H
#define POLICY_H

struct account;
struct campaign;
struct dialer;

int	 policy_account(struct dialer *, const struct account *);
int	 policy_campaign(struct dialer *, const struct campaign *);
/* The settings are in force from now on; when they are new, everybody is
 * judged anew. */
int	 policy_settings(struct dialer *);

#endif
