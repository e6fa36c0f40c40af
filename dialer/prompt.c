/*
 * Prompt files.  A transcript is hostile text: it may tell the model whatever
 * it likes.  It is kept apart from the instructions, and marked line by line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "body.h"
#include "log.h"
#include "prompt.h"
#include "prompts.h"

#define MAX_PROMPT	32768
#define MAX_WORD	200		/* bytes of a value on one line */
#define MAX_HEAD	32768		/* bytes of a long value that stay: */
#define MAX_TAIL	16384		/* most of its beginning, and its end */
#define SPLIT		"\n---\n"

const char *const prompt_default[PROMPT_KINDS] = { call_text, history_text };
const char *const prompt_schema[PROMPT_KINDS] = { call_json, history_json };

enum speech {
	OURS,			/* our own words: anywhere */
	WORD,			/* somebody's, on one line: in the message */
	SPEECH			/* somebody's, line by line: in the message */
};

static const struct variable {
	const char	*name;
	enum speech	 speech;
	int		 kinds;	/* bits: 1 << PROMPT_CALL, ... */
	int		 needed;	/* in the message of these kinds */
} variables[] = {
	{ "account", OURS, 3, 0 },
	{ "campaign", OURS, 3, 0 },
	{ "date", OURS, 3, 0 },
	{ "seconds", OURS, 1, 0 },
	{ "status", OURS, 1, 0 },
	{ "calls", OURS, 2, 0 },
	{ "average_score", OURS, 2, 0 },
	{ "name", WORD, 3, 0 },
	{ "summary", SPEECH, 1, 0 },
	{ "transcript", SPEECH, 3, 1 << PROMPT_CALL },
	{ "history", SPEECH, 2, 1 << PROMPT_HISTORY },
};

#define NVARIABLES	(sizeof(variables) / sizeof(variables[0]))

static const struct variable *
find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < NVARIABLES; i++)
		if (strlen(variables[i].name) == len &&
		    memcmp(variables[i].name, name, len) == 0)
			return &variables[i];
	return NULL;
}

/* The next variable in the text: where it begins, behind which it ends. */
static const char *
next(const char *text, const struct variable **v, const char **end)
{
	const char *p, *close;

	if ((p = strstr(text, "{{")) == NULL)
		return NULL;
	close = strstr(p, "}}");
	*v = close == NULL ? NULL : find(p + 2, (size_t)(close - p - 2));
	*end = close == NULL ? p + strlen(p) : close + 2;
	return p;
}

static int
check(const char *text, enum prompt_kind kind, int message, int *seen,
    char *why, size_t whysz)
{
	const struct variable *v;
	const char *p, *end;

	for (; (p = next(text, &v, &end)) != NULL; text = end) {
		if (v == NULL || (v->kinds & 1 << kind) == 0)
			snprintf(why, whysz, "%.*s is no variable here",
			    end - p > 40 ? 40 : (int)(end - p), p);
		else if (!message && v->speech != OURS)
			snprintf(why, whysz, "{{%s}} must stand below the "
			    "line ---: what somebody said is no instruction",
			    v->name);
		else {
			*seen |= 1 << (v - variables);
			continue;
		}
		return -1;
	}
	return 0;
}

int
prompt_read(struct prompt *p, enum prompt_kind kind, const char *text,
    char *why, size_t whysz)
{
	const char *split = strstr(text, SPLIT);
	size_t i;
	int seen = 0;

	memset(p, 0, sizeof(*p));
	if (strlen(text) > MAX_PROMPT || !utf8_valid(text, strlen(text)) ||
	    split == NULL) {
		snprintf(why, whysz, "want at most %d bytes of UTF-8: "
		    "instructions, a line ---, and the message", MAX_PROMPT);
		return -1;
	}
	p->instructions = strndup(text, (size_t)(split - text));
	p->message = strdup(split + strlen(SPLIT));
	if (p->instructions == NULL || p->message == NULL)
		fatal(EX_OSERR, NULL);
	if (check(p->instructions, kind, 0, &seen, why, whysz) == -1 ||
	    check(p->message, kind, 1, &seen, why, whysz) == -1)
		goto err;
	for (i = 0; i < NVARIABLES; i++)
		if ((variables[i].needed & 1 << kind) != 0 &&
		    (seen & 1 << i) == 0) {
			snprintf(why, whysz, "{{%s}} is missing",
			    variables[i].name);
			goto err;
		}
	return 0;
err:
	prompt_clear(p);
	return -1;
}

void
prompt_clear(struct prompt *p)
{
	free(p->instructions);
	free(p->message);
	memset(p, 0, sizeof(*p));
}

/* Of n bytes as many as are whole characters. */
static size_t
whole(const char *s, size_t n)
{
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* The length of a line's end at s, 0 where there is none. */
static size_t
line_end(const char *s)
{
	if (s[0] == '\r')
		return s[1] == '\n' ? 2 : 1;
	if (s[0] == '\n' || s[0] == '\v' || s[0] == '\f')
		return 1;
	if (strncmp(s, "\xc2\x85", 2) == 0)		/* next line */
		return 2;
	if (strncmp(s, "\xe2\x80\xa8", 3) == 0 ||	/* line separator */
	    strncmp(s, "\xe2\x80\xa9", 3) == 0)		/* paragraph */
		return 3;
	return 0;
}

static void
put_lines(FILE *fp, const char *s, size_t n)
{
	const char *stop = s + n;
	size_t end;

	fputs("> ", fp);
	while (s < stop) {
		if ((end = line_end(s)) > 0) {
			s += end;
			if (s < stop)
				fputs("\n> ", fp);
		} else {
			putc((unsigned char)*s < ' ' || *s == 0x7f ? ' ' : *s,
			    fp);
			s++;
		}
	}
}

static void
put_speech(FILE *fp, const char *s)
{
	size_t n = strlen(s), head, tail;

	if (n <= MAX_HEAD + MAX_TAIL) {
		put_lines(fp, s, n);
		return;
	}
	head = whole(s, MAX_HEAD);
	tail = whole(s, n - MAX_TAIL);
	put_lines(fp, s, head);
	fprintf(fp, "\n(%zu bytes are left out here)\n", tail - head);
	put_lines(fp, s + tail, n - tail);
}

static void
put_word(FILE *fp, const char *s)
{
	size_t n = strlen(s), end;
	const char *stop = s + (n > MAX_WORD ? whole(s, MAX_WORD) : n);

	for (; s < stop; s += end == 0 ? 1 : end)
		if ((end = line_end(s)) > 0)
			putc(' ', fp);
		else
			putc((unsigned char)*s < ' ' ? ' ' : *s, fp);
}

static const char *
value(const struct prompt_value *list, const struct variable *v)
{
	for (; list->name != NULL; list++)
		if (strcmp(list->name, v->name) == 0 && list->text != NULL)
			return list->text;
	return "";
}

/* In one go: a value that looks like a variable stays what it is. */
char *
prompt_fill(const char *text, const struct prompt_value *list)
{
	const struct variable *v;
	const char *p, *end;
	char *out = NULL;
	size_t size;
	FILE *fp = open_memstream(&out, &size);

	if (fp == NULL)
		fatal(EX_OSERR, NULL);
	for (; (p = next(text, &v, &end)) != NULL; text = end) {
		fwrite(text, 1, (size_t)(p - text), fp);
		if (v == NULL)
			fwrite(p, 1, (size_t)(end - p), fp);
		else if (v->speech == SPEECH)
			put_speech(fp, value(list, v));
		else
			put_word(fp, value(list, v));
	}
	fputs(text, fp);
	/* Where memory runs out, half a text must not pass for all of it. */
	if (ferror(fp) || fclose(fp) != 0)
		fatalx(EX_OSERR, "out of memory for a prompt");
	return out;
}
