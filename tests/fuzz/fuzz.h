/*
 * What the fuzz targets share.  A target states in claims what must hold for
 * any input; libFuzzer looks for one that makes a claim, or a sanitizer, fail.
 *
 * An input that is made of several texts is readable: each begins with a line
 * "%head", for example "%w" before the body of a webhook.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <sys/types.h>

#include <json-c/json.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

int	 LLVMFuzzerInitialize(int *, char ***);
int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Must hold, whatever the input; it goes on at descriptor 2, since the log
 * lines of the code under test are turned off. */
#define CLAIM(what)	do {						\
	if (!(what)) {							\
		dprintf(STDERR_FILENO, "%s:%d: broken claim: %s\n",	\
		    __FILE__, __LINE__, #what);				\
		abort();						\
	}								\
} while (0)

/* Hundreds of messages a second would hide the one that matters; and the same
 * input is to take the same way each time. */
static inline void
fuzz_begin(void)
{
	FILE *nowhere = fopen("/dev/null", "w");

	CLAIM(nowhere != NULL);
	stderr = nowhere;
	json_global_set_string_hash(JSON_C_STR_HASH_PERLLIKE);
}

struct part {
	char	 head[16];	/* cut */
	char	*text;		/* NUL behind it, of exactly size + 1 bytes */
	size_t	 size;
};

static inline char *
fuzz_copy(const void *data, size_t size)
{
	char *copy = malloc(size + 1);

	CLAIM(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

/* The next text, without the line end before the "%" that follows it. */
static inline void
fuzz_part(struct part *p, const char *s, size_t n)
{
	const char *end = memchr(s, '\n', n);
	size_t head = end == NULL ? n : (size_t)(end - s);
	size_t begin = end == NULL ? n : head + 1;

	memset(p, 0, sizeof(*p));
	memcpy(p->head, s, head < sizeof(p->head) ? head :
	    sizeof(p->head) - 1);
	p->text = fuzz_copy(s + begin, n - begin);
	p->size = n - begin;
}

/* Take the input apart into at most max parts; what stands before the first
 * "%" is left out. */
static inline size_t
fuzz_parts(const uint8_t *data, size_t size, struct part *parts, size_t max)
{
	const char *s = (const char *)data, *end = s + size, *next;
	size_t n = 0;

	if (size == 0 || *s != '%')
		s = memmem(s, size, "\n%", 2);
	else
		s--;		/* as if a line end came before */
	for (; s != NULL && n < max; s = next) {
		s += 2;
		next = memmem(s, (size_t)(end - s), "\n%", 2);
		fuzz_part(&parts[n++], s, (size_t)((next == NULL ? end :
		    next) - s));
	}
	return n;
}

static inline void
fuzz_parts_free(struct part *parts, size_t n)
{
	while (n > 0)
		free(parts[--n].text);
}

/* A new directory for the files of this process. */
static inline void
fuzz_dir(char dir[128])
{
	const char *base = getenv("TMPDIR");

	snprintf(dir, 128, "%.100s/fuzz-XXXXXX", base != NULL ? base : "/tmp");
	CLAIM(mkdtemp(dir) != NULL);
}

#endif
