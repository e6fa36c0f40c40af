/*
 * utf8_valid against a second reader that works by arithmetic: it puts a code
 * point together from what the first byte announces, and takes it when writing
 * that code point in its shortest form gives the same bytes.
 */
#include "fuzz.h"

#include "body.h"
#include "google_int.h"
#include "table.h"

/* The shortest form of a code point; its length. */
static size_t
shortest(uint32_t rune, unsigned char out[4])
{
	size_t n = rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
	size_t i;

	for (i = n - 1; i > 0; i--, rune >>= 6)
		out[i] = (unsigned char)(0x80 | (rune & 0x3f));
	out[0] = (unsigned char)(n == 1 ? rune : (0xf00 >> n & 0xff) | rune);
	return n;
}

/* Length of the sequence at s, 0 when it is none. */
static size_t
second_reader(const unsigned char *s, size_t left)
{
	unsigned char again[4];
	uint32_t rune;
	size_t i, n = 0;

	while (n < 8 && (s[0] << n & 0x80) != 0)
		n++;
	if (n == 0)
		return 1;
	if (n == 1 || n > 4 || n > left)
		return 0;
	rune = s[0] & (0xff >> (n + 1));
	for (i = 1; i < n; i++)
		rune = rune * 64 + (s[i] & 0x3f);
	if (rune > 0x10ffff || rune / 0x800 == 0x1b ||
	    shortest(rune, again) != n || memcmp(s, again, n) != 0)
		return 0;
	return n;
}

static int
second_valid(const unsigned char *s, size_t n)
{
	size_t len;

	for (; n > 0; s += len, n -= len)
		if ((len = second_reader(s, n)) == 0)
			return 0;
	return 1;
}

/* table_rune walks over the same sequences. */
static void
same_runes(const char *s, size_t n)
{
	size_t len, want;

	for (; *s != '\0'; s += len, n -= len) {
		want = second_reader((const unsigned char *)s, n);
		if (table_rune(s, &len) == 0xfffd && want != 3)
			CLAIM(want == 0 && len == 1);
		else
			CLAIM(want == len);
	}
}

/* What is written to Google is UTF-8, and good text stays as it is. */
static void
clean(const char *s)
{
	char *once = google_clean(s), *twice;
	const char *p;
	int plain = 1;

	CLAIM(once != NULL);
	CLAIM(second_valid((const unsigned char *)once, strlen(once)));
	for (p = s; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' && *p != '\t' && *p != '\n')
			plain = 0;
	if (plain && utf8_valid(s, strlen(s)))
		CLAIM(strcmp(once, s) == 0);
	twice = google_clean(once);
	CLAIM(twice != NULL && strcmp(once, twice) == 0);
	free(once);
	free(twice);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_begin();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_copy(data, size);
	size_t i;

	/* eight bytes are looked at together: begin at each of them */
	for (i = 0; i < 8 && i <= size; i++)
		CLAIM(utf8_valid(s + i, size - i) ==
		    second_valid(data + i, size - i));
	same_runes(s, strlen(s));
	clean(s);
	free(s);
	return 0;
}
