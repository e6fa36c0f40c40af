/* What conf.h promises.  The files in conf/ are settings whose first line says
 * what becomes of them: "; good", or "; bad" and the end of the message. */
#include "unit.h"

#include <dirent.h>

#include "conf.h"

#ifndef CONFS
#define CONFS "tests/unit/conf"
#endif

#define MINIMAL	"[account acme]\nbolna_key = @acme.bolna\n" \
	"[campaign interviews]\naccount = acme\nagent_id = agent\n" \
	"sheet = file:leads.csv\ntimezone = UTC\n"

/* Read settings with one override or none; what was said is in s. */
static struct conf *
read_conf(struct said *s, const char *path, const char *override)
{
	char *list[1] = { (char *)(uintptr_t)override };
	struct conf *c;

	said_begin(s);
	c = conf_read(path, list, override != NULL);
	said_end(s);
	return c;
}

static char *
dump(const struct conf *c)
{
	char *text = NULL;
	size_t size;
	FILE *fp = open_memstream(&text, &size);

	assert_non_null(fp);
	conf_dump(c, fp);
	fclose(fp);
	return text;
}

static int
is_conf(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot != NULL && strcmp(dot, ".conf") == 0;
}

static void
first_line(const char *path, char *out, int size)
{
	FILE *fp = fopen(path, "r");

	if (fp == NULL || fgets(out, size, fp) == NULL)
		fail_msg("%s cannot be read", path);
	fclose(fp);
	out[strcspn(out, "\r\n")] = '\0';
}

static void
is_taken(void **state, const char *path)
{
	struct conf *c, *again;
	char *a, *b;
	struct said s;

	if ((c = read_conf(&s, path, NULL)) == NULL || s.text[0] != '\0')
		fail_msg("%s: %s", path, s.text);
	/* What is shown can be read again and means the same. */
	a = dump(c);
	again = read_conf(&s, scratch_write(state, "dump.conf", a), NULL);
	if (again == NULL)
		fail_msg("%s: dumped as\n%s%s", path, a, s.text);
	b = dump(again);
	assert_string_equal(a, b);
	conf_free(c);
	conf_free(again);
	free(a);
	free(b);
}

static void
is_refused(const char *path, const char *message)
{
	char want[2048];
	struct said s;

	snprintf(want, sizeof(want), "callsheet: %s%s\n", path, message);
	if (read_conf(&s, path, NULL) != NULL)
		fail_msg("%s was taken", path);
	assert_string_equal(s.text, want);
}

static void
test_each_settings_file_is_taken_or_refused_as_it_says(void **state)
{
	struct dirent **list;
	char path[512], line[300];
	int n, i, good = 0, bad = 0;

	n = scandir(CONFS, &list, is_conf, alphasort);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), CONFS "/%s", list[i]->d_name);
		first_line(path, line, sizeof(line));
		if (strncmp(line, "; good", 6) == 0) {
			is_taken(state, path);
			good++;
		} else if (strncmp(line, "; bad", 5) == 0) {
			is_refused(path, line + 5);
			bad++;
		} else {
			fail_msg("%s says neither good nor bad", path);
		}
		free(list[i]);
	}
	free(list);
	assert_true(good >= 7 && bad >= 30);
}

static void
test_a_new_installation_calls_nobody(void **state)
{
	struct said s;
	struct conf *c;

	c = read_conf(&s, scratch_write(state, "x.conf", MINIMAL), NULL);
	assert_non_null(c);
	assert_true(c->dry_run);
	assert_false(c->development);
	assert_null(c->campaigns[0].window);
	assert_null(c->campaigns[0].purpose);
	assert_false(c->campaigns[0].ai_disclosure);
	assert_int_equal(c->campaigns[0].minute_cost, 2000);
	assert_int_equal(c->campaigns[0].cap_day, CONF_NONE);
	assert_int_equal(c->accounts[0].number_gap, 30);
	assert_int_equal(c->accounts[0].wallet_floor, CONF_NONE);
	assert_int_equal(c->campaigns[0].calls_per_pass, 1);
	assert_int_equal(c->campaigns[0].max_live, 1);
	assert_int_equal(c->campaigns[0].max_attempts, 4);
	assert_int_equal(c->campaigns[0].gap, 5);
	assert_null(c->campaigns[0].from_number);
	assert_string_equal(c->bolna_api, "https://api.bolna.ai");
	conf_free(c);
}

static void
test_what_is_said_in_the_file_is_what_holds(void **state)
{
	struct said s;
	struct conf *c;

	(void)state;
	c = read_conf(&s, CONFS "/good-everything.conf", NULL);
	assert_non_null(c);
	assert_false(c->dry_run);
	assert_int_equal(c->linger, 0);
	assert_string_equal(c->secret, "@/etc/callsheet/secret");
	assert_int_equal(c->naccounts, 2);
	assert_string_equal(conf_account(c, "other")->bolna_key,
	    "@other.bolna");
	assert_null(conf_account(c, "nobody"));
	assert_int_equal(c->ncampaigns, 2);
	/* "#gid=0" is part of the address and no comment. */
	assert_string_equal(c->campaigns[0].sheet, "https://docs.google.com/"
	    "spreadsheets/d/1aBcD_eF-2/edit#gid=0");
	assert_string_equal(c->campaigns[0].from_number, "+12025550143");
	assert_string_equal(c->campaigns[1].name, "reminders_2-b");
	conf_free(c);
	c = read_conf(&s, CONFS "/good-layout.conf", NULL);
	assert_non_null(c);
	assert_int_equal(c->linger, 7);
	assert_true(c->development);
	assert_false(c->dry_run);
	conf_free(c);
}

static void
test_the_default_path_is_taken_from_the_environment(void **state)
{
	struct said s;
	struct conf *c;

	setenv("CALLSHEET_CONF", scratch_write(state, "x.conf", MINIMAL), 1);
	c = read_conf(&s, NULL, NULL);
	unsetenv("CALLSHEET_CONF");
	assert_non_null(c);
	assert_string_equal(c->path, scratch_path(state, "x.conf"));
	conf_free(c);
}

static void
test_settings_that_are_not_there_can_be_made(void **state)
{
	struct said s;

	assert_null(read_conf(&s, scratch_path(state, "none.conf"), NULL));
	assert_non_null(strstr(s.text, "run \"callsheet init\""));
}

static void
test_an_override_wins_over_the_file(void **state)
{
	const char *path = scratch_write(state, "x.conf",
	    "[callsheet]\nlinger = 5\n" MINIMAL);
	struct said s;
	struct conf *c;

	c = read_conf(&s, path, "callsheet.linger=9");
	assert_non_null(c);
	assert_int_equal(c->linger, 9);
	conf_free(c);
	c = read_conf(&s, path, "campaign interviews.sheet=file:a=b.csv");
	assert_non_null(c);
	assert_string_equal(c->campaigns[0].sheet, "file:a=b.csv");
	conf_free(c);
	c = read_conf(&s, path, "campaign interviews.max_live=7");
	assert_non_null(c);
	assert_int_equal(c->ncampaigns, 1);
	assert_int_equal(c->campaigns[0].max_live, 7);
	conf_free(c);
}

static void
test_an_override_is_as_strict_as_the_file(void **state)
{
	static const struct { const char *text, *message; } bad[] = {
		{ "linger", "-o linger: want section.key=value" },
		{ "linger=5", "-o linger=5: want section.key=value" },
		{ "callsheet.linger=5s", "linger must be a whole number from "
		    "0 to 58, not '5s'" },
		{ "callsheet.lingr=5",
		    "-o callsheet.lingr: unknown key 'lingr' in [callsheet]" },
		{ "calsheet.linger=5", "unknown section [calsheet]; there are "
		    "[callsheet], [webhook], [account NAME], "
		    "[campaign NAME] and [country XX]" },
		{ "account acme.bolna_key=bn-0123456789", "bolna_key must "
		    "name a file: bolna_key = @/path/to/file" },
		{ "callsheet.bolna_api=http://api.bolna.ai", "bolna_api, "
		    "google_api and google_token_url must begin with https:// "
		    "(http:// only to this machine)" },
		{ "campaign interview.max_live=5",
		    "-o campaign interview.max_live=5: there is no "
		    "[campaign interview]" },
		{ "account acm.bolna_key=@x",
		    "-o account acm.bolna_key=@x: there is no [account acm]" },
		{ "campaign interviews.account=acne", "campaign interviews: "
		    "there is no [account acne]" },
	};
	const char *path = scratch_write(state, "x.conf", MINIMAL);
	struct said s;
	size_t i, n;

	for (i = 0; i < LENGTH(bad); i++) {
		if (read_conf(&s, path, bad[i].text) != NULL)
			fail_msg("-o %s was taken", bad[i].text);
		n = strlen(s.text);
		if (n < strlen(bad[i].message) + 1)
			fail_msg("-o %s: '%s'", bad[i].text, s.text);
		s.text[n - 1] = '\0';
		assert_string_equal(s.text + n - 1 - strlen(bad[i].message),
		    bad[i].message);
	}
}

static void
test_an_override_that_is_too_long_is_not_cut(void **state)
{
	char text[2000] = "callsheet.database=";
	struct said s;

	memset(text + strlen(text), 'x', sizeof(text) - strlen(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_null(read_conf(&s, scratch_write(state, "x.conf", MINIMAL),
	    text));
}

/* --- files that settings name --- */

static struct conf *
minimal(void **state)
{
	struct conf *c;
	struct said s;

	c = read_conf(&s, scratch_write(state, "x.conf", MINIMAL), NULL);
	assert_non_null(c);
	return c;
}

/* The content of an @file, NULL when it was refused with the message. */
static char *
read_file(void **state, const char *value, int secret, const char *message)
{
	struct conf *c = minimal(state);
	struct said s;
	char *text;
	size_t size = 12345;

	said_begin(&s);
	text = conf_file(c, value, secret, &size);
	said_end(&s);
	conf_free(c);
	if (text == NULL && message == NULL)
		fail_msg("%s: %s", value, s.text);
	if (text != NULL && message != NULL)
		fail_msg("%s was read", value);
	if (message != NULL && strstr(s.text, message) == NULL)
		fail_msg("%s: '%s'", value, s.text);
	if (text != NULL)
		assert_int_equal(size, strlen(text));
	return text;
}

static void
has_content(void **state, const char *value, int secret, const char *want)
{
	char *text = read_file(state, value, secret, NULL);

	assert_string_equal(text, want);
	free(text);
}

static void
test_names_are_looked_up_beside_the_settings(void **state)
{
	struct conf *c = minimal(state);
	char *path;

	path = conf_path(c, "@key");
	assert_string_equal(path, scratch_path(state, "key"));
	free(path);
	path = conf_path(c, "file:a/b.csv");
	assert_string_equal(path, scratch_path(state, "a/b.csv"));
	free(path);
	path = conf_path(c, "@/etc/key");
	assert_string_equal(path, "/etc/key");
	free(path);
	path = conf_path(c, "callsheet.db");
	assert_string_equal(path, scratch_path(state, "callsheet.db"));
	free(path);
	conf_free(c);
}

static void
test_a_secret_is_read_when_only_its_owner_can(void **state)
{
	scratch_write(state, "key", "sesame\n");
	has_content(state, "@key", 1, "sesame\n");
	chmod(scratch_path(state, "key"), 0400);
	has_content(state, "@key", 1, "sesame\n");
}

static void
test_a_secret_that_others_can_touch_is_refused(void **state)
{
	static const mode_t open[] = { 0640, 0604, 0620, 0602, 0610, 0601,
	    0666, 0777 };
	const char *message = "group or others have access; chmod 600 it";
	size_t i;

	for (i = 0; i < LENGTH(open); i++) {
		chmod(scratch_write(state, "key", "sesame"), open[i]);
		assert_null(read_file(state, "@key", 1, message));
		has_content(state, "@key", 0, "sesame");
	}
}

static void
test_a_secret_that_is_a_link_is_refused(void **state)
{
	char target[512];

	snprintf(target, sizeof(target), "%s", scratch_write(state, "key",
	    "sesame"));
	assert_int_equal(symlink(target, scratch_path(state, "link")), 0);
	assert_null(read_file(state, "@link", 1,
	    "a secret must not be a symbolic link"));
	has_content(state, "@link", 0, "sesame");
}

static void
test_a_secret_of_somebody_else_is_refused(void **state)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(scratch_write(state, "key", "sesame"), 65534,
	    65534), 0);
	assert_null(read_file(state, "@key", 1,
	    "belongs to nobody; run this as nobody"));
}

/* Root has copied a key to its place, or keeps what we may not even see. */
static void
test_of_a_file_that_is_closed_it_is_said_who_may_read_it(void **state)
{
	static const char *const said[] = {
		"/key: run this as root, not as nobody: Permission denied",
		"/key: belongs to root; chown it to nobody: Permission denied",
	};
	struct conf *c;
	struct said s;
	int i;

	if (geteuid() != 0)
		skip();
	c = minimal(state);
	assert_int_equal(chmod(scratch_write(state, "key", "sesame"), 0600),
	    0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(chmod(scratch_path(state, ""), i == 0 ?
		    0700 : 0711), 0);
		said_begin(&s);
		assert_int_equal(seteuid(65534), 0);
		assert_null(conf_file(c, "@key", 1, NULL));
		assert_int_equal(seteuid(0), 0);
		said_end(&s);
		assert_non_null(strstr(s.text, said[i]));
	}
	conf_free(c);
}

static void
test_what_is_no_file_of_reasonable_size_is_refused(void **state)
{
	const char *message = "not a file of at most 1 MB";

	assert_null(read_file(state, "@none", 1, "No such file"));
	assert_int_equal(mkdir(scratch_path(state, "dir"), 0700), 0);
	assert_null(read_file(state, "@dir", 1, message));
	/* Nobody will ever write into it: it must not be waited for. */
	assert_int_equal(mkfifo(scratch_path(state, "fifo"), 0600), 0);
	alarm(20);
	assert_null(read_file(state, "@fifo", 1, message));
	alarm(0);
	assert_int_equal(truncate(scratch_write(state, "big", ""),
	    1024 * 1024 + 1), 0);
	assert_null(read_file(state, "@big", 1, message));
	scratch_write(state, "empty", "");
	has_content(state, "@empty", 1, "");
}

static void
test_no_secret_is_ever_shown(void **state)
{
	const char *path;
	struct said s;
	struct conf *c;
	char *text;

	scratch_write(state, "acme.bolna", "bn-0123456789abcdef\n");
	path = scratch_write(state, "x.conf", MINIMAL);
	c = read_conf(&s, path, NULL);
	assert_non_null(c);
	text = dump(c);
	assert_non_null(strstr(text, "bolna_key = @acme.bolna\n"));
	assert_null(strstr(text, "bn-0123456789abcdef"));
	free(text);
	conf_free(c);
	/* Nor is one that stands in the file itself. */
	path = scratch_write(state, "x.conf",
	    "[account acme]\nbolna_key = bn-0123456789abcdef\n");
	assert_null(read_conf(&s, path, NULL));
	assert_null(strstr(s.text, "bn-0123"));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
		T(test_each_settings_file_is_taken_or_refused_as_it_says),
		T(test_a_new_installation_calls_nobody),
		T(test_what_is_said_in_the_file_is_what_holds),
		T(test_the_default_path_is_taken_from_the_environment),
		T(test_settings_that_are_not_there_can_be_made),
		T(test_an_override_wins_over_the_file),
		T(test_an_override_is_as_strict_as_the_file),
		T(test_an_override_that_is_too_long_is_not_cut),
		T(test_names_are_looked_up_beside_the_settings),
		T(test_a_secret_is_read_when_only_its_owner_can),
		T(test_a_secret_that_others_can_touch_is_refused),
		T(test_a_secret_that_is_a_link_is_refused),
		T(test_a_secret_of_somebody_else_is_refused),
		T(test_of_a_file_that_is_closed_it_is_said_who_may_read_it),
		T(test_what_is_no_file_of_reasonable_size_is_refused),
		T(test_no_secret_is_ever_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
