/*
 * The console's own connections to the database: for reading only, apart from
 * the writer's, and so few that webhooks never wait for them.
 */
#ifndef POOL_H
#define POOL_H

struct db;
struct pool;

struct pool	*pool_open(const char *database);
void		 pool_close(struct pool *);

/* A connection to the database that lies there now, once one is free; NULL
 * after a message.  It is to be given back soon. */
struct db	*pool_take(struct pool *);
void		 pool_give(struct pool *, struct db *);

/* Changes when something was committed by anybody.  Looks at most twice a
 * second, however many ask. */
long		 pool_news(struct pool *);

#endif
