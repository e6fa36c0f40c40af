/*
 * callsheet: what we do.  Run by cron each minute ("callsheet run"), and by
 * people.
 */
#include <sys/prctl.h>
#include <sys/stat.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf.h"
#include "dialer.h"
#include "log.h"
#include "plain.h"
#include "paths.h"
#include "verbs.h"

#define MAX_OVERRIDES	64

struct options {
	const char	*file;
	char		*override[MAX_OVERRIDES];
	size_t		 noverrides;
	int		 verbose, syslog, help;
};

static int
verb_config(const struct conf *conf, struct args *args)
{
	if (args_more(args))
		return args_bad(args);
	conf_dump(conf, stdout);
	return 0;
}

static const struct verb {
	const char	*name, *usage, *help;
	int		(*run)(const struct conf *, struct args *);
} verbs[] = {
	{ "init", NULL,
	    "make the settings, secrets and database that are missing", NULL },
	{ "run", "[--once | --dry-run [--json]]",
	    "one pass: read the sheets, call who is due, write results",
	    verb_run },
	{ "status", "[--account NAME] [--json]",
	    "what has been called, what waits, what is wrong",
	    verb_status },
	{ "why", "PHONE [--account NAME] [--country CODE] [--json]",
	    "why somebody was called, or not", verb_why },
	{ "dnc", "add|remove|import|list|scrub [PHONE|FILE] [--account NAME] "
	    "[--country CODE] [--note TEXT] [--reference TEXT --date DAY "
	    "--numbers N] [--json]",
	    "the do-not-call list", verb_dnc },
	{ "credits", "[add|take AMOUNT --note TEXT] [--account NAME] [--json]",
	    "how many credits an account has left, and where they went",
	    verb_credits },
	{ "outcome", "PHONE|ATTEMPT WORD [--at TIME] [--note TEXT] "
	    "[--campaign NAME] [--json]",
	    "say what a call led to; your word stands", verb_outcome },
	{ "call", "PHONE --campaign NAME [--name TEXT] [--wait] [--json]",
	    "call one person now, if the rules allow it", verb_call },
	{ "pause", "[CAMPAIGN] [--json]", "no further calls", verb_pause },
	{ "resume", "[CAMPAIGN] [--json]", "calls go on", verb_resume },
	{ "stop", "[CAMPAIGN] [--json]",
	    "no further calls, and queued ones are taken back", verb_stop },
	{ "reconcile", "[--days N | --placed ATTEMPT | --not-placed ATTEMPT]"
	    " [--json]",
	    "ask Bolna about everything unfinished, make up for lost webhooks",
	    verb_reconcile },
	{ "replay", "[--since TIME] [--dry-run] [--json]",
	    "work out every call's state anew from what Bolna has said",
	    verb_replay },
	{ "evidence", "PHONE DIR [--account NAME] [--country CODE] "
	    "[--json]",
	    "all that is known about the calls to a number, as files",
	    verb_evidence },
	{ "erase", "PHONE [--account NAME] [--country CODE] "
	    "[--json]",
	    "forget a person everywhere, and never call the number again",
	    verb_erase },
	{ "prune", "[--dry-run] [--json]",
	    "remove what is older than it may be kept", verb_prune },
	{ "export", "[--format json|ndjson|csv] [--account NAME] "
	    "[--campaign NAME] [--since TIME] [--until TIME]",
	    "the calls and what came of them, for other programs",
	    verb_export },
	{ "backup", "FILE [--json]", "a whole and checked copy of the database",
	    verb_backup },
	{ "agents", "list | webhook set [URL] | webhook check "
	    "[--account NAME] [--json]",
	    "Bolna's agents, and where they send their webhooks",
	    verb_agents },
	{ "test-webhook", "[URL] [--json]",
	    "send something like a webhook the whole way into the database",
	    verb_test_webhook },
	{ "doctor", "[--database | --online] [--json]",
	    "is everything in order?", verb_doctor },
	{ "config", NULL, "show the settings in force, without secrets",
	    verb_config },
};
#define NVERBS	(sizeof(verbs) / sizeof(verbs[0]))

static void
help(FILE *fp)
{
	size_t i;

	fprintf(fp, "usage: callsheet verb [-sv] [-c file] "
	    "[-o section.key=value] [...]\n\n");
	for (i = 0; i < NVERBS; i++)
		fprintf(fp, "  %-12s %s\n", verbs[i].name, verbs[i].help);
	fprintf(fp, "\n  -c file  settings, default $CALLSHEET_CONF or "
	    CONF_DIR "/callsheet.conf\n"
	    "  -o k=v   change a setting for this run\n"
	    "  -s       messages to syslog\n"
	    "  -v       say what happens; -vv more\n"
	    "\"callsheet verb --help\" says what else a verb takes.\n");
}

static void __attribute__((noreturn, format(printf, 1, 2)))
usage(const char *fmt, ...)
{
	va_list ap;

	fputs("callsheet: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	putc('\n', stderr);
	help(stderr);
	exit(EX_USAGE);
}

static const char *
take_value(int argc, char **argv, int *i)
{
	if (argv[*i][2] != '\0')
		return argv[*i] + 2;
	if (++*i >= argc)
		usage("%s wants a value", argv[*i - 1]);
	return argv[*i];
}

/* An option that every verb takes: one letter, before or after the verb. */
static void
parse_option(int argc, char **argv, int *i, struct options *o)
{
	const char *a = argv[*i], *p;

	if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0) {
		o->help = 1;
	} else if (a[1] == 'c') {
		o->file = take_value(argc, argv, i);
	} else if (a[1] == 'o') {
		if (o->noverrides == MAX_OVERRIDES)
			usage("-o may be given up to %d times", MAX_OVERRIDES);
		p = take_value(argc, argv, i);
		o->override[o->noverrides++] = (char *)(uintptr_t)p;
	} else {
		for (p = a + 1; *p != '\0'; p++) {
			if (*p == 'v')
				o->verbose++;
			else if (*p == 's')
				o->syslog = 1;
			else
				usage("'%s' is not understood", a);
		}
		if (a[1] == '\0')
			usage("'-' is not understood");
	}
}

static const struct verb *
find_verb(const char *name)
{
	size_t v;

	for (v = 0; v < NVERBS; v++)
		if (strcmp(name, verbs[v].name) == 0)
			return &verbs[v];
	usage("there is no verb '%s'", name);
}

/* What is not for every verb is left to the verb. */
static const struct verb *
parse(int argc, char **argv, struct options *o, struct args *args)
{
	const struct verb *verb = NULL;
	int i;

	for (i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && (argv[i][1] != '-' ||
		    strcmp(argv[i], "--help") == 0)) {
			parse_option(argc, argv, &i, o);
		} else if (verb == NULL) {
			verb = find_verb(argv[i]);
		} else {
			if (args->n == sizeof(args->word) /
			    sizeof(args->word[0]))
				usage("these are too many words");
			args->word[args->n++] = argv[i];
		}
	}
	if (verb == NULL && !o->help)
		usage("which verb?");
	if (verb == NULL) {
		help(stdout);
		exit(0);
	}
	args->verb = verb->name;
	args->usage = verb->usage;
	return verb;
}

static void
help_verb(const struct verb *v)
{
	printf("usage: callsheet %s [-sv] [-c file] [-o section.key=value]"
	    "%s%s\n\n%s: %s.\ncallsheet(1) says more.\n", v->name,
	    v->usage != NULL ? " " : "", v->usage != NULL ? v->usage : "",
	    v->name, v->help);
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct args args = { 0 };
	struct plain plain;
	const struct verb *verb;
	struct conf *conf;
	int status;

	umask(077);
	/* No core file or debugger sees the keys. */
	prctl(PR_SET_DUMPABLE, 0);
	verb = parse(argc, argv, &o, &args);
	if (o.help) {
		help_verb(verb);
		return 0;
	}
	log_init("callsheet", o.verbose, o.syslog);
	if (verb->run == NULL)
		return args.n > 0 ? args_bad(&args) : verb_init(o.file);
	conf = conf_read(o.file, o.override, o.noverrides);
	if (conf == NULL && verb->run != verb_doctor)
		return EX_CONFIG;
	/* An export is for programs, which want it as it is. */
	if (verb->run != verb_export)
		plain_begin(&plain);
	status = verb->run(conf, &args);
	fflush(stdout);
	conf_free(conf);
	return reply_end(&args.reply, status);
}
