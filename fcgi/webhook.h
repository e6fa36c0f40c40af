/*
 * What is answered to whom.
 */
#ifndef WEBHOOK_H
#define WEBHOOK_H

#include <stddef.h>

struct admit;
struct answer;
struct api;
struct request;
struct webhook;
struct writer;

struct webhook	*webhook_open(struct admit *, struct writer *, struct api *);
void		 webhook_close(struct webhook *);

/* True when there is a route of this path, with or without a secret. */
int		 webhook_knows(const char *path);

/* Decide, store if need be, and fill the answer.  Thread-safe. */
void		 webhook_handle(struct webhook *, const struct request *,
		    struct answer *);

#endif
