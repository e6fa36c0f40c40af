/*
 * callsheet: what we do.  Run by cron each minute ("callsheet run"), and by
 * people.
 */
#include <sys/prctl.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf.h"
#include "dialer.h"
#include "log.h"
#include "verbs.h"

#define MAX_OVERRIDES	64

struct options {
	const char	*file;
	char		*override[MAX_OVERRIDES];
	size_t		 noverrides;
	int		 verbose, syslog, once;
};

static int
do_run(const struct conf *conf, const struct options *o)
{
	return pass_run(conf, o->once);
}

static int
do_status(const struct conf *conf, const struct options *o)
{
	(void)o;
	return verb_status(conf);
}

static int
do_config(const struct conf *conf, const struct options *o)
{
	(void)o;
	conf_dump(conf, stdout);
	return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

static const struct verb {
	const char	*name, *help;
	int		(*run)(const struct conf *, const struct options *);
} verbs[] = {
	{ "init", "make the settings, secrets and database that are missing",
	    NULL },
	{ "run", "one pass: read the sheets, call who is due, write results",
	    do_run },
	{ "status", "what has been called, what waits, what is wrong",
	    do_status },
	{ "config", "show the settings in force, without secrets",
	    do_config },
};
#define NVERBS	(sizeof(verbs) / sizeof(verbs[0]))

static void
help(FILE *fp)
{
	size_t i;

	fprintf(fp, "usage: callsheet verb [-sv] [-c file] "
	    "[-o section.key=value] [--once]\n\n");
	for (i = 0; i < NVERBS; i++)
		fprintf(fp, "  %-8s %s\n", verbs[i].name, verbs[i].help);
	fprintf(fp, "\n  -c file  settings, default $CALLSHEET_CONF or "
	    "/etc/callsheet/callsheet.conf\n"
	    "  -o k=v   change a setting for this run\n"
	    "  -s       messages to syslog\n"
	    "  -v       say what happens; -vv more\n"
	    "  --once   run: one pass without lingering\n");
}

static void __attribute__((noreturn))
usage(void)
{
	help(stderr);
	exit(EX_USAGE);
}

/* Options may stand before and after the verb; one letter each, but for
 * --once and --help. */
static const char *
take_value(int argc, char **argv, int *i)
{
	if (argv[*i][2] != '\0')
		return argv[*i] + 2;
	if (++*i >= argc)
		usage();
	return argv[*i];
}

static void
parse_option(int argc, char **argv, int *i, struct options *o)
{
	const char *a = argv[*i], *p;

	if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0) {
		help(stdout);
		exit(0);
	} else if (strcmp(a, "--once") == 0) {
		o->once = 1;
	} else if (a[1] == 'c') {
		o->file = take_value(argc, argv, i);
	} else if (a[1] == 'o') {
		if (o->noverrides == MAX_OVERRIDES)
			usage();
		p = take_value(argc, argv, i);
		o->override[o->noverrides++] = (char *)(uintptr_t)p;
	} else {
		for (p = a + 1; *p != '\0'; p++) {
			if (*p == 'v')
				o->verbose++;
			else if (*p == 's')
				o->syslog = 1;
			else
				usage();
		}
		if (a[1] == '\0')
			usage();
	}
}

static const struct verb *
parse(int argc, char **argv, struct options *o)
{
	const struct verb *verb = NULL;
	size_t v;
	int i;

	for (i = 1; i < argc; i++) {
		if (argv[i][0] == '-') {
			parse_option(argc, argv, &i, o);
			continue;
		}
		if (verb != NULL)
			usage();
		for (v = 0; v < NVERBS; v++)
			if (strcmp(argv[i], verbs[v].name) == 0)
				verb = &verbs[v];
		if (verb == NULL) {
			fprintf(stderr, "callsheet: no verb '%s'\n", argv[i]);
			usage();
		}
	}
	if (verb == NULL)
		usage();
	return verb;
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	const struct verb *verb;
	struct conf *conf;
	int status;

	umask(077);
	/* No core file or debugger sees the keys. */
	prctl(PR_SET_DUMPABLE, 0);
	verb = parse(argc, argv, &o);
	log_init("callsheet", o.verbose, o.syslog);
	if (verb->run == NULL)
		return verb_init(o.file);
	if ((conf = conf_read(o.file, o.override, o.noverrides)) == NULL)
		return EX_CONFIG;
	status = verb->run(conf, &o);
	conf_free(conf);
	return status;
}
