/*
 * callsheet doctor: what can be seen on this host.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "csv.h"
#include "db.h"
#include "dialer.h"
#include "doctor.h"
#include "paths.h"
#include "watch.h"
#include "window.h"

#define HEARTBEAT	600	/* seconds: as view anomaly has it */
#define SLACK		120	/* clocks may differ by */

/* What can be read may still be what no pass begins with: it is tried. */
static void
check_settings(struct checkup *c)
{
	const struct conf *conf = c->conf;

	if (c->db != NULL && dialer_check(conf) != 0)
		doctor_say(c, FINDING_FAIL, "settings", "%s: no pass begins "
		    "with them: see the message above", conf->path);
	else
		doctor_say(c, FINDING_OK, "settings", "%s; accounts: "
		    "%zu, campaigns: %zu%s", conf->path, conf->naccounts,
		    conf->ncampaigns, conf->dry_run ? "; dry_run is on, "
		    "nobody is called" : "");
}

static void
check_secret(struct checkup *c, const char *section, const char *name,
    const char *key, const char *value)
{
	char *text, *path;
	size_t n;

	if (value == NULL)
		return;
	path = conf_path(c->conf, value);
	text = conf_file(c->conf, value, 1, &n);
	doctor_say(c, text != NULL && n > 0 ? FINDING_OK : FINDING_FAIL,
	    "secret", "[%s%s%s] %s %s%s", section, *name != '\0' ? " " : "",
	    name, key, path, text == NULL ? ": see the message above; it must "
	    "be a file of whoever runs callsheet, with mode 0600" : n == 0 ?
	    ": is empty" : "");
	if (text != NULL)
		explicit_bzero(text, n);
	free(text);
	free(path);
}

/* What the receiver needs in order to start, as it reads it. */
static void
check_words(struct checkup *c, const char *key, const char *value)
{
	struct conf_words words;
	char *path;
	int rc;

	if (value == NULL)
		return;
	path = conf_path(c->conf, value);
	rc = conf_words(c->conf, value, &words);
	doctor_say(c, rc == 0 ? FINDING_OK : FINDING_FAIL, "secret",
	    "[webhook] %s %s%s", key, path, rc == 0 ? "" : ": see the message "
	    "above; it must be a file of whoever runs callsheet, with mode "
	    "0600 and one word of 16 characters or more a line, or the "
	    "receiver does not start");
	conf_words_free(&words);
	free(path);
}

static void
check_addresses(struct checkup *c)
{
	const char *allow = c->conf->allow;
	char *text = NULL, *path;

	if (*allow != '@')
		return;
	path = conf_path(c->conf, allow);
	text = conf_file(c->conf, allow, 0, NULL);
	doctor_say(c, text != NULL ? FINDING_OK : FINDING_FAIL, "addresses",
	    "%s%s", path, text != NULL ? "" : ": see the message above; "
	    "\"callsheet init\" makes it");
	free(text);
	free(path);
}

static void
check_secrets(struct checkup *c)
{
	const struct conf *conf = c->conf;
	const struct conf_account *a;
	const struct conf_campaign *p;

	check_addresses(c);
	check_words(c, "secret", conf->secret);
	check_words(c, "gate", conf->gate);
	for (a = conf->accounts; a < conf->accounts + conf->naccounts; a++) {
		check_secret(c, "account", a->name, "bolna_key",
		    a->bolna_key);
		check_secret(c, "account", a->name, "google_key",
		    a->google_key);
		check_secret(c, "account", a->name, "slack_url",
		    a->slack_url);
		check_secret(c, "account", a->name, "openai_key",
		    a->openai_key);
	}
	for (p = conf->campaigns; p < conf->campaigns + conf->ncampaigns; p++)
		check_secret(c, "campaign", p->name, "slack_url",
		    p->slack_url);
}

/* Whoever comes by a tunnel, or by another web server here, has a loopback
 * address. */
static void
check_development(struct checkup *c)
{
	if (c->conf->development && !c->conf->dry_run)
		doctor_say(c, FINDING_FAIL, "development", "people are called, "
		    "and every loopback address is taken for Bolna's: set "
		    "development in [webhook] to no");
}

static int64_t
last_pass(struct checkup *c)
{
	return db_value(db_stmt(c->db, SQL_RUN_HEART), 0);
}

static void
check_clock(struct checkup *c)
{
	struct stmt *st = db_stmt(c->db, SQL_WATCH_WHY);
	int64_t ahead = last_pass(c) - time(NULL);

	db_text(st, ":what", "clock");
	if (db_step(st) == DB_ROW)
		doctor_say(c, FINDING_FAIL, "clock", "%s", db_col_str(st, 0));
	else if (ahead > SLACK)
		doctor_say(c, FINDING_FAIL, "clock", "the last pass began %lld "
		    "s from now: the clock was put back, or was ahead then; "
		    "set it", (long long)ahead);
	else
		doctor_say(c, FINDING_OK, "clock", "no pass has found it "
		    "wrong");
	db_reset(st);
}

static void
check_zones(struct checkup *c)
{
	int known = window_zone_known("Asia/Kolkata") &&
	    window_zone_known("America/New_York");

	if (!known)
		doctor_say(c, FINDING_FAIL, "time zones", "this host does not "
		    "know Asia/Kolkata: install tzdata");
	else if (zones_check(c->conf) == -1)
		doctor_say(c, FINDING_FAIL, "time zones", "the settings name "
		    "hours or zones that there are not: see the message "
		    "above");
	else
		doctor_say(c, FINDING_OK, "time zones", "known");
}

static void
check_cron(struct checkup *c)
{
	int64_t last = last_pass(c), ago = time(NULL) - last;
	const char *path = c->conf->path;
	int usual = strcmp(path, CONF_DIR "/callsheet.conf") == 0;

	/* Cron's own PATH has neither /usr/local/bin nor a home. */
	if (last == 0)
		doctor_say(c, FINDING_FAIL, "cron", "no pass has run yet; the "
		    "entry in crontab: * * * * * umask 077; " BIN_DIR
		    "/callsheet run%s%s (with systemd: callsheet-run.timer)",
		    usual ? "" : " -c ", usual ? "" : path);
	else if (ago > HEARTBEAT)
		doctor_say(c, FINDING_FAIL, "cron", "the last pass began %lld "
		    "minutes ago: is the crontab entry there and cron "
		    "running, or callsheet-run.timer enabled?",
		    (long long)(ago / 60));
	else
		doctor_say(c, FINDING_OK, "cron", "the last pass began %lld s "
		    "ago", (long long)ago);
}

static void
check_stop(struct checkup *c)
{
	if (watch_stop_file(c->conf))
		doctor_say(c, FINDING_FAIL, "stop file", "%s.stop is there, so "
		    "nobody is called: remove it to go on",
		    c->conf->database);
	else
		doctor_say(c, FINDING_OK, "stop file", "none");
}

static void
check_socket(struct checkup *c)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (c->conf->socket == NULL) {
		doctor_say(c, FINDING_SKIP, "socket", "socket in [webhook] "
		    "does not say where the receiver listens");
		return;
	}
	if (strlen(c->conf->socket) >= sizeof(sa.sun_path)) {
		doctor_say(c, FINDING_FAIL, "socket", "%s: too long a name",
		    c->conf->socket);
		return;
	}
	memcpy(sa.sun_path, c->conf->socket, strlen(c->conf->socket));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		doctor_say(c, FINDING_OK, "socket", "%s", c->conf->socket);
	else
		doctor_say(c, FINDING_FAIL, "socket", "%s: %s%s",
		    c->conf->socket, strerror(errno), errno == ECONNREFUSED ||
		    errno == ENOENT ? "; start callsheet-webhook" : "");
	if (fd != -1)
		close(fd);
}

/* A CSV file can be looked at from here. */
static void
check_files(struct checkup *c)
{
	const struct conf_campaign *p = c->conf->campaigns;
	struct layout layout = { 0 };
	struct table table;
	struct sheet *sheet;
	char *path;

	for (; p < c->conf->campaigns + c->conf->ncampaigns; p++) {
		if (strncmp(p->sheet, "file:", 5) != 0)
			continue;
		path = conf_path(c->conf, p->sheet);
		sheet = csv_sheet(path);
		table_init(&table, 0);
		if (sheet != NULL && sheet->ops->read(sheet, SHEET_IDENTITY,
		    &layout, &table) == VERDICT_OK)
			doctor_say(c, FINDING_OK, "sheet", "campaign %s: %s",
			    p->name, path);
		else
			doctor_say(c, FINDING_FAIL, "sheet", "campaign %s: %s",
			    p->name, sheet != NULL ? sheet->why : "no memory");
		layout_free(&layout);
		memset(&layout, 0, sizeof(layout));
		table_free(&table);
		if (sheet != NULL)
			sheet->ops->close(sheet);
		free(path);
	}
}

void
doctor_local(struct checkup *c)
{
	int failed = c->failed;

	check_secrets(c);
	check_development(c);
	check_zones(c);
	/* A pass ends at each of those. */
	if (c->failed == failed)
		check_settings(c);
	else
		doctor_say(c, FINDING_SKIP, "settings", "not tried before "
		    "what fails above is mended");
	if (c->db != NULL) {
		check_clock(c);
		check_cron(c);
	}
	check_stop(c);
	check_socket(c);
	check_files(c);
}
