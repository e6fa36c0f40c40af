/*
 * The public address of our webhooks: made from the setting url and the
 * secret, compared, and shown without the secret.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "conf.h"
#include "public.h"
#include "log.h"

static char *
copy(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		fatal(EX_OSERR, NULL);
	return p;
}

static char *
join(const char *base, const char *word)
{
	char *s = NULL;

	if (asprintf(&s, "%s/%s", base, word) == -1)
		fatal(EX_OSERR, NULL);
	return s;
}

static int
read_words(struct public *h, const struct conf *conf)
{
	char *p, *rest = NULL;

	if (conf->secret == NULL)
		return 0;
	if ((h->text = conf_file(conf, conf->secret, 1, NULL)) == NULL)
		return -1;
	for (p = strtok_r(h->text, " \t\r\n", &rest); p != NULL &&
	    h->n < PUBLIC_WORDS; p = strtok_r(NULL, " \t\r\n", &rest))
		h->word[h->n++] = copy(p);
	return 0;
}

/* Take a secret off the end. */
static void
strip(struct public *h)
{
	size_t len = strlen(h->base), n, i;

	for (i = 0; i < h->n; i++) {
		n = strlen(h->word[i]);
		if (len > n + 1 && h->base[len - n - 1] == '/' &&
		    strcmp(h->base + len - n, h->word[i]) == 0)
			h->base[len - n - 1] = '\0';
	}
	len = strlen(h->base);
	while (len > 0 && h->base[len - 1] == '/')
		h->base[--len] = '\0';
}

int
public_open(struct public *h, const struct conf *conf, const char *given)
{
	memset(h, 0, sizeof(*h));
	if (read_words(h, conf) == -1)
		return -1;
	if (given == NULL)
		given = conf->url;
	if (given == NULL)
		return 0;
	h->base = copy(given);
	strip(h);
	h->url = h->n > 0 ? join(h->base, h->word[0]) : copy(h->base);
	return 0;
}

static void
forget(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

void
public_close(struct public *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		forget(h->word[i]);
	forget(h->url);
	free(h->base);
	forget(h->text);
}

const char *
public_fault(const char *url)
{
	const char *host, *p;

	/* Bolna takes an address without it and delivers nothing. */
	if (strncasecmp(url, "https://", 8) != 0)
		return "it does not begin with https://";
	host = url + 8;
	if (strcspn(host, "/?#") == 0 || *host == ':')
		return "it names no host";
	if (memchr(host, '@', strcspn(host, "/?#")) != NULL)
		return "it has a user name in it";
	for (p = url; *p != '\0'; p++)
		if (!isgraph((unsigned char)*p))
			return "it has a blank or a strange character in it";
	return strchr(url, '#') != NULL ? "it has a # in it" : NULL;
}

int
public_is(const struct public *h, const char *url)
{
	char *full;
	size_t i;
	int same = 0;

	if (h->base == NULL)
		return 0;
	if (h->n == 0)
		return strcmp(url, h->base) == 0;
	for (i = 0; i < h->n; i++) {
		full = join(h->base, h->word[i]);
		same |= strcmp(full, url) == 0;
		forget(full);
	}
	return same;
}

char *
public_shown(const struct public *h, const char *url)
{
	char *s = copy(url), *p;
	size_t i, n;

	for (i = 0; i < h->n; i++) {
		n = strlen(h->word[i]);
		while (n >= 3 && (p = strstr(s, h->word[i])) != NULL) {
			memcpy(p, "...", 3);
			memmove(p + 3, p + n, strlen(p + n) + 1);
		}
	}
	return s;
}
