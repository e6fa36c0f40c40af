/*
 * Reading callsheet.conf as the table in conf_keys.c says.
 */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "conf.h"
#include "conf_int.h"
#include "log.h"
#include "paths.h"

#define DEFAULT_PATH	CONF_DIR "/callsheet.conf"
#define MAX_NAME	40		/* inih cuts "campaign NAME" at 49 */

#define WANT		"want [section], key = value, or a comment"

struct reader {
	struct conf	*conf;
	FILE		*fp;
	int		 line;
	const char	*option;	/* the section.key of -o, without its
					   value, which may be a secret */
	int		 bad;
	char		 section[128];
	enum where	 where;
	void		*target;	/* the section's struct */
};

static void __attribute__((format(printf, 2, 3)))
complain(struct reader *r, const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	if (!r->bad && r->option != NULL)
		log_warnx("-o %s: %s", r->option, msg);
	else if (!r->bad && r->line > 0)
		log_warnx("%s:%d: %s", r->conf->path, r->line, msg);
	else if (!r->bad)
		log_warnx("%s: %s", r->conf->path, msg);
	r->bad = 1;
}

static char *
copy(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		fatal(EX_OSERR, NULL);
	return p;
}

static void *
append(void **list, size_t *n, size_t size)
{
	void *p = reallocarray(*list, *n + 1, size);

	if (p == NULL)
		fatal(EX_OSERR, NULL);
	*list = p;
	p = (char *)p + (*n)++ * size;
	memset(p, 0, size);
	return p;
}

static int
name_ok(const char *s)
{
	return *s != '\0' &&
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_-")] == '\0';
}

/* Up to nine digits before the point and four after it. */
int
conf_money(const char *s, size_t n, long *out)
{
	const char *p = s, *end = s + n;
	long v = 0, unit = CONF_UNIT;

	for (; p < end && isdigit((unsigned char)*p) && p - s < 9; p++)
		v = v * 10 + (*p - '0');
	if (p == s)
		return -1;
	v *= CONF_UNIT;
	if (p < end && *p == '.')
		for (p++; p < end && isdigit((unsigned char)*p) && unit > 1;
		    p++)
			v += (*p - '0') * (unit /= 10);
	*out = v;
	return p == end && p[-1] != '.' ? 0 : -1;
}

/* Defaults are set when a section begins, then overwritten by what is said. */
static void
set_defaults(void *target, enum where where)
{
	const struct key *k;
	char *field;

	for (k = conf_keys; k < conf_keys + conf_nkeys; k++) {
		if (k->where != where)
			continue;
		field = (char *)target + k->offset;
		if (k->type == MONEY)
			*(long *)(void *)field = CONF_NONE;
		if (k->fallback == NULL)
			continue;
		if (k->type == MONEY)
			conf_money(k->fallback, strlen(k->fallback),
			    (long *)(void *)field);
		else if (k->type == NUMBER)
			*(long *)(void *)field = atol(k->fallback);
		else if (k->type == YESNO)
			*(long *)(void *)field =
			    strcmp(k->fallback, "yes") == 0;
		else
			*(char **)(void *)field = copy(k->fallback);
	}
}

/* The section of this name, made when it is new. */
static void *
section_get(struct reader *r, const struct kind *k, const char *name)
{
	struct conf *c = r->conf;
	struct named *item;
	size_t i;

	for (i = 0; i < *conf_kind_count(k, c); i++) {
		item = conf_kind_item(k, c, i);
		if (strcmp(item->name, name) == 0)
			return item;
	}
	item = append((void **)(void *)((char *)c + k->list),
	    conf_kind_count(k, c), k->size);
	item->name = copy(name);
	item->line = r->line;
	set_defaults(item, k->where);
	return item;
}

static void
section_begin(struct reader *r, const char *section)
{
	const char *name = strchr(section, ' ');
	const struct kind *k;

	if (name != NULL && strlen(name + 1) > MAX_NAME) {
		complain(r, "the name in [%s] is longer than %d characters",
		    section, MAX_NAME);
		return;
	}
	snprintf(r->section, sizeof(r->section), "%s", section);
	r->target = r->conf;
	if (strcmp(section, "callsheet") == 0) {
		r->where = MAIN;
		return;
	}
	if (strcmp(section, "webhook") == 0) {
		r->where = WEBHOOK;
		return;
	}
	for (k = conf_kinds; k < conf_kinds + conf_nkinds; k++)
		if (strncmp(section, k->word, strlen(k->word)) == 0 &&
		    name_ok(section + strlen(k->word)))
			break;
	if (k == conf_kinds + conf_nkinds) {
		complain(r, "unknown section [%s]; there are [callsheet], "
		    "[webhook], [account NAME], [campaign NAME] and "
		    "[country XX]", section);
		return;
	}
	r->where = k->where;
	r->target = section_get(r, k, section + strlen(k->word));
}

static int
set_value(struct reader *r, const struct key *k, const char *value)
{
	char *field = (char *)r->target + k->offset, *end;
	char **text = (char **)(void *)field;
	long *number = (long *)(void *)field, v;

	switch (k->type) {
	case NUMBER:
		errno = 0;
		v = strtol(value, &end, 10);
		if (errno != 0 || end == value || *end != '\0' ||
		    v < k->min || v > k->max) {
			complain(r, "%s must be a whole number from %ld to "
			    "%ld, not '%s'", k->name, k->min, k->max, value);
			return -1;
		}
		*number = v;
		return 0;
	case YESNO:
		if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
			complain(r, "%s must be yes or no, not '%s'",
			    k->name, value);
			return -1;
		}
		*number = value[0] == 'y';
		return 0;
	case MONEY:
		if (conf_money(value, strlen(value), &v) == -1 ||
		    v < k->min || v > k->max) {
			complain(r, "%s must be an amount such as 12.50, from "
			    "0 to %ld, not '%s'", k->name, k->max / CONF_UNIT,
			    value);
			return -1;
		}
		*number = v;
		return 0;
	case SECRET:
		/* The value itself is not shown: it may be the secret. */
		if (value[0] != '@' || value[1] == '\0') {
			complain(r, "%s must name a file: %s = @/path/to/file",
			    k->name, k->name);
			return -1;
		}
		break;
	case TEXT:
		if (value[0] == '\0') {
			complain(r, "%s is empty", k->name);
			return -1;
		}
		break;
	}
	free(*text);
	*text = copy(value);
	return 0;
}

static int
assign(struct reader *r, const char *name, const char *value)
{
	const struct key *k;

	for (k = conf_keys; k < conf_keys + conf_nkeys; k++) {
		if (k->where != r->where || strcmp(k->name, name) != 0)
			continue;
		/* with a blank before it, it would be a comment */
		if (value[0] != ';')
			return set_value(r, k, value);
		complain(r, "the value of %s begins with ;", name);
		return -1;
	}
	complain(r, "unknown key '%s' in [%s]", name, r->section);
	return -1;
}

static int
on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	struct conf_line *seen;
	char full[256];
	size_t i;

	if (r->bad)
		return 0;
	if (strcmp(section, r->section) != 0)
		section_begin(r, section);
	if (!r->bad && r->target == NULL)
		complain(r, "'%s' stands before any [section]", name);
	if (r->bad)
		return 0;
	snprintf(full, sizeof(full), "%s.%s", section, name);
	for (i = 0; i < r->conf->nlines; i++)
		if (strcmp(r->conf->lines[i].key, full) == 0) {
			complain(r, "'%s' is set twice in [%s]", name,
			    section);
			return 0;
		}
	seen = append((void **)&r->conf->lines, &r->conf->nlines,
	    sizeof(*seen));
	seen->key = copy(full);
	seen->line = r->line;
	return assign(r, name, value) == 0;
}

/* A section counts from its header on, whether or not keys follow. */
static void
read_header(struct reader *r, const char *line)
{
	const char *end = strchr(line, ']'), *rest;
	char *section;

	if (end == NULL)
		complain(r, WANT);
	if (r->bad)
		return;
	section = strndup(line + 1, (size_t)(end - line - 1));
	if (section == NULL)
		fatal(EX_OSERR, NULL);
	/* inih would pass over a key in the same line */
	rest = end + 1 + strspn(end + 1, " \t\r\n");
	if (*rest != '\0' && *rest != ';' && *rest != '#')
		complain(r, "something follows [%s]", section);
	else
		section_begin(r, section);
	free(section);
}

/* inih's line source: counts lines for messages, refuses what inih would cut
 * in two or end at a NUL, and takes leading blanks away so that an indented
 * line is a line of its own and not the continuation of the one before. */
static char *
read_line(char *buf, int size, void *user)
{
	struct reader *r = user;
	int c = EOF, n = 0, nul = 0;
	char *p;

	while (n < size - 1 && c != '\n' && (c = getc(r->fp)) != EOF) {
		nul |= c == '\0';
		buf[n++] = (char)c;
	}
	if (n == 0)
		return NULL;
	buf[n] = '\0';
	r->line++;
	if (nul)
		complain(r, "there is a NUL byte in the line");
	if (strcspn(buf, "\n") > CONF_MAX_LINE)
		complain(r, "line longer than %d characters", CONF_MAX_LINE);
	for (p = buf; *p == ' ' || *p == '\t'; p++)
		;
	memmove(buf, p, strlen(p) + 1);
	if (*buf == '[')
		read_header(r, buf);
	return buf;
}

int
conf_url_ok(const char *url)
{
	static const char *const local[] = { "http://127.0.0.1",
	    "http://localhost", "http://[::1]" };
	size_t i, len;

	/* "http://localhost:80@elsewhere" is elsewhere. */
	if (strchr(url, '@') != NULL)
		return 0;
	if (strncmp(url, "https://", 8) == 0)
		return 1;
	for (i = 0; i < 3; i++) {
		len = strlen(local[i]);
		if (strncmp(url, local[i], len) == 0 && (url[len] == ':' ||
		    url[len] == '/' || url[len] == '\0'))
			return 1;
	}
	return 0;
}

/* What ids of sheets and agents are made of. */
#define ID	"-_0123456789abcdefghijklmnopqrstuvwxyz" \
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* file:PATH, an address, or the id in one. */
static int
is_sheet(const char *s)
{
	return strncmp(s, "file:", 5) == 0 || strstr(s, "://") != NULL ||
	    s[strspn(s, ID)] == '\0';
}

static void
check_campaign(struct reader *r, const struct conf_campaign *p)
{
	const struct conf_account *a = conf_account(r->conf, p->account);
	const char *s;

	r->line = p->line;
	if (a == NULL)
		complain(r, "campaign %s: there is no [account %s]", p->name,
		    p->account);
	else if (!is_sheet(p->sheet))
		complain(r, "campaign %s: sheet must be the address of a "
		    "Google Sheet, or file:PATH for a CSV file, not '%s'",
		    p->name, p->sheet);
	else if (strncmp(p->sheet, "file:", 5) != 0 && a->google_key == NULL)
		complain(r, "campaign %s: account %s needs a google_key for a "
		    "Google Sheet", p->name, p->account);
	if (p->agent_id[strspn(p->agent_id, ID)] != '\0')
		complain(r, "campaign %s: agent_id must be the agent's id, "
		    "such as 123e4567-e89b-12d3-a456-426655440000, not '%s'",
		    p->name, p->agent_id);
	for (s = p->country; s != NULL && *s != '\0'; s++)
		if (!isdigit((unsigned char)*s) || *p->country == '0' ||
		    s - p->country > 2)
			complain(r, "campaign %s: country must be a calling "
			    "code such as 91, not '%s'", p->name, p->country);
}

static void
check_country(struct reader *r, const struct conf_country *p)
{
	r->line = p->line;
	if (strlen(p->name) != 2 || !isupper((unsigned char)p->name[0]) ||
	    !isupper((unsigned char)p->name[1]))
		complain(r, "[country %s]: want two capitals, such as IN",
		    p->name);
}

static void
check_required(struct reader *r, const void *target, enum where where,
    const char *what, const char *name)
{
	const struct key *k;

	for (k = conf_keys; k < conf_keys + conf_nkeys; k++)
		if (k->where == where && k->required &&
		    *(char *const *)(const void *)((const char *)target +
		    k->offset) == NULL)
			complain(r, "%s%s: %s is missing", what, name,
			    k->name);
}

static void
check_all(struct reader *r)
{
	struct conf *c = r->conf;
	const struct kind *k;
	struct named *item;
	size_t i;

	r->line = 0;
	if (!conf_url_ok(c->bolna_api) || !conf_url_ok(c->google_api) ||
	    !conf_url_ok(c->google_token_url))
		complain(r, "bolna_api, google_api and google_token_url must "
		    "begin with https:// (http:// only to this machine)");
	for (k = conf_kinds; k < conf_kinds + conf_nkinds; k++)
		for (i = 0; i < *conf_kind_count(k, c) && !r->bad; i++) {
			item = conf_kind_item(k, c, i);
			r->line = item->line;
			check_required(r, item, k->where, k->word, item->name);
		}
	for (i = 0; i < c->ncampaigns && !r->bad; i++)
		check_campaign(r, &c->campaigns[i]);
	for (i = 0; i < c->ncountries && !r->bad; i++)
		check_country(r, &c->countries[i]);
}

static size_t
sections(struct conf *c)
{
	size_t i, n = 0;

	for (i = 0; i < conf_nkinds; i++)
		n += *conf_kind_count(&conf_kinds[i], c);
	return n;
}

static void
override_one(struct reader *r, const char *text)
{
	size_t known = sections(r->conf);
	char buf[512], *dot, *eq;

	r->line = 0;
	if (strlen(text) >= sizeof(buf)) {
		complain(r, "-o %.40s...: too long", text);
		return;
	}
	memcpy(buf, text, strlen(text) + 1);
	if ((eq = strchr(buf, '=')) == NULL) {
		complain(r, "-o %s: want section.key=value", text);
		return;
	}
	*eq = '\0';
	if ((dot = strrchr(buf, '.')) == NULL) {
		complain(r, "-o %s: want section.key=value", text);
		return;
	}
	*dot = '\0';
	section_begin(r, buf);
	if (sections(r->conf) > known)
		complain(r, "-o %s: there is no [%s]", text, buf);
	*dot = '.';
	r->option = buf;
	if (!r->bad)
		assign(r, dot + 1, eq + 1);
	r->option = NULL;
}

struct conf *
conf_read(const char *path, char *const *override, size_t n)
{
	struct reader r = { 0 };
	struct conf *c;
	size_t i;
	int rc;

	if (path == NULL && (path = getenv("CALLSHEET_CONF")) == NULL)
		path = DEFAULT_PATH;
	if ((c = r.conf = calloc(1, sizeof(*c))) == NULL)
		fatal(EX_OSERR, NULL);
	c->path = copy(path);
	set_defaults(c, MAIN);
	set_defaults(c, WEBHOOK);
	if ((r.fp = fopen(path, "re")) == NULL) {
		if (errno == EACCES)
			conf_say_closed(path);
		else
			log_warn("%s%s", path, errno == ENOENT ?
			    ": run \"callsheet init\" to make one" : "");
		r.bad = 1;
		goto out;
	}
	rc = ini_parse_stream(read_line, &r, on_key, &r);
	if (rc != 0 && !r.bad) {
		r.line = rc;
		complain(&r, WANT);
	}
	for (i = 0; i < n && !r.bad; i++)
		override_one(&r, override[i]);
	if (!r.bad)
		check_all(&r);
out:
	if (r.fp != NULL)
		fclose(r.fp);
	if (!r.bad)
		return c;
	conf_free(c);
	return NULL;
}
