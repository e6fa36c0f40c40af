/*
 * callsheet init: everything that a new installation needs and does not have,
 * then what is left for a person to do.  What exists is never changed.
 */
#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "addresses.h"
#include "conf.h"
#include "db.h"
#include "log.h"
#include "paths.h"
#include "prompt.h"
#include "verbs.h"

static const char settings[] =
"; callsheet.conf: see callsheet.conf(5).  A secret is the name of a file\n"
"; that only its owner can read: @name is looked up beside this file.\n"
"\n"
"[callsheet]\n"
"; The directory must be writable for the dialer and the webhook program.\n"
"database = %s\n"
"; A new installation calls nobody until this is no.\n"
"dry_run = yes\n"
"; Seconds for which a pass stays to bring webhooks to the sheet at once.\n"
"linger = 55\n"
"\n"
"[webhook]\n"
"; Addresses that Bolna's webhooks come from, one a line.\n"
"allow = @bolna-addresses\n"
"; The last part of the webhook's address, known to Bolna only.\n"
"secret = @webhook-secret\n"
"; Set by the nginx include: proof that a request came through it.\n"
"gate = @webhook-gate\n"
"; Where the receiver listens, for callsheet doctor.\n"
"%ssocket = " SOCKET "\n"
"; The public address, for agents webhook, test-webhook and doctor --online.\n"
"; url = https://YOUR.HOST/webhook/bolna\n"
"\n"
"[account main]\n"
"bolna_key = @main.bolna\n"
"; For Google Sheets: the service account's key file, as downloaded.\n"
"; google_key = @main.google.json\n"
"; For Slack: the address of an incoming webhook.\n"
"; slack_url = @main.slack\n"
"; For analyses of what was said: a key for OpenAI, and one of its models.\n"
"; openai_key = @main.openai\n"
"; openai_model = ...\n"
"; call_prompt = @call-prompt.txt\n"
"; history_prompt = @history-prompt.txt\n"
"\n"
"; One section for each sheet tab that is to be called.\n"
"; [campaign interviews]\n"
"; account = main\n"
"; agent_id = 123e4567-e89b-12d3-a456-426655440000\n"
"; sheet = https://docs.google.com/spreadsheets/d/.../edit#gid=0\n"
"; or a CSV file: sheet = file:leads.csv\n"
"; country = 91\n"
"; timezone = Asia/Kolkata\n"
"; Of the hours that the country allows:\n"
"; window = 09:00-21:00\n"
"; promotional, service or transactional:\n"
"; purpose = service\n"
"; yes when the agent says at the beginning that it is an AI:\n"
"; ai_disclosure = yes\n"
"; What a minute costs at most, and what a day may cost:\n"
"; minute_cost = 0.20\n"
"; cap_day = 20\n";

static int	 make_directory(const char *);

/* Write a new file; one that exists stays.  1 made, 0 was there, -1. */
static int
make_file(const char *path, const char *text, mode_t mode)
{
	size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd == -1) {
		if (errno == EEXIST)
			return 0;
		log_warn("%s", path);
		return -1;
	}
	if (write(fd, text, len) != (ssize_t)len || fsync(fd) == -1) {
		log_warn("%s", path);
		close(fd);
		unlink(path);
		return -1;
	}
	close(fd);
	printf("made %s\n", path);
	return 1;
}

/* Root's files would be closed to whom the directory belongs. */
static int
is_ours(const char *file, const char *dir)
{
	struct stat sb;
	struct passwd *pw;

	if (geteuid() != 0 || stat(dir, &sb) == -1 || sb.st_uid == 0)
		return 1;
	if ((pw = getpwuid(sb.st_uid)) == NULL)
		log_warnx("%s belongs to user %u: run this as that user", dir,
		    (unsigned int)sb.st_uid);
	else
		log_warnx("%s belongs to %s: runuser -u %s -- callsheet init "
		    "-c %s", dir, pw->pw_name, pw->pw_name, file);
	return 0;
}

static char *
join(const char *dir, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) == -1)
		fatal(EX_OSERR, NULL);
	return path;
}

static int
make_above(const char *path)
{
	char *copy = strdup(path);
	int rc;

	if (copy == NULL)
		fatal(EX_OSERR, NULL);
	rc = make_directory(dirname(copy));
	free(copy);
	return rc;
}

/* The directory and those above it. */
static int
make_directory(const char *path)
{
	int rc = mkdir(path, 0700);

	if (rc == -1 && errno == ENOENT) {
		if (make_above(path) == -1)
			return -1;
		rc = mkdir(path, 0700);
	} else if (rc == -1 && errno == EEXIST)
		rc = access(path, W_OK | X_OK);
	if (rc == -1)
		log_warn("%s%s", path, errno == EACCES ?
		    ": run this as its owner, or name another place with -c" :
		    "");
	return rc;
}

static int
make_secret(const char *dir, const char *name)
{
	unsigned char raw[24];
	char *path, text[sizeof(raw) * 2 + 2];
	size_t i;
	int rc;

	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		fatal(EX_OSERR, "getrandom");
	for (i = 0; i < sizeof(raw); i++)
		snprintf(text + 2 * i, 3, "%02x", raw[i]);
	text[sizeof(text) - 2] = '\n';
	text[sizeof(text) - 1] = '\0';
	path = join(dir, name);
	rc = make_file(path, text, 0600);
	free(path);
	return rc;
}

static int
make_prompt(const char *dir, const char *name, enum prompt_kind kind)
{
	char *path = join(dir, name);
	int rc = make_file(path, prompt_default[kind], 0644);

	free(path);
	return rc;
}

static int
is_usual(const char *file)
{
	return strcmp(file, CONF_DIR "/callsheet.conf") == 0;
}

/* Settings in the usual place, or another of the system's, have the database
 * in the usual place too; others have it beside them. */
static char *
database_for(const char *dir)
{
	if (strcmp(dir, CONF_DIR) == 0 || strncmp(dir, "/etc/", 5) == 0)
		return join(STATE_DIR, "callsheet.db");
	return join(dir, "callsheet.db");
}

/* The settings last: where they exist, nothing is added any more. */
static int
make_settings(const char *file, const char *dir)
{
	char *text = NULL, *db = database_for(dir);
	char *list = join(dir, "bolna-addresses");
	int made = -1;

	if (access(file, F_OK) == 0)
		made = 0;
	if (made == 0 || make_directory(dir) == -1 ||
	    make_file(list, addresses, 0644) == -1 ||
	    make_secret(dir, "webhook-secret") == -1 ||
	    make_secret(dir, "webhook-gate") == -1 ||
	    make_prompt(dir, "call-prompt.txt", PROMPT_CALL) == -1 ||
	    make_prompt(dir, "history-prompt.txt", PROMPT_HISTORY) == -1)
		goto out;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (asprintf(&text, settings, db, is_usual(file) ? "" : "; ") == -1)
		fatal(EX_OSERR, NULL);
#pragma GCC diagnostic pop
	made = make_file(file, text, 0640);
out:
	free(text);
	free(list);
	free(db);
	return made;
}

static int
make_database(const char *file)
{
	char *none = NULL, *path, *copy;
	struct conf *conf = conf_read(file, &none, 0);
	int rc;

	if (conf == NULL)
		return -1;
	path = conf_path(conf, conf->database);
	copy = strdup(path);
	if (copy == NULL)
		fatal(EX_OSERR, NULL);
	rc = make_directory(dirname(copy)) == -1 ? -1 : db_create(path);
	if (rc == 1)
		printf("made %s\n", path);
	free(copy);
	free(path);
	conf_free(conf);
	return rc;
}

/* --- what a person still has to do, in the order in which it works --- */

/* What nginx needs of ours, by root. */
static void
say_nginx(const char *dir)
{
	printf("  4. the web server, as root:\n"
	    "       install -d /etc/nginx/callsheet\n"
	    "       cp %s/nginx/callsheet*.conf /etc/nginx/callsheet\n"
	    "       mv /etc/nginx/callsheet/callsheet-http.conf "
	    "/etc/nginx/conf.d\n"
	    "       (umask 077; printf 'fastcgi_param CALLSHEET_GATE \"%%s\";"
	    "\\n' \\\n"
	    "           \"$(cat %s/webhook-gate)\" \\\n"
	    "           > /etc/nginx/callsheet/callsheet-gate.conf)\n"
	    "     into your HTTPS server block the line\n"
	    "       include callsheet/callsheet.conf;\n"
	    "     and then: nginx -t && nginx -s reload\n", SHARE_DIR, dir);
}

/* In a home one crontab starts both programs. */
static void
say_home(void)
{
	const char *home = getenv("HOME");
	struct stat sb;

	printf("  5. the receiver and the passes: with crontab -e the lines "
	    "of\n       %s/cron/callsheet.crontab\n"
	    "     the last four without their #\n", SHARE_DIR);
	if (home != NULL && stat(home, &sb) == 0 && !(sb.st_mode & S_IXOTH))
		printf("     nginx must get through to the socket: "
		    "chmod o+x %s\n", home);
}

static void
say_receiver(void)
{
	printf("  5. the receiver, as root:\n");
	if (access(SHARE_DIR "/cron/callsheet-webhook.socket", F_OK) == 0)
		printf("       cp %s/cron/*.service %s/cron/*.socket \\\n"
		    "           %s/cron/*.timer /etc/systemd/system\n"
		    "       systemctl daemon-reload\n", SHARE_DIR, SHARE_DIR,
		    SHARE_DIR);
	printf("       systemctl enable --now callsheet-webhook.socket\n"
	    "     or, without systemd, the last lines of\n"
	    "       %s/cron/callsheet.crontab\n", SHARE_DIR);
}

static void
say_passes(const char *file, const char *user)
{
	if (!is_usual(file)) {
		printf("  6. the passes, with crontab -e:\n"
		    "       * * * * *  umask 077; %s/callsheet run -c %s\n",
		    BIN_DIR, file);
		return;
	}
	printf("  6. the passes, as root:\n"
	    "       systemctl enable --now callsheet-run.timer "
	    "callsheet-prune.timer\n"
	    "     or, by cron,\n"
	    "       crontab -u %s %s/cron/callsheet.crontab\n", user,
	    SHARE_DIR);
}

static void
say_next(const char *file, const char *dir)
{
	int home = OWN_HOME && is_usual(file), n = home ? 6 : 7;
	const char *c = is_usual(file) ? "" : " -c ";
	const char *f = is_usual(file) ? "" : file;
	const char *program = OWN_HOME ? BIN_DIR "/callsheet" : "callsheet";
	struct passwd *pw = getpwuid(geteuid());
	const char *user = pw != NULL ? pw->pw_name : "this user";

	printf("\nNext, in this order, as %s where it does not say root:\n"
	    "  1. Bolna's API key into %s/main.bolna, mode 600\n"
	    "  2. your campaign at the end of %s;\n"
	    "     for Google Sheets also google_key, a file of mode 600\n"
	    "  3. see whom it would call: %s run --once -v%s%s\n",
	    user, dir, file, program, c, f);
	say_nginx(dir);
	if (home) {
		say_home();
	} else {
		say_receiver();
		say_passes(file, user);
	}
	printf("  %d. give Bolna's agent the webhook address\n"
	    "       https://YOUR.HOST/webhook/bolna/SECRET\n"
	    "     where SECRET is the line in %s/webhook-secret\n"
	    "  %d. look whether all is well: %s doctor --online%s%s\n"
	    "  %d. call: dry_run = no in the settings\n",
	    n, dir, n + 1, program, c, f, n + 2);
}

/* What the settings name, and what goes into crontab, is read elsewhere. */
static char *
whole_path(const char *file)
{
	char *path = NULL, *here = *file == '/' ? NULL :
	    get_current_dir_name();

	if (*file != '/' && here == NULL)
		fatal(EX_OSERR, "the current directory");
	if (asprintf(&path, "%s%s%s", here != NULL ? here : "", here != NULL ?
	    "/" : "", file) == -1)
		fatal(EX_OSERR, NULL);
	free(here);
	return path;
}

int
verb_init(const char *file)
{
	char *dir, *copy, *whole;
	int made, rc = EX_CANTCREAT;

	if (file == NULL && (file = getenv("CALLSHEET_CONF")) == NULL)
		file = CONF_DIR "/callsheet.conf";
	file = whole = whole_path(file);
	if ((copy = strdup(file)) == NULL)
		fatal(EX_OSERR, NULL);
	dir = dirname(copy);
	if (!is_ours(file, dir) || (made = make_settings(file, dir)) == -1)
		goto out;
	rc = make_database(file) == -1 ? EX_CONFIG : 0;
	if (rc == 0 && made == 1)
		say_next(file, dir);
	else if (rc == 0)
		puts("nothing was missing in the settings; the database is "
		    "up to date");
out:
	free(copy);
	free(whole);
	return rc;
}
