/*
 * The file format: from bytes to records and back, and the file as a whole.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "body.h"
#include "csv_file.h"
#include "table.h"

#define CSV_MAX_BYTES	(512L * 1024 * 1024)	/* all of it is in memory */

int
csv_buffer_add(struct csv_buffer *b, const char *s, size_t len)
{
	size_t cap;
	char *grown;

	if (b->len + len + 1 > b->cap) {
		cap = b->cap + b->cap / 2 + 256;
		if (cap < b->len + len + 1)
			cap = b->len + len + 1;
		if ((grown = realloc(b->s, cap)) == NULL)
			return -1;
		b->s = grown;
		b->cap = cap;
	}
	memcpy(b->s + b->len, s, len);
	b->len += len;
	b->s[b->len] = '\0';
	return 0;
}

int
csv_buffer_set(struct csv_buffer *b, const char *s, size_t len)
{
	b->len = 0;
	return csv_buffer_add(b, s, len);
}

enum verdict
csv_fault(struct csv_file *f, enum verdict v, const char *fmt, ...)
{
	char what[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(f->why, f->whysz, "%.100s: %s", f->path, what);
	return v;
}

/* A fault of the system: some stay until a person does something. */
static enum verdict
csv_errno(struct csv_file *f, const char *doing)
{
	int e = errno;

	return csv_fault(f, e == ENOENT || e == ENOTDIR || e == EACCES ||
	    e == EPERM || e == EROFS || e == ELOOP || e == EISDIR ||
	    e == ENAMETOOLONG ? VERDICT_PERMFAIL : VERDICT_TEMPFAIL,
	    "cannot %s: %s", doing, strerror(e));
}

enum verdict
csv_memory(struct csv_file *f)
{
	return csv_fault(f, VERDICT_TEMPFAIL, "out of memory");
}

static enum verdict
csv_changed(struct csv_file *f)
{
	f->changing = 1;
	return csv_fault(f, VERDICT_TEMPFAIL,
	    "the file is being changed by another program");
}

/* Take the next field; -1 when its quote is never closed.  What stands after
 * a closing quote is taken along, as spreadsheet programs do. */
static int
field_next(struct csv_cursor *c, struct csv_field *f)
{
	const char *p = c->p;

	f->raw = p;
	if (p < c->end && *p == '"') {
		for (p++;; p++) {
			p = memchr(p, '"', (size_t)(c->end - p));
			if (p == NULL)
				return -1;
			if (++p == c->end || *p != '"')
				break;
		}
	}
	while (p < c->end && *p != c->sep && *p != '\n' && *p != '\r')
		p++;
	f->len = (size_t)(p - f->raw);
	f->last = p == c->end || *p != c->sep;
	c->p = p < c->end && !f->last ? p + 1 : p;
	return 0;
}

int
csv_record_next(struct csv_cursor *c, struct csv_record *r)
{
	struct csv_field f;

	r->begin = c->p;
	r->n = r->total = 0;
	r->tail = NULL;
	if (c->p == c->end)
		return 0;
	do {
		if (field_next(c, &f) == -1) {
			r->tail = f.raw;
			return -1;
		}
		r->total++;
		if (r->n < SHEET_MAX_COLS)
			r->field[r->n++] = f;
		else if (r->tail == NULL)
			r->tail = f.raw;
	} while (!f.last);
	r->eol = c->p;
	if (c->p < c->end && *c->p == '\r')
		c->p++;
	if (c->p < c->end && *c->p == '\n')
		c->p++;
	return 1;
}

int
csv_record_value(const struct csv_record *r, size_t i, struct csv_buffer *b)
{
	const char *p, *end, *q;

	if (i >= r->n)
		return csv_buffer_set(b, "", 0);
	p = r->field[i].raw;
	end = p + r->field[i].len;
	if (p == end || *p != '"')
		return csv_buffer_set(b, p, (size_t)(end - p));
	b->len = 0;
	for (p++;; p = q + 1) {
		q = memchr(p, '"', (size_t)(end - p));
		if (csv_buffer_add(b, p, (size_t)(q - p)) == -1)
			return -1;
		if (++q == end || *q != '"')
			return csv_buffer_add(b, q, (size_t)(end - q));
		if (csv_buffer_add(b, "\"", 1) == -1)
			return -1;
	}
}

size_t
csv_line(const struct csv_file *f, const char *p)
{
	const char *s;
	size_t line = 1;

	for (s = f->data; s < p; s++)
		if (*s == '\n' || (*s == '\r' && s[1] != '\n'))
			line++;
	return line;
}

/* The separator is the one that the header line has most of. */
static char
csv_separator(const char *p, const char *end)
{
	size_t comma = 0, semicolon = 0, tab = 0;
	int quoted = 0;

	for (; p < end && (quoted || (*p != '\n' && *p != '\r')); p++) {
		if (*p == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		comma += *p == ',';
		semicolon += *p == ';';
		tab += *p == '\t';
	}
	if (tab > comma && tab > semicolon)
		return '\t';
	return semicolon > comma ? ';' : ',';
}

/* Refuse what is no text, with the line where it shows. */
static enum verdict
csv_check(struct csv_file *f)
{
	const char *p = f->data, *end = f->data + f->len, *nl;

	if (f->len >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 ||
	    memcmp(p, "\xfe\xff", 2) == 0))
		return csv_fault(f, VERDICT_PERMFAIL, "the file is UTF-16; "
		    "save it as \"CSV UTF-8\"");
	if (!utf8_valid(p, f->len)) {
		/* The first line that is bad by itself. */
		for (; p < end; p = nl + 1) {
			nl = memchr(p, '\n', (size_t)(end - p));
			if (nl == NULL ||
			    !utf8_valid(p, (size_t)(nl - p)))
				break;
		}
		return csv_fault(f, VERDICT_PERMFAIL, "line %zu is not UTF-8; "
		    "save the file as \"CSV UTF-8\"", csv_line(f, p));
	}
	if ((nl = memchr(p, '\0', f->len)) != NULL)
		return csv_fault(f, VERDICT_PERMFAIL, "line %zu holds a NUL "
		    "byte; the file is not CSV", csv_line(f, nl));
	f->start = f->len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	f->sep = csv_separator(p + f->start, end);
	return VERDICT_OK;
}

struct csv_cursor
csv_begin(const struct csv_file *f)
{
	return (struct csv_cursor){ f->data + f->start, f->data + f->len,
	    f->sep };
}

static int
stat_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Read fd to its end into f; the file must not change meanwhile. */
static enum verdict
csv_slurp(struct csv_file *f, int fd)
{
	struct stat after;
	ssize_t n;

	if (fstat(fd, &f->st) == -1)
		return csv_errno(f, "read it");
	if (!S_ISREG(f->st.st_mode))
		return csv_fault(f, VERDICT_PERMFAIL, "this is no file");
	if (f->st.st_size > CSV_MAX_BYTES)
		return csv_fault(f, VERDICT_PERMFAIL, "the file is larger "
		    "than %ld MB", CSV_MAX_BYTES / 1024 / 1024);
	f->data = malloc((size_t)f->st.st_size + 1);
	if (f->data == NULL)
		return csv_memory(f);
	while (f->len < (size_t)f->st.st_size) {
		n = read(fd, f->data + f->len,
		    (size_t)f->st.st_size - f->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return csv_errno(f, "read it");
		if (n == 0)
			break;
		f->len += (size_t)n;
	}
	f->data[f->len] = '\0';
	if (fstat(fd, &after) == -1 || !stat_same(&f->st, &after) ||
	    f->len != (size_t)f->st.st_size)
		return csv_changed(f);
	return VERDICT_OK;
}

void
csv_release(struct csv_file *f)
{
	free(f->data);
	f->data = NULL;
	f->len = 0;
}

enum verdict
csv_load(struct csv_file *f)
{
	enum verdict v;
	int fd;

	f->data = NULL;
	f->len = 0;
	/* A link stays a link: what it points to is read and replaced. */
	if (realpath(f->path, f->real) == NULL)
		return csv_errno(f, "open it");
	fd = open(f->real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return csv_errno(f, "open it");
	if ((v = csv_slurp(f, fd)) == VERDICT_OK)
		v = csv_check(f);
	close(fd);
	if (v != VERDICT_OK)
		csv_release(f);
	return v;
}

int
csv_record_fits(const struct csv_record *r, char sep)
{
	const char *p;

	for (p = r->tail; p != NULL && p < r->eol; p++)
		if (*p != sep && *p != ' ' && *p != '"')
			return 0;
	return 1;
}

int
csv_is_formula(const char *s)
{
	static const uint32_t signs[] = {
		'=', '+', '-', '@', 0xff1d, 0xff0b, 0xff0d, 0xff20,
		0xfe66, 0xfe62, 0xfe63, 0xfe6b,
	};
	uint32_t r;
	size_t i, len;

	if (*s == '\t')
		return 1;
	while ((r = table_rune(s, &len)) != 0 &&
	    (table_is_blank(r) || table_is_mark(r)))
		s += len;
	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (r == signs[i])
			return 1;
	return 0;
}

int
csv_field_add(struct csv_buffer *out, const struct csv_buffer *value)
{
	const char *p = value->s, *q;
	size_t n = value->len;

	if (n == 0 || (strpbrk(p, ",;\t\"\r\n") == NULL &&
	    p[0] != ' ' && p[n - 1] != ' '))
		return csv_buffer_add(out, p, n);
	if (csv_buffer_add(out, "\"", 1) == -1)
		return -1;
	for (; (q = strchr(p, '"')) != NULL; p = q + 1)
		if (csv_buffer_add(out, p, (size_t)(q - p)) == -1 ||
		    csv_buffer_add(out, "\"\"", 2) == -1)
			return -1;
	if (csv_buffer_add(out, p, strlen(p)) == -1)
		return -1;
	return csv_buffer_add(out, "\"", 1);
}

/* Fill the temporary file: content, owner and mode, all of it on disk. */
static int
temporary_fill(const struct csv_file *f, const struct csv_buffer *out,
    int fd)
{
	mode_t mode = f->st.st_mode & 0777;
	size_t done = 0;
	ssize_t n;

	/* Without its group, the group's rights would be another's. */
	if (fchown(fd, f->st.st_uid, f->st.st_gid) == -1 &&
	    fchown(fd, (uid_t)-1, f->st.st_gid) == -1)
		mode &= ~(mode_t)070;
	if (fchmod(fd, mode) == -1)
		return -1;
	while (done < out->len) {
		n = write(fd, out->s + done, out->len - done);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	return fsync(fd);
}

/* The name under which a file is prepared, always the same: what a pass that
 * died has left there is found. */
static int
temporary_name(const struct csv_file *f, char *out, size_t size)
{
	const char *base = strrchr(f->real, '/') + 1;

	return snprintf(out, size, "%.*s.callsheet.%.200s",
	    (int)(base - f->real), f->real, base) < (int)size ? 0 : -1;
}

/* Who prepares a file has the directory to itself, and removes what another
 * has left; a lock in the kernel dies with its process. */
static int
directory_lock(const struct csv_file *f, const char *tmp)
{
	char dir[PATH_MAX];
	int fd, e;

	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(f->real, '/') + 1 -
	    f->real), f->real);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    (unlink(tmp) == 0 || errno == ENOENT))
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

void
csv_tidy(struct csv_file *f)
{
	char tmp[PATH_MAX];
	struct stat sb;
	int fd;

	if (realpath(f->path, f->real) != NULL &&
	    temporary_name(f, tmp, sizeof(tmp)) == 0 &&
	    lstat(tmp, &sb) == 0 && (fd = directory_lock(f, tmp)) != -1)
		close(fd);
}

/* Both change places, and what was there is looked at once more: what somebody
 * has saved in this very moment goes back.  Not all file systems can. */
static enum verdict
temporary_swap(struct csv_file *f, const char *tmp)
{
	struct stat was;
	enum verdict v = VERDICT_OK;

	if (renameat2(AT_FDCWD, tmp, AT_FDCWD, f->real, RENAME_EXCHANGE) ==
	    0) {
		if (stat(tmp, &was) == -1 || stat_same(&f->st, &was))
			unlink(tmp);
		else if (rename(tmp, f->real) == 0)
			v = csv_changed(f);
		else
			v = csv_errno(f, "leave it as it was saved just now");
		return v;
	}
	if ((errno != EINVAL && errno != ENOSYS) || rename(tmp, f->real) ==
	    -1) {
		v = csv_errno(f, "replace it");
		unlink(tmp);
	}
	return v;
}

/* Put tmp in the place of the file that was loaded; v says why not. */
static enum verdict
temporary_use(struct csv_file *f, const struct csv_buffer *out,
    const char *tmp)
{
	struct stat now;
	enum verdict v;
	int fd, e;

	fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return csv_errno(f, "make a file beside it");
	v = temporary_fill(f, out, fd) == -1 ? csv_errno(f, "write it") :
	    VERDICT_OK;
	e = close(fd);
	if (v == VERDICT_OK && e == -1)
		v = csv_errno(f, "write it");
	if (v == VERDICT_OK && (stat(f->real, &now) == -1 ||
	    !stat_same(&f->st, &now)))
		v = csv_changed(f);
	if (v == VERDICT_OK)
		return temporary_swap(f, tmp);
	unlink(tmp);
	return v;
}

enum verdict
csv_replace(struct csv_file *f, const struct csv_buffer *out)
{
	char tmp[PATH_MAX];
	enum verdict v;
	int dir;

	if (temporary_name(f, tmp, sizeof(tmp)) == -1)
		return csv_fault(f, VERDICT_PERMFAIL, "its path is too long");
	if ((dir = directory_lock(f, tmp)) == -1)
		return errno == EWOULDBLOCK ? csv_changed(f) :
		    csv_errno(f, "make a file beside it");
	v = temporary_use(f, out, tmp);
	/* Make the rename last; a file system may have no need for it. */
	if (v == VERDICT_OK && fsync(dir) == -1 && errno != EINVAL)
		v = csv_fault(f, VERDICT_UNKNOWN, "it was written, but "
		    "perhaps not to disk: %s", strerror(errno));
	close(dir);
	return v;
}
