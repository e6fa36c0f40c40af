/*
 * The verbs of callsheet; each returns the exit status.
 */
#ifndef VERBS_H
#define VERBS_H

struct conf;

int	 verb_status(const struct conf *);
/* Makes what is missing: settings, secrets, addresses, database. */
int	 verb_init(const char *file);

#endif
