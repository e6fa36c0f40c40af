/*
 * Where messages go.  The sink is the one piece of state that a program's
 * main sets once for all of it, as err(3)'s program name is.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"

#define LINE_SIZE 1024		/* a line longer than this is cut */
#define NUMBER_MIN 10		/* digits in a row: a telephone number */
#define NUMBER_MAX 15		/* E.164 */

static struct {
	const char	*prog;
	int		 verbose;
	int		 to_syslog;
} sink = { "callsheet", 0, 0 };

void
log_init(const char *prog, int verbose, int to_syslog)
{
	sink.prog = prog;
	sink.verbose = verbose;
	sink.to_syslog = to_syslog;
	if (to_syslog)
		openlog(prog, LOG_PID, LOG_DAEMON);
}

/* Bytes that could forge a second line or drive a terminal become \xNN; among
 * them U+0080 to U+009F, which are "c2 80" to "c2 9f" in UTF-8. */
static void
escape(const char *in, char *out, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	int control = 0;
	size_t n = 0;

	for (; *in != '\0' && n + 5 < size; in++) {
		unsigned char c = (unsigned char)*in;

		control = c < 0x20 || c == 0x7f || (control && c >= 0x80 &&
		    c < 0xa0) || (c == 0xc2 && (in[1] & 0xe0) == 0x80);
		if (!control) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
}

/* Is it a part of a word, such as an execution's id or a file's name? */
static int
in_word(char before, char after)
{
	return isalnum((unsigned char)before) || after == '_' ||
	    isalnum((unsigned char)after) ||
	    (before != '\0' && strchr("-_/", before) != NULL);
}

/* Whoever writes a message masks the number that it is about.  What others
 * have put elsewhere, a number in the place of an id or a name, is masked here,
 * so that no path is forgotten. */
static void
hide_numbers(char *line)
{
	char *p, *end;

	for (p = line; *p != '\0'; p = end) {
		end = p + 1;
		if (!isdigit((unsigned char)*p))
			continue;
		while (isdigit((unsigned char)*end))
			end++;
		if (end - p >= NUMBER_MIN && end - p <= NUMBER_MAX &&
		    !in_word(p == line ? '\0' : p[-1], *end))
			memset(p + 2, '*', (size_t)(end - p) - 6);
	}
}

static void __attribute__((format(printf, 3, 0)))
emit(int priority, int error, const char *fmt, va_list ap)
{
	char raw[LINE_SIZE], line[LINE_SIZE];
	size_t len;

	raw[0] = '\0';
	if (fmt != NULL)
		vsnprintf(raw, sizeof(raw), fmt, ap);
	if (error != 0) {
		len = strlen(raw);
		snprintf(raw + len, sizeof(raw) - len, "%s%s",
		    fmt != NULL ? ": " : "", strerror(error));
	}
	escape(raw, line, sizeof(line));
	hide_numbers(line);
	if (sink.to_syslog)
		syslog(priority, "%s", line);
	else
		fprintf(stderr, "%s: %s\n", sink.prog, line);
}

void
log_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_WARNING, error, fmt, ap);
	va_end(ap);
	errno = error;
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_WARNING, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	if (sink.verbose < 1)
		return;
	va_start(ap, fmt);
	emit(LOG_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (sink.verbose < 2)
		return;
	va_start(ap, fmt);
	emit(LOG_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
fatal(int status, const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_ERR, error, fmt, ap);
	va_end(ap);
	exit(status);
}

void
fatalx(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_ERR, 0, fmt, ap);
	va_end(ap);
	exit(status);
}

char *
phone_mask(const char *phone, char buf[PHONE_MASK_SIZE])
{
	size_t len = strlen(phone), i;

	if (len >= PHONE_MASK_SIZE)
		len = PHONE_MASK_SIZE - 1;
	for (i = 0; i < len; i++)
		buf[i] = i < 3 || i + 4 >= len ? phone[i] : '*';
	/* Too short for both ends to be shown. */
	if (len < 10)
		memset(buf, '*', len);
	buf[len] = '\0';
	return buf;
}
