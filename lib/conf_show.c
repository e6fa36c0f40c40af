/*
 * Settings that were read: shown, complained about, looked up and freed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_int.h"
#include "log.h"

static void
free_section(void *target, enum where where)
{
	const struct key *k;

	for (k = conf_keys; k < conf_keys + conf_nkeys; k++)
		if (k->where == where && (k->type == TEXT ||
		    k->type == SECRET))
			free(*(char **)(void *)((char *)target + k->offset));
}

void
conf_free(struct conf *c)
{
	const struct kind *k;
	struct named *item;
	size_t i;

	if (c == NULL)
		return;
	free_section(c, MAIN);
	free_section(c, WEBHOOK);
	for (k = conf_kinds; k < conf_kinds + conf_nkinds; k++) {
		for (i = 0; i < *conf_kind_count(k, c); i++) {
			item = conf_kind_item(k, c, i);
			free_section(item, k->where);
			free(item->name);
		}
		free(conf_kind_item(k, c, 0));
	}
	for (i = 0; i < c->nlines; i++)
		free(c->lines[i].key);
	free(c->lines);
	free(c->path);
	free(c);
}

/* The blanks must not make a line too long that was not before. */
static void
dump_text(const char *name, const char *text, FILE *fp)
{
	const char *blank = text != NULL && strlen(name) + 3 + strlen(text) >
	    CONF_MAX_LINE ? "" : " ";

	fprintf(fp, "%s%s%s=%s%s\n", text == NULL ? "; " : "", name, blank,
	    blank, text == NULL ? "" : text);
}

static void
dump_section(const void *target, enum where where, FILE *fp)
{
	const struct key *k;
	const char *field;
	const char *text;
	long v;

	for (k = conf_keys; k < conf_keys + conf_nkeys; k++) {
		if (k->where != where)
			continue;
		field = (const char *)target + k->offset;
		if (k->type == MONEY) {
			v = *(const long *)(const void *)field;
			if (v == CONF_NONE)
				dump_text(k->name, NULL, fp);
			else
				fprintf(fp, "%s = %ld.%04ld\n", k->name,
				    v / CONF_UNIT, v % CONF_UNIT);
		} else if (k->type == NUMBER) {
			fprintf(fp, "%s = %ld\n", k->name,
			    *(const long *)(const void *)field);
		} else if (k->type == YESNO) {
			fprintf(fp, "%s = %s\n", k->name,
			    *(const long *)(const void *)field ? "yes" : "no");
		} else {
			text = *(char *const *)(const void *)field;
			dump_text(k->name, text, fp);
		}
	}
}

void
conf_dump(const struct conf *c, FILE *fp)
{
	const struct kind *k;
	const struct named *item;
	size_t i;

	fprintf(fp, "[callsheet]\n");
	dump_section(c, MAIN, fp);
	fprintf(fp, "\n[webhook]\n");
	dump_section(c, WEBHOOK, fp);
	for (k = conf_kinds; k < conf_kinds + conf_nkinds; k++)
		for (i = 0; i < *conf_kind_count(k, c);
		    i++) {
			item = conf_kind_item(k, c, i);
			fprintf(fp, "\n[%s%s]\n", k->word, item->name);
			dump_section(item, k->where, fp);
		}
}

void
conf_complain(const struct conf *c, const char *kind, const char *name,
    const char *key, const char *fmt, ...)
{
	char full[256], msg[512];
	size_t i;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	snprintf(full, sizeof(full), "%s %s.%s", kind, name, key);
	for (i = 0; i < c->nlines; i++)
		if (strcmp(c->lines[i].key, full) == 0)
			break;
	if (i < c->nlines)
		log_warnx("%s:%d: %s %s: %s %s", c->path, c->lines[i].line,
		    kind, name, key, msg);
	else
		log_warnx("%s: %s %s: %s %s", c->path, kind, name, key, msg);
}

const struct conf_account *
conf_account(const struct conf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->naccounts; i++)
		if (strcmp(c->accounts[i].name, name) == 0)
			return &c->accounts[i];
	return NULL;
}
