/*
 * What people say, as words: small letters, without accents, apostrophes and
 * the like, so that a phrase is found however a transcriber has written it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "log.h"
#include "outcome_int.h"
#include "table.h"

#define QUOTE_BYTES	200
#define WORD_BYTES	120	/* nobody says a longer one */

enum kind { BLANK, MARK, LETTER, CLAUSE, SENTENCE, QUESTION };

static enum kind
kind_of(uint32_t r)
{
	if (r == '?' || r == 0x61f || r == 0xff1f)
		return QUESTION;
	if (r == '.' || r == '!' || r == '\n' || r == 0x2026 ||
	    r == 0x964 || r == 0x965 || r == 0x3002)
		return SENTENCE;
	if (r == ',' || r == ';' || r == ':' || r == '(' || r == ')' ||
	    r == 0x2013 || r == 0x2014 || r == 0x60c || r == 0x3001)
		return CLAUSE;
	if (r == '\'' || r == '`' || r == 0x2018 || r == 0x2019 ||
	    r == 0x2bc || r == 0x93c || (r >= 0x300 && r <= 0x36f) ||
	    table_is_mark(r))
		return MARK;
	if (r < 0x80)
		return isalnum((int)r) ? LETTER : BLANK;
	if (table_is_blank(r) || r < 0xc0 || r == 0xd7 || r == 0xf7 ||
	    (r >= 0x2000 && r <= 0x2bff) || r == 0x970 || r >= 0xfff0)
		return BLANK;
	return LETTER;
}

/* One letter for all that people mean by it. */
static uint32_t
fold(uint32_t r)
{
	/* U+00C0 to U+00FF */
	static const char latin[] = "aaaaaaaceeeeiiiidnooooo*ouuuuyts"
	    "aaaaaaaceeeeiiiidnooooo*ouuuuyty";
	/* U+0958 to U+095F, letters with a dot below */
	static const uint16_t dotted[] = { 0x915, 0x916, 0x917, 0x91c, 0x921,
	    0x922, 0x92b, 0x92f };

	if (r >= 'A' && r <= 'Z')
		return r + ('a' - 'A');
	if (r >= 0xc0 && r <= 0xff)
		return (uint32_t)latin[r - 0xc0];
	if (r >= 0x958 && r <= 0x95f)
		return dotted[r - 0x958];
	if (r == 0x901)
		return 0x902;
	if (r >= 0x966 && r <= 0x96f)
		return '0' + (r - 0x966);
	if (r >= 0xbe6 && r <= 0xbef)
		return '0' + (r - 0xbe6);
	return r;
}

static size_t
encode(uint32_t r, char *out)
{
	if (r < 0x80) {
		out[0] = (char)r;
		return 1;
	}
	if (r < 0x800) {
		out[0] = (char)(0xc0 | r >> 6);
		out[1] = (char)(0x80 | (r & 0x3f));
		return 2;
	}
	if (r < 0x10000) {
		out[0] = (char)(0xe0 | r >> 12);
		out[1] = (char)(0x80 | (r >> 6 & 0x3f));
		out[2] = (char)(0x80 | (r & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | r >> 18);
	out[1] = (char)(0x80 | (r >> 12 & 0x3f));
	out[2] = (char)(0x80 | (r >> 6 & 0x3f));
	out[3] = (char)(0x80 | (r & 0x3f));
	return 4;
}

static void
room(struct words *w, size_t bytes)
{
	if (w->n == w->cap) {
		w->cap = w->cap == 0 ? 64 : w->cap * 2;
		w->w = reallocarray(w->w, w->cap, sizeof(*w->w));
	}
	if (w->len + bytes > w->size) {
		w->size = w->size * 2 + bytes + 256;
		w->text = realloc(w->text, w->size);
	}
	if (w->w == NULL || w->text == NULL)
		fatal(EX_OSERR, NULL);
}

/* "5:30", "23/11", "2026-11-23t10:00+05:30" are one word, "a.m." is "am". */
static int
joins(const char *s, size_t i, size_t n, const struct words *w, size_t begin)
{
	size_t len = w->len - begin;

	if (len == 0 || i + 1 >= n)
		return 0;
	if (s[i] == '.' && len == 1 && strchr("ap", w->text[begin]) != NULL)
		return s[i + 1] == 'm' || s[i + 1] == 'M';
	return strchr(".:/-+", s[i]) != NULL &&
	    isdigit((unsigned char)w->text[w->len - 1]) &&
	    isdigit((unsigned char)s[i + 1]);
}

static void
end_word(struct words *w, size_t begin, size_t from, size_t to,
    unsigned int turn)
{
	struct word *word;

	if (w->len == begin)
		return;
	w->text[w->len++] = '\0';
	word = &w->w[w->n++];
	memset(word, 0, sizeof(*word));
	word->at = begin;
	word->from = from;
	word->to = to;
	word->turn = turn;
	word->sentence = w->sentence;
	word->clause = w->clause;
}

static void
end_sentence(struct words *w, int question)
{
	size_t i;

	if (question)
		for (i = w->n; i > 0 && w->w[i - 1].sentence == w->sentence;
		    i--)
			w->w[i - 1].question = 1;
	w->sentence++;
	w->clause++;
}

void
words_add(struct words *w, const char *s, size_t n, size_t base,
    unsigned int turn)
{
	size_t i, len, begin = w->len, from = 0, to = 0;
	enum kind kind;
	uint32_t r;

	for (i = 0; i < n; i += len) {
		r = table_rune(s + i, &len);
		if (len == 0)
			break;
		room(w, 8);
		kind = kind_of(r);
		if (kind == MARK)
			continue;
		if (kind == LETTER || (len == 1 && joins(s, i, n, w, begin))) {
			if (w->len == begin)
				from = base + i;
			to = base + i + len;
			if (kind == LETTER && w->len - begin < WORD_BYTES)
				w->len += encode(fold(r), w->text + w->len);
			else if (kind != LETTER && s[i] != '.')
				w->text[w->len++] = s[i];
			else if (kind != LETTER &&
			    isdigit((unsigned char)w->text[w->len - 1]))
				w->text[w->len++] = '.';
			continue;
		}
		end_word(w, begin, from, to, turn);
		begin = w->len;
		if (kind == CLAUSE)
			w->clause++;
		else if (kind != BLANK)
			end_sentence(w, kind == QUESTION);
	}
	room(w, 8);
	end_word(w, begin, from, to, turn);
	end_sentence(w, 0);
}

void
words_free(struct words *w)
{
	free(w->text);
	free(w->w);
	memset(w, 0, sizeof(*w));
}

const char *
words_get(const struct words *w, size_t i)
{
	return i < w->n ? w->text + w->w[i].at : "";
}

char *
words_fold(const char *s)
{
	char *out = malloc(strlen(s) * 3 + 1), *p = out;
	uint32_t r;
	size_t len;

	if (out == NULL)
		fatal(EX_OSERR, NULL);
	for (; (r = table_rune(s, &len)) != 0; s += len) {
		if (kind_of(r) == LETTER || r == '|' || r == '*' || r == '%')
			p += encode(fold(r), p);
		else if (kind_of(r) != MARK && p > out && p[-1] != ' ')
			*p++ = ' ';
	}
	while (p > out && p[-1] == ' ')
		p--;
	*p = '\0';
	return out;
}

int
words_among(const char *list, const char *s)
{
	size_t n = strlen(s);
	const char *p;

	for (p = list; n > 0 && (p = strstr(p, s)) != NULL; p++)
		if (p > list && p[-1] == '|' && p[n] == '|')
			return 1;
	return 0;
}

char *
words_quote(const struct words *w, const char *source, size_t i)
{
	size_t first = i, last = i, from, n;
	char *out;

	while (first > 0 && w->w[first - 1].sentence == w->w[i].sentence &&
	    w->w[i].to - w->w[first].from < QUOTE_BYTES)
		first--;
	while (last + 1 < w->n && w->w[last + 1].sentence ==
	    w->w[i].sentence && w->w[last].to - w->w[i].from < QUOTE_BYTES)
		last++;
	/* Of what does not fit, from where it says so. */
	from = w->w[first].from;
	if (w->w[last].to - from > QUOTE_BYTES)
		from = w->w[i].from;
	n = w->w[last].to - from;
	if (n > QUOTE_BYTES)
		for (n = QUOTE_BYTES; n > 0 && (source[from + n] & 0xc0) ==
		    0x80; n--)
			;
	if ((out = strndup(source + from, n)) == NULL)
		fatal(EX_OSERR, NULL);
	return out;
}
