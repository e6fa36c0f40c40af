/*
 * The cells of a sheet in two blocks of memory: a pointer and an allocation
 * per cell would cost more than the text in it.
 */
#include <stdlib.h>
#include <string.h>

#include "table.h"

void
table_init(struct table *t, size_t ncols)
{
	memset(t, 0, sizeof(*t));
	t->ncols = ncols;
}

void
table_free(struct table *t)
{
	free(t->cells);
	free(t->text);
	table_init(t, 0);
}

/* Make room for rows rows; new cells are empty. */
static int
table_rows(struct table *t, size_t rows)
{
	uint32_t *cells;
	size_t cap, size, old;

	if (rows <= t->rowcap)
		return 0;
	cap = t->rowcap < 64 ? 64 : t->rowcap + t->rowcap / 2;
	if (cap < rows)
		cap = rows;
	if (__builtin_mul_overflow(cap, t->ncols, &size) ||
	    __builtin_mul_overflow(size, sizeof(*cells), &size))
		return -1;
	if ((cells = realloc(t->cells, size)) == NULL)
		return -1;
	old = t->rowcap * t->ncols * sizeof(*cells);
	memset((char *)cells + old, 0, size - old);
	t->cells = cells;
	t->rowcap = cap;
	return 0;
}

/* Append one cell's text; 0 (no offset, that is) when there is no room. */
static uint32_t
table_append(struct table *t, enum table_kind kind, const char *s, size_t len)
{
	char *text;
	size_t at, need, cap;

	at = t->len > 0 ? t->len : 1;	/* offset 0 means empty */
	/* Offsets have 32 bits. */
	if (len > UINT32_MAX - 2 || at > UINT32_MAX - 2 - len)
		return 0;
	need = at + len + 2;
	if (need > t->cap) {
		cap = t->cap < 4096 ? 4096 : t->cap + t->cap / 2;
		if (cap < need)
			cap = need;
		if ((text = realloc(t->text, cap)) == NULL)
			return 0;
		t->text = text;
		t->cap = cap;
	}
	t->text[at] = (char)kind;
	memcpy(t->text + at + 1, s, len);
	t->text[at + 1 + len] = '\0';
	t->len = need;
	return (uint32_t)at;
}

int
table_set(struct table *t, size_t row, size_t col, enum table_kind kind,
    const char *s, size_t len)
{
	uint32_t at = 0;

	if (col >= t->ncols || row == SIZE_MAX || table_rows(t, row + 1) == -1)
		return -1;
	if (len > 0 && (at = table_append(t, kind, s, len)) == 0)
		return -1;
	t->cells[row * t->ncols + col] = at;
	if (row >= t->nrows)
		t->nrows = row + 1;
	return 0;
}

static const char *
table_cell(const struct table *t, size_t row, size_t col)
{
	uint32_t at;

	if (row >= t->nrows || col >= t->ncols)
		return NULL;
	at = t->cells[row * t->ncols + col];
	return at == 0 ? NULL : t->text + at;
}

const char *
table_get(const struct table *t, size_t row, size_t col)
{
	const char *cell = table_cell(t, row, col);

	return cell == NULL ? "" : cell + 1;
}

int
table_is_number(const struct table *t, size_t row, size_t col)
{
	const char *cell = table_cell(t, row, col);

	return cell != NULL && *cell == TABLE_NUMBER;
}

uint32_t
table_rune(const char *s, size_t *len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)s;
	uint32_t rune;
	size_t n, i;

	*len = *u != '\0';
	if (*u < 0x80)
		return *u;
	n = *u >= 0xf0 ? 4 : *u >= 0xe0 ? 3 : 2;
	if (*u < 0xc2 || *u > 0xf4)
		return 0xfffd;
	rune = *u & (0xffu >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0xfffd;
		rune = rune << 6 | (u[i] & 0x3f);
	}
	if (rune < least[n] || rune > 0x10ffff ||
	    (rune >= 0xd800 && rune <= 0xdfff))
		return 0xfffd;
	*len = n;
	return rune;
}

int
table_is_blank(uint32_t r)
{
	return r == ' ' || (r >= '\t' && r <= '\r') || r == 0x85 ||
	    r == 0xa0 || r == 0x1680 || (r >= 0x2000 && r <= 0x200a) ||
	    r == 0x2028 || r == 0x2029 || r == 0x202f || r == 0x205f ||
	    r == 0x3000;
}

int
table_is_mark(uint32_t r)
{
	return r == 0xad || r == 0x34f || r == 0x61c || r == 0x180e ||
	    (r >= 0x200b && r <= 0x200f) || (r >= 0x202a && r <= 0x202e) ||
	    (r >= 0x2060 && r <= 0x206f) || (r >= 0xfe00 && r <= 0xfe0f) ||
	    r == 0xfeff || (r >= 0xe0000 && r <= 0xe007f);
}
