/*
 * Phone numbers.  The first line is the country's calling code, with an "n"
 * before it when the cell was a number; the rest is the cell.
 */
#include "fuzz.h"

#include "phone.h"
#include "table.h"

#define SURE	5	/* digits at the end that no reading may change */

static void
is_e164(const char *s)
{
	size_t n = strspn(s + 1, "0123456789");

	CLAIM(s[0] == '+' && s[1] != '0' && s[1 + n] == '\0');
	CLAIM(n >= 8 && n <= 15);
}

/* The last digits of the cell, ASCII or full-width, from the end. */
static void
last_digits(const char *text, char out[SURE + 1])
{
	uint32_t rune;
	size_t len;

	memset(out, '0', SURE);
	out[SURE] = '\0';
	for (; (rune = table_rune(text, &len)) != 0; text += len) {
		if (rune >= 0xff10 && rune <= 0xff19)
			rune -= 0xff10 - '0';
		if (rune < '0' || rune > '9')
			continue;
		memmove(out, out + 1, SURE - 1);
		out[SURE - 1] = (char)rune;
	}
}

/* A plus comes before all digits, and once. */
static void
plus_is_first(const char *text)
{
	uint32_t rune;
	size_t len;
	int digits = 0, plus = 0;

	for (; (rune = table_rune(text, &len)) != 0; text += len) {
		if (rune == '+' || rune == 0xff0b) {
			CLAIM(!digits && !plus);
			plus = 1;
		}
		digits |= rune >= '0' && rune <= '9';
	}
}

/* A number that is in order is read the same, whatever is assumed. */
static void
stays(const char *number)
{
	static const char *const country[] = { NULL, "91", "1", "44", "49",
	    "39", "225", "0", "", "x" };
	char again[PHONE_SIZE];
	const char *why;
	size_t i;

	for (i = 0; i < LENGTH(country); i++) {
		CLAIM(phone_normalise(number, 0, country[i], again, &why) ==
		    0);
		CLAIM(why == NULL && strcmp(again, number) == 0);
	}
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
	const uint8_t *nl = memchr(data, '\n', size);
	char out[PHONE_SIZE], tail[SURE + 1], *head, *text;
	const char *why = "", *country;
	int number;

	if (nl == NULL)
		return 0;
	head = fuzz_copy(data, (size_t)(nl - data));
	text = fuzz_copy(nl + 1, size - (size_t)(nl + 1 - data));
	number = *head == 'n';
	country = head + number;
	memset(out, 'x', sizeof(out));
	if (phone_normalise(text, number, *country == '\0' ? NULL : country,
	    out, &why) == 0) {
		CLAIM(why == NULL);
		is_e164(out);
		plus_is_first(text);
		last_digits(text, tail);
		CLAIM(strcmp(out + strlen(out) - SURE, tail) == 0);
		stays(out);
	} else {
		CLAIM(why != NULL && *why != '\0' && *out == '\0');
	}
	free(head);
	free(text);
	return 0;
}
