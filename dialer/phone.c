/*
 * A wrong guess here rings a stranger: a number is taken only when there is
 * one way to read it, all else goes back to the person who wrote it.
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "phone.h"
#include "table.h"

#define TEXT_SIZE	64	/* of a cell without its blanks */
#define DIGITS_MIN	8	/* with the country code */
#define DIGITS_MAX	15	/* E.164 */
#define HIDE_MIN	7	/* digits: fewer are no telephone number */
#define HALF_MIN	7	/* digits on both sides of "/": two numbers */

#define WHY_MISSING	"The phone number is missing"
#define WHY_LONG	"There is more than a phone number in the phone cell"
#define WHY_ERROR	"The phone cell holds a spreadsheet error; " \
			"write the number as text, with + and country code"
#define WHY_EXPONENT	"The spreadsheet has shortened the phone number " \
			"(like 9.19877E+11); format the column as text and " \
			"write it again"
#define WHY_SUM		"The phone cell holds the result of a calculation; " \
			"write the number as text, with + and country code"
#define WHY_DECIMAL	"The phone number has a decimal fraction; format the " \
			"column as text and write it again"
#define WHY_SCRIPT	"Write the phone number with the digits 0 to 9"
#define WHY_LETTERS	"There is something other than digits in the phone " \
			"number"
#define WHY_EXTENSION	"Numbers with an extension cannot be called; " \
			"write the number without it"
#define WHY_SEVERAL	"There is more than one number in the phone cell, or " \
			"a comma; keep one number"
#define WHY_PLUS	"The + in the phone number must come first, and once"
#define WHY_ZERO	"After + comes the country code and then the number " \
			"without its leading 0"
#define WHY_TOO_SHORT	"The phone number is too short"
#define WHY_TOO_LONG	"The phone number is too long"
#define WHY_PLAN	"The phone number is not valid in its country; " \
			"check its digits"
#define WHY_NO_COUNTRY	"The phone number has no country code; " \
			"write it as text, with + and country code"
#define WHY_TWO_WAYS	"The phone number could be read in two ways; " \
			"write it as text, with + and country code"

/* Of a number that a verb was given. */
#define GIVEN_WITH	"give it with + and country code"
#define GIVEN_OPTION	"The phone number has no country code; " GIVEN_WITH \
			", or with --country, as in --country 91"
#define GIVEN_PLAIN	"The phone number has no country code; " GIVEN_WITH
#define GIVEN_TWO_WAYS	"The phone number could be read in two ways; " \
			GIVEN_WITH
#define GIVEN_COUNTRY	"--country takes a calling code, such as 91"

struct reading {
	char	 digits[TEXT_SIZE];
	size_t	 n;
	int	 plus;
	int	 zero;		/* "(0)" is in it */
};

/* Countries where a number is dialled inside with a 0 in front that is left
 * out after the country code.  Elsewhere (Italy, the Ivory Coast ...) a 0
 * belongs to the number, or means nothing. */
static const char *const trunk_zero[] = {
	"20", "27", "31", "32", "33", "40", "41", "43", "44", "46", "49",
	"51", "60", "61", "62", "63", "64", "66", "81", "82", "84", "86",
	"90", "91", "92", "93", "94", "95", "98", "212", "213", "233", "234",
	"249", "251", "254", "255", "256", "260", "263", "353", "355", "358",
	"359", "380", "381", "385", "386", "387", "389", "421", "855", "856",
	"880", "886", "961", "962", "963", "964", "966", "967", "971", "972",
	"977", "994", "995",
};

static int
has_trunk_zero(const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(trunk_zero) / sizeof(trunk_zero[0]); i++)
		if (strcmp(code, trunk_zero[i]) == 0)
			return 1;
	return 0;
}

/* A decimal digit that is neither ASCII nor full-width. */
static int
is_foreign_digit(uint32_t r)
{
	static const uint32_t zero[] = {
		0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66,
		0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
		0x1040, 0x17e0, 0x1810,
	};
	size_t i;

	for (i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		if (r >= zero[i] && r <= zero[i] + 9)
			return 1;
	return 0;
}

/* Copy text in ASCII, without blanks and marks; full-width signs and the many
 * dashes become plain ones, other characters "?". */
static const char *
text_compact(const char *text, char out[TEXT_SIZE])
{
	size_t n = 0, len;
	uint32_t r;

	for (; (r = table_rune(text, &len)) != 0; text += len) {
		if (table_is_blank(r) || table_is_mark(r))
			continue;
		if (is_foreign_digit(r))
			return WHY_SCRIPT;
		if (r >= 0xff01 && r <= 0xff5e)
			r -= 0xff01 - '!';
		else if ((r >= 0x2010 && r <= 0x2015) || r == 0x2212)
			r = '-';
		if (n + 1 == TEXT_SIZE)
			return WHY_LONG;
		out[n++] = r < 0x7f ? (char)r : '?';
	}
	out[n] = '\0';
	return NULL;
}

/* "9.19877E+11", "9,19877E+11" */
static int
is_exponent(const char *s)
{
	size_t n = strspn(s, "0123456789.,");

	if (n == 0 || (s[n] != 'E' && s[n] != 'e'))
		return 0;
	s += n + 1;
	if (*s == '+' || *s == '-')
		s++;
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* A digit, then "x12", "ext.12", "#12" or ";ext=12". */
static int
has_extension(const char *s)
{
	size_t n = strcspn(s, "xX#eE;");

	if (n == 0 || s[n] == '\0' || strpbrk(s + n, "0123456789") == NULL)
		return 0;
	s += n + (s[n] == ';');
	return *s == 'x' || *s == 'X' || *s == '#' ||
	    strncasecmp(s, "ext", 3) == 0;
}

/* What can be told from the characters before they are read as digits. */
static const char *
text_fault(const char *s, int was_number)
{
	size_t len = strlen(s);

	if (len == 0)
		return WHY_MISSING;
	if (*s == '#')
		return WHY_ERROR;
	if (is_exponent(s))
		return WHY_EXPONENT;
	if (*s == '-' || *s == '=')
		return WHY_SUM;
	if (has_extension(s))
		return WHY_EXTENSION;
	if (strpbrk(s, ",;|&") != NULL)
		return WHY_SEVERAL;
	if (s[strspn(s, "0123456789+-()./")] != '\0')
		return WHY_LETTERS;
	/* "9876543210.0" is what programs make of a column of numbers. */
	if (len > 2 && strcmp(s + len - 2, ".0") == 0)
		return WHY_DECIMAL;
	if (was_number && strchr(s, '.') != NULL)
		return WHY_DECIMAL;
	return NULL;
}

static const char *
digits_read(const char *s, struct reading *r)
{
	size_t half = 0, before = 0;

	memset(r, 0, sizeof(*r));
	r->zero = strstr(s, "(0)") != NULL;
	for (; *s != '\0'; s++) {
		if (*s == '+') {
			if (r->n >= HALF_MIN)
				return WHY_SEVERAL;
			if (r->plus || r->n > 0)
				return WHY_PLUS;
			r->plus = 1;
		} else if (*s == '/') {
			if (half >= before)
				before = half;
			half = 0;
		} else if (isdigit((unsigned char)*s)) {
			r->digits[r->n++] = *s;
			if (++half >= HALF_MIN && before >= HALF_MIN)
				return WHY_SEVERAL;
		}
	}
	if (r->n == 0)
		return WHY_LETTERS;
	return NULL;
}

/* The rules of national numbers that are sure: India and North America. */
static int
plan_allows(const char *code, const char *national)
{
	size_t n = strlen(national);

	if (strcmp(code, "91") == 0)
		return n == 10 && *national != '0';
	if (strcmp(code, "1") == 0)
		return n == 10 && *national >= '2';
	return *national != '0' || !has_trunk_zero(code);
}

/* Put code and national together in out when that can be a number. */
static const char *
number_make(const char *code, const char *national, char out[PHONE_SIZE])
{
	size_t n = strlen(code), m = strlen(national);

	if (n + m > DIGITS_MAX)
		return WHY_TOO_LONG;
	if (n + m < DIGITS_MIN)
		return WHY_TOO_SHORT;
	if (!plan_allows(code, national))
		return WHY_PLAN;
	out[0] = '+';
	memcpy(out + 1, code, n);
	memcpy(out + 1 + n, national, m + 1);
	return NULL;
}

/* Read digits that begin with some country's code. */
static const char *
read_international(const struct reading *r, const char *digits,
    char out[PHONE_SIZE])
{
	char code[4];
	size_t i, n;

	if (r->zero || *digits == '0')
		return WHY_ZERO;
	if (strlen(digits) < DIGITS_MIN)
		return WHY_TOO_SHORT;
	if (*digits == '1')
		return number_make("1", digits + 1, out);
	/* No code begins with another code: at most one of these is one. */
	for (i = 0; i < sizeof(trunk_zero) / sizeof(trunk_zero[0]); i++) {
		n = strlen(trunk_zero[i]);
		if (strncmp(digits, trunk_zero[i], n) != 0)
			continue;
		if (digits[n] == '0')
			return WHY_ZERO;
		return number_make(trunk_zero[i], digits + n, out);
	}
	memcpy(code, digits, 1);
	code[1] = '\0';
	return number_make(code, digits + 1, out);
}

/* India, North America, Britain: length and first digits tell how a number
 * without + is meant. */
static const char *
read_known(const struct reading *r, const char *code, int was_number,
    char out[PHONE_SIZE])
{
	const char *d = r->digits;
	size_t n = strlen(code), trunk = 0;
	int india = strcmp(code, "91") == 0;

	if (r->n == n + 10 && strncmp(d, code, n) == 0)
		return number_make(code, d + n, out);
	if (strcmp(code, "1") != 0 && r->n == 11 && *d == '0' && !was_number)
		trunk = 1;
	else if (r->n != 10)
		return r->n < 10 ? WHY_TOO_SHORT :
		    r->n > DIGITS_MAX ? WHY_TOO_LONG : WHY_TWO_WAYS;
	else if (*d == '0')
		return WHY_PLAN;
	/* Ten digits: an Indian land line or a British number would have
	 * kept its 0, so that this is another country's or has lost it. */
	else if (strcmp(code, "44") == 0 || (india && *d < '6'))
		return WHY_TWO_WAYS;
	return number_make(code, d + trunk, out);
}

static const char *
read_national(const struct reading *r, const char *code, int was_number,
    char out[PHONE_SIZE])
{
	size_t n = strlen(code);

	if (strcmp(code, "91") == 0 || strcmp(code, "1") == 0 ||
	    strcmp(code, "44") == 0)
		return read_known(r, code, was_number, out);
	if (was_number)
		return WHY_TWO_WAYS;
	if (r->digits[0] == '0') {
		if (!has_trunk_zero(code))
			return WHY_TWO_WAYS;
		return number_make(code, r->digits + 1, out);
	}
	/* The code is in it for sure when there is no room for another: only
	 * the + is missing. */
	if (strncmp(r->digits, code, n) == 0 && r->n >= 11 &&
	    r->n <= DIGITS_MAX && n + r->n > DIGITS_MAX)
		return read_international(r, r->digits, out);
	return r->n < DIGITS_MIN - 2 ? WHY_TOO_SHORT :
	    r->n > DIGITS_MAX ? WHY_TOO_LONG : WHY_TWO_WAYS;
}

static int
is_country(const char *code)
{
	size_t n;

	if (code == NULL || *code == '0')
		return 0;
	n = strspn(code, "0123456789");
	return n >= 1 && n <= 3 && code[n] == '\0';
}

int
phone_normalise(const char *text, int was_number, const char *country,
    char out[PHONE_SIZE], const char **why)
{
	char compact[TEXT_SIZE];
	const char *s = compact;
	struct reading r;

	*out = '\0';
	if ((*why = text_compact(text, compact)) != NULL)
		return -1;
	if (*s == '\'')
		s++;
	if (strncasecmp(s, "tel:", 4) == 0)
		s += 4;
	if ((*why = text_fault(s, was_number)) != NULL ||
	    (*why = digits_read(s, &r)) != NULL)
		return -1;
	if (r.plus)
		*why = read_international(&r, r.digits, out);
	else if (strncmp(r.digits, "00", 2) == 0 && !was_number)
		*why = read_international(&r, r.digits + 2, out);
	else if (!is_country(country))
		*why = WHY_NO_COUNTRY;
	else
		*why = read_national(&r, country, was_number, out);
	return *why == NULL ? 0 : -1;
}

int
phone_given(const char *text, const char *country, int option,
    char out[PHONE_SIZE], const char **why)
{
	if (phone_normalise(text, 0, country, out, why) == 0)
		return 0;
	if (strcmp(*why, WHY_NO_COUNTRY) == 0)
		*why = option && country != NULL ? GIVEN_COUNTRY :
		    option ? GIVEN_OPTION : GIVEN_PLAIN;
	else if (strcmp(*why, WHY_TWO_WAYS) == 0)
		*why = GIVEN_TWO_WAYS;
	return -1;
}

void
phone_hide(char *s)
{
	char *p, *q;
	int digits, n;

	for (p = s; *p != '\0'; p = q) {
		q = p + 1;
		if (!isdigit((unsigned char)*p) ||
		    (p > s && (isalnum((unsigned char)p[-1]) || p[-1] == '-')))
			continue;
		for (digits = 0, q = p; isdigit((unsigned char)*q) ||
		    (*q != '\0' && strchr(" -().", *q) != NULL); q++)
			digits += isdigit((unsigned char)*q) != 0;
		for (n = 0; digits >= HIDE_MIN && p < q; p++)
			if (isdigit((unsigned char)*p) && ++n > 2 &&
			    n <= digits - 4)
				*p = '*';
	}
}
