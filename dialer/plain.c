/*
 * What people type into a sheet and what servers answer is printed on the
 * terminal of whoever runs this program, perhaps as root.  A control character
 * in it could drive that terminal or hide a line, so none gets there, whichever
 * verb prints it.
 */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "log.h"
#include "plain.h"

#define INSTEAD	"\xef\xbf\xbd"		/* U+FFFD: in JSON it may stand too */
#define PIECE	1024

static int
put(const char *s, size_t n)
{
	ssize_t done;

	for (; n > 0; s += done, n -= (size_t)done)
		if ((done = write(STDOUT_FILENO, s, n)) <= 0)
			return -1;
	return 0;
}

static int
is_control(unsigned char c)
{
	return c == 0x7f || (c < ' ' && c != '\n' && c != '\t');
}

/* U+0080 to U+009F are "c2 80" to "c2 9f" in UTF-8: a c2 waits for what
 * follows it, in the next piece if need be.  The bytes that leave, at most
 * BYTES. */
#define BYTES	4
static size_t
step(struct plain *p, unsigned char c, char *out)
{
	int control = p->held ? (c & 0xe0) == 0x80 : is_control(c);
	size_t n = 0, i;

	if (p->held && !control) {
		out[n++] = '\xc2';
		control = is_control(c);
	}
	p->held = c == 0xc2;
	if (control)
		for (i = 0; i < sizeof(INSTEAD) - 1; i++)
			out[n++] = INSTEAD[i];
	else if (!p->held)
		out[n++] = (char)c;
	return n;
}

/* As fopencookie(3) wants it: 0 is a fault. */
static ssize_t
plain_write(void *arg, const char *text, size_t size)
{
	char out[PIECE];
	size_t i, n = 0;

	for (i = 0; i < size; i++) {
		n += step(arg, (unsigned char)text[i], out + n);
		if (n + BYTES > sizeof(out) || i + 1 == size) {
			if (put(out, n) == -1)
				return 0;
			n = 0;
		}
	}
	return (ssize_t)size;
}

void
plain_begin(struct plain *p)
{
	cookie_io_functions_t io = { .write = plain_write };
	FILE *f;

	p->held = 0;
	if ((f = fopencookie(p, "w", io)) == NULL)
		fatal(EX_OSERR, NULL);
	if (isatty(STDOUT_FILENO))
		setvbuf(f, NULL, _IOLBF, 0);
	stdout = f;
}
