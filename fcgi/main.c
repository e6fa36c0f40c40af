/*
 * callsheet-webhook: what we are told.  Takes Bolna's webhooks from the web
 * server and stores them.  It holds no key and needs no network.
 */
#include <sys/prctl.h>
#include <sys/stat.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "admit.h"
#include "api.h"
#include "conf.h"
#include "db.h"
#include "log.h"
#include "server.h"
#include "webhook.h"
#include "writer.h"

#define MAX_OVERRIDES	64
/* Each waits for the disk most of its time; 32 connections share one sync. */
#define THREADS		32

static void __attribute__((noreturn))
usage(void)
{
	fprintf(stderr, "usage: callsheet-webhook [-nsv] [-c file] "
	    "[-o section.key=value] [-t threads]\n");
	exit(EX_USAGE);
}

struct options {
	const char	*file;
	char		*override[MAX_OVERRIDES];
	size_t		 noverrides;
	int		 check, syslog, verbose;
	long		 threads;
};

static void
parse_options(int argc, char **argv, struct options *o)
{
	int ch;

	o->threads = THREADS;
	while ((ch = getopt(argc, argv, "c:no:st:v")) != -1) {
		switch (ch) {
		case 'c':
			o->file = optarg;
			break;
		case 'n':
			o->check = 1;
			break;
		case 'o':
			if (o->noverrides == MAX_OVERRIDES)
				usage();
			o->override[o->noverrides++] = optarg;
			break;
		case 's':
			o->syslog = 1;
			break;
		case 't':
			o->threads = atol(optarg);
			break;
		case 'v':
			o->verbose++;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || o->threads < 1 || o->threads > 512)
		usage();
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct conf *conf;
	struct admit *admit = NULL;
	struct writer *writer = NULL;
	struct api *api;
	struct webhook *webhook;
	char *database;
	int fastcgi, rc;

	umask(077);
	/* No core file or debugger sees the secrets. */
	prctl(PR_SET_DUMPABLE, 0);
	/* Few arenas for many threads: memory over a little speed. */
	mallopt(M_ARENA_MAX, 8);
	log_init("callsheet-webhook", 0, 0);
	if (server_is_tricked(argc))
		return 0;
	parse_options(argc, argv, &o);
	log_init("callsheet-webhook", o.verbose, o.syslog);
	if ((conf = conf_read(o.file, o.override, o.noverrides)) == NULL)
		return EX_CONFIG;
	fastcgi = server_is_fastcgi();
	database = conf_path(conf, conf->database);
	if ((admit = admit_open(conf)) != NULL)
		writer = writer_open(database, admit, fastcgi && !o.check);
	if (writer == NULL) {
		rc = EX_CONFIG;
		goto out;
	}
	api = api_open(database, writer);
	webhook = webhook_open(admit, writer, api);
	if (o.check) {
		puts("configuration OK");
		rc = 0;
	} else if (fastcgi) {
		log_info("SQLite %s, %ld threads", db_library_version(),
		    o.threads);
		rc = server_run(webhook, o.threads + API_THREADS);
	} else {
		rc = server_once(webhook);
	}
	if (rc == -1)
		rc = EX_SOFTWARE;
	api_close(api);
	writer_close(writer);
	webhook_close(webhook);
out:
	admit_close(admit);
	conf_free(conf);
	free(database);
	return rc;
}
