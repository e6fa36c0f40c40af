/*
 * What the console's page asks: everything is read, a campaign can be paused.
 * Who asks is what the web server's own login says.
 */
#ifndef API_H
#define API_H

/* Threads beyond those for webhooks: so many requests of the console are
 * answered, or wait for the database, at once; further ones get a 503. */
#define API_STREAMS	8
#define API_REQUESTS	8
#define API_THREADS	(API_STREAMS + API_REQUESTS)

struct answer;
struct api;
struct request;
struct writer;

struct api	*api_open(const char *database, struct writer *);
void		 api_close(struct api *);

/* True when there is a route of this path. */
int		 api_knows(const char *path);

/* Fill the answer, or send it piece by piece.  Thread-safe. */
void		 api_handle(struct api *, const struct request *,
		    struct answer *);

/* Append to the answer's body what the database says to Prometheus; nothing
 * where it cannot be read. */
void		 api_metrics(struct api *, struct answer *);

#endif
