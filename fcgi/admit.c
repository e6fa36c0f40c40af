/*
 * The three files behind admission are read again when they change, so that a
 * new address or a rotated secret needs no restart.
 */
#include <sys/stat.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "address.h"
#include "admit.h"
#include "conf.h"
#include "db.h"
#include "digest.h"
#include "log.h"
#include "request.h"

#define MAX_PENDING	64	/* senders counted between two flushes */

struct refusal {
	char	 address[64];
	long	 count, with_secret;
	const char *reason;
};

struct admit {
	const struct conf	*conf;
	pthread_mutex_t		 lock;
	time_t			 checked;
	struct stat		 seen[3];	/* allow, secret, gate */
	struct address_list	 allow;
	struct conf_words		 secret, gate;
	struct refusal		 pending[MAX_PENDING];
	size_t			 npending;
};

static char *
copy(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		fatal(EX_OSERR, NULL);
	return p;
}

static int
list_read(const struct conf *c, struct address_list *list)
{
	int in_file = c->allow[0] == '@', rc;
	char *text, *where;
	const char *why;
	size_t line;

	text = in_file ? conf_file(c, c->allow, 0, NULL) : copy(c->allow);
	if (text == NULL)
		return -1;
	where = in_file ? conf_path(c, c->allow) : copy("allow in [webhook]");
	errno = 0;
	rc = address_list_read(list, text, &line, &why);
	/* It would be tried again only when the file changes. */
	if (rc == -1 && errno == ENOMEM)
		fatal(EX_OSERR, NULL);
	if (rc == -1)
		log_warnx("%s:%zu: %s", where, line, why);
	else if (list->n == 0)
		log_warnx("%s: names no address, so no webhook is admitted",
		    where);
	free(where);
	free(text);
	return rc;
}

/* Read all three; what cannot be read leaves everything as it was. */
static int
load(struct admit *a)
{
	struct address_list allow = { NULL, 0 };
	struct conf_words secret, gate;

	if (list_read(a->conf, &allow) == -1)
		return -1;
	if (conf_words(a->conf, a->conf->secret, &secret) == -1) {
		address_list_free(&allow);
		return -1;
	}
	if (conf_words(a->conf, a->conf->gate, &gate) == -1) {
		address_list_free(&allow);
		conf_words_free(&secret);
		return -1;
	}
	address_list_free(&a->allow);
	conf_words_free(&a->secret);
	conf_words_free(&a->gate);
	a->allow = allow;
	a->secret = secret;
	a->gate = gate;
	return 0;
}

/* The change time and not that of the content: a chmod that makes a refused
 * secret usable must be seen too. */
static int
changed(const struct conf *c, const char *value, struct stat *seen)
{
	struct stat sb;
	char *path;
	int differs;

	if (value == NULL || value[0] != '@')
		return 0;
	memset(&sb, 0, sizeof(sb));
	path = conf_path(c, value);
	if (stat(path, &sb) == -1)
		memset(&sb, 0, sizeof(sb));
	free(path);
	differs = sb.st_ino != seen->st_ino || sb.st_size != seen->st_size ||
	    sb.st_ctim.tv_sec != seen->st_ctim.tv_sec ||
	    sb.st_ctim.tv_nsec != seen->st_ctim.tv_nsec;
	*seen = sb;
	return differs;
}

static int
look_for_changes(struct admit *a)
{
	int n = 0;

	n += changed(a->conf, a->conf->allow, &a->seen[0]);
	n += changed(a->conf, a->conf->secret, &a->seen[1]);
	n += changed(a->conf, a->conf->gate, &a->seen[2]);
	return n;
}

struct admit *
admit_open(const struct conf *c)
{
	struct admit *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal(EX_OSERR, NULL);
	a->conf = c;
	pthread_mutex_init(&a->lock, NULL);
	look_for_changes(a);
	a->checked = time(NULL);
	if (load(a) == 0)
		return a;
	admit_close(a);
	return NULL;
}

void
admit_close(struct admit *a)
{
	if (a == NULL)
		return;
	address_list_free(&a->allow);
	conf_words_free(&a->secret);
	conf_words_free(&a->gate);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

static void
reload(struct admit *a)
{
	time_t now = time(NULL);

	if (now == a->checked)
		return;
	a->checked = now;
	if (look_for_changes(a) > 0 && load(a) == 0)
		log_info("admission: read anew, %zu address ranges",
		    a->allow.n);
}

/* Every word is compared, so that time tells nothing. */
static int
matches(const struct conf_words *w, const char *given)
{
	size_t i;
	int hit = 0;

	if (given == NULL)
		given = "";
	for (i = 0; i < w->n; i++)
		hit |= digest_same(given, strlen(given), w->word[i],
		    strlen(w->word[i]));
	return hit;
}

static void
count(struct admit *a, const struct request *r, const char *reason,
    int knew_secret)
{
	struct refusal *p;
	size_t i;

	for (i = 0; i < a->npending; i++)
		if (strcmp(a->pending[i].address, r->address) == 0)
			break;
	if (i == MAX_PENDING)
		i = MAX_PENDING - 1;	/* a flood: counted under another */
	else if (i == a->npending) {
		a->npending++;
		memset(&a->pending[i], 0, sizeof(a->pending[i]));
		snprintf(a->pending[i].address, sizeof(a->pending[i].address),
		    "%s", r->address);
	}
	p = &a->pending[i];
	p->count++;
	p->with_secret += knew_secret;
	p->reason = reason;
}

static int
address_ok(struct admit *a, const struct request *r)
{
	struct in6_addr ip;

	if (address_parse(r->address, &ip) == -1)
		return 0;
	return address_list_has(&a->allow, &ip) ||
	    (a->conf->development && address_is_loopback(&ip));
}

static enum admission
judge(struct admit *a, const struct request *r, const char *secret)
{
	int knows;

	knows = a->secret.n == 0 ? secret == NULL :
	    matches(&a->secret, secret != NULL ? secret : r->key);
	if (a->gate.n > 0 && !matches(&a->gate, r->gate)) {
		count(a, r, "gate", 0);
		return ADMIT_GATE;
	}
	if (r->denied || !address_ok(a, r)) {
		if (address_ok(a, r))
			log_warnx("%s: is on the list, but the web server "
			    "refused it: reload it with the list of today",
			    r->address);
		/* A person who tries the address with a browser is no
		 * changed sender. */
		count(a, r, "address", knows && a->secret.n > 0 &&
		    strcmp(r->method, "POST") == 0);
		return ADMIT_ADDRESS;
	}
	if (!knows) {
		count(a, r, "secret", 0);
		return ADMIT_SECRET;
	}
	return ADMIT_OK;
}

enum admission
admit_check(struct admit *a, const struct request *r, const char *secret)
{
	enum admission rc;

	pthread_mutex_lock(&a->lock);
	reload(a);
	rc = judge(a, r, secret);
	pthread_mutex_unlock(&a->lock);
	return rc;
}

enum admission
admit_gate(struct admit *a, const struct request *r)
{
	enum admission rc = ADMIT_OK;

	pthread_mutex_lock(&a->lock);
	reload(a);
	if (a->gate.n > 0 && !matches(&a->gate, r->gate)) {
		count(a, r, "gate", 0);
		rc = ADMIT_GATE;
	}
	pthread_mutex_unlock(&a->lock);
	return rc;
}

int
admit_pending(struct admit *a)
{
	size_t n;

	pthread_mutex_lock(&a->lock);
	n = a->npending;
	pthread_mutex_unlock(&a->lock);
	return n > 0;
}

int
admit_flush(struct admit *a, struct db *db, int64_t now)
{
	struct refusal copy[MAX_PENDING];
	struct stmt *st;
	size_t n, i;

	pthread_mutex_lock(&a->lock);
	n = a->npending;
	memcpy(copy, a->pending, n * sizeof(copy[0]));
	a->npending = 0;
	pthread_mutex_unlock(&a->lock);
	for (i = 0; i < n; i++) {
		st = db_stmt(db, SQL_REFUSED_PUT);
		db_text(st, ":address", copy[i].address);
		db_int(st, ":count", copy[i].count);
		db_int(st, ":with_secret", copy[i].with_secret);
		db_text(st, ":reason", copy[i].reason);
		db_int(st, ":now", now);
		if (db_run(st) == -1)
			return -1;
	}
	return 0;
}
