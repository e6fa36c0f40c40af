/*
 * Connections are opened when they are first wanted: an installation without a
 * console pays nothing.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

#include "db.h"
#include "log.h"
#include "pool.h"

#define READERS		3
#define NEWS_MS		500

struct pool {
	const char	*database;
	pthread_mutex_t	 lock;
	pthread_cond_t	 freed;
	struct db	*db[READERS];
	int		 taken[READERS];
	pthread_mutex_t	 news_lock;
	struct db	*watch;		/* only news_lock's holder uses it */
	int64_t		 version, looked_ms;
	long		 news;
};

struct pool *
pool_open(const char *database)
{
	struct pool *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal(EX_OSERR, NULL);
	p->database = database;
	pthread_mutex_init(&p->lock, NULL);
	pthread_mutex_init(&p->news_lock, NULL);
	pthread_cond_init(&p->freed, NULL);
	return p;
}

void
pool_close(struct pool *p)
{
	int i;

	if (p == NULL)
		return;
	for (i = 0; i < READERS; i++)
		db_close(p->db[i]);
	db_close(p->watch);
	pthread_cond_destroy(&p->freed);
	pthread_mutex_destroy(&p->news_lock);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* What was replaced or removed is let go. */
static struct db *
renew(const char *database, struct db *db)
{
	if (db != NULL && db_moved(db)) {
		db_close(db);
		db = NULL;
	}
	return db != NULL ? db : db_open_reader(database);
}

struct db *
pool_take(struct pool *p)
{
	struct db *db;
	int i;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		for (i = 0; i < READERS && p->taken[i]; i++)
			;
		if (i < READERS)
			break;
		pthread_cond_wait(&p->freed, &p->lock);
	}
	p->taken[i] = 1;
	pthread_mutex_unlock(&p->lock);
	db = renew(p->database, p->db[i]);
	pthread_mutex_lock(&p->lock);
	p->db[i] = db;
	if (db == NULL) {
		p->taken[i] = 0;
		pthread_cond_signal(&p->freed);
	}
	pthread_mutex_unlock(&p->lock);
	return db;
}

void
pool_give(struct pool *p, struct db *db)
{
	int i;

	pthread_mutex_lock(&p->lock);
	for (i = 0; i < READERS; i++)
		if (p->db[i] == db)
			p->taken[i] = 0;
	pthread_cond_signal(&p->freed);
	pthread_mutex_unlock(&p->lock);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

long
pool_news(struct pool *p)
{
	int64_t now = now_ms(), version;
	struct db *was;
	long news;

	pthread_mutex_lock(&p->news_lock);
	if (p->looked_ms == 0 || now - p->looked_ms >= NEWS_MS) {
		p->looked_ms = now;
		was = p->watch;
		p->watch = renew(p->database, was);
		version = p->watch == NULL ? -1 : db_data_version(p->watch);
		if (version != p->version || was != p->watch)
			p->news++;
		p->version = version;
	}
	news = p->news;
	pthread_mutex_unlock(&p->news_lock);
	return news;
}
