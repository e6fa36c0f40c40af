/*
 * The rest of a command line, for the verbs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "verbs.h"

int
args_more(struct args *a)
{
	while (!a->bad && a->next < a->n && a->usage != NULL &&
	    strstr(a->usage, "[--json]") != NULL &&
	    args_flag(a, "--json", &a->reply.json))
		;
	return !a->bad && a->next < a->n;
}

int
args_flag(struct args *a, const char *name, int *flag)
{
	if (strcmp(a->word[a->next], name) != 0)
		return 0;
	a->next++;
	*flag = 1;
	return 1;
}

/* "--name value" or "--name=value". */
int
args_text(struct args *a, const char *name, const char **value)
{
	const char *word = a->word[a->next];
	size_t len = strlen(name);

	if (strncmp(word, name, len) != 0)
		return 0;
	if (word[len] == '=') {
		*value = word + len + 1;
	} else if (word[len] != '\0') {
		return 0;
	} else if (a->next + 1 == a->n) {
		fprintf(stderr, "callsheet %s: %s wants a value\n", a->verb,
		    name);
		a->bad = 1;
	} else {
		*value = a->word[++a->next];
	}
	a->next++;
	return 1;
}

int
args_number(struct args *a, const char *name, long min, long max, long *value)
{
	const char *text = NULL;
	char *end;

	if (!args_text(a, name, &text))
		return 0;
	if (a->bad)
		return 1;
	errno = 0;
	*value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || *value < min ||
	    *value > max) {
		if (max == __LONG_MAX__)
			fprintf(stderr, "callsheet %s: %s must be a whole "
			    "number from %ld, not '%s'\n", a->verb, name, min,
			    text);
		else
			fprintf(stderr, "callsheet %s: %s must be a whole "
			    "number from %ld to %ld, not '%s'\n", a->verb,
			    name, min, max, text);
		a->bad = 1;
	}
	return 1;
}

/* "2026-03-04", "2026-03-04 21:40" in local time, or seconds since 1970. */
static int
read_time(const char *text, int64_t *out)
{
	struct tm tm = { .tm_isdst = -1 };
	char *end;

	end = strptime(text, "%Y-%m-%d", &tm);
	if (end != NULL && (*end == ' ' || *end == 'T'))
		end = strptime(end + 1, "%H:%M", &tm);
	if (end != NULL && *end == '\0') {
		*out = mktime(&tm);
		return 0;
	}
	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' ? 0 : -1;
}

int
args_time(struct args *a, const char *name, int64_t *value)
{
	const char *text = NULL;

	if (!args_text(a, name, &text))
		return 0;
	if (!a->bad && read_time(text, value) == -1) {
		fprintf(stderr, "callsheet %s: %s takes 2026-03-04, "
		    "'2026-03-04 21:40' or seconds since 1970, not '%s'\n",
		    a->verb, name, text);
		a->bad = 1;
	}
	return 1;
}

int
args_word(struct args *a, const char **word)
{
	if (*word != NULL || a->word[a->next][0] == '-')
		return 0;
	*word = a->word[a->next++];
	return 1;
}

int
args_phone(const struct args *a, const char *word, const char *country,
    char out[PHONE_SIZE])
{
	const char *why;

	if (phone_given(word, country, strstr(a->usage, "--country") != NULL,
	    out, &why) == 0)
		return 0;
	fprintf(stderr, "callsheet %s: %.200s: %s\n", a->verb, word, why);
	return -1;
}

static int
say_usage(struct args *a)
{
	a->bad = 1;
	fprintf(stderr, "usage: callsheet %s%s%s\n", a->verb,
	    a->usage != NULL ? " " : "", a->usage != NULL ? a->usage : "");
	return EX_USAGE;
}

int
args_unknown(struct args *a, const char *word)
{
	fprintf(stderr, "callsheet %s: '%s' is not understood\n", a->verb,
	    word);
	return say_usage(a);
}

int
args_lacks(struct args *a, const char *what)
{
	fprintf(stderr, "callsheet %s: %s\n", a->verb, what);
	return say_usage(a);
}

int
args_bad(struct args *a)
{
	if (!a->bad && a->next < a->n)
		return args_unknown(a, a->word[a->next]);
	if (!a->bad)
		fprintf(stderr, "callsheet %s: something is missing, or does "
		    "not go together\n", a->verb);
	return say_usage(a);
}
