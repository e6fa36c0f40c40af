/*
 * Who may speak to us is decided on the bits of an address: as text, one
 * address has many spellings and "13.203.39.1530" begins like a good one.
 */
#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "address.h"

#define SEPARATORS	" \t\r\n,"
#define ENTRY_SIZE	(INET6_ADDRSTRLEN + sizeof("/128"))
#define MAPPED_BITS	96		/* of ::ffff:0:0/96, where IPv4 lives */

static const unsigned char mapped[12] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
};

int
address_parse(const char *s, struct in6_addr *ip)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, s, &v4) == 1) {
		memcpy(ip->s6_addr, mapped, sizeof(mapped));
		memcpy(ip->s6_addr + sizeof(mapped), &v4, sizeof(v4));
		return 0;
	}
	return inet_pton(AF_INET6, s, ip) == 1 ? 0 : -1;
}

/* True when the first bits of a and b are the same. */
static int
same_bits(const unsigned char *a, const unsigned char *b, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return 0;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static int
has_host_bits(const struct address *a)
{
	unsigned int bit;

	for (bit = a->prefix; bit < 128; bit++)
		if (a->ip.s6_addr[bit / 8] & (0x80 >> (bit % 8)))
			return 1;
	return 0;
}

/* A network that holds every IPv4 or every IPv6 address there is. */
static int
is_everybody(const struct address *a)
{
	if (a->prefix == 0)
		return 1;
	return a->prefix <= MAPPED_BITS &&
	    same_bits(a->ip.s6_addr, mapped, a->prefix);
}

static int
prefix_parse(const char *s, unsigned int *out)
{
	size_t len = strspn(s, "0123456789");

	if (len == 0 || len > 3 || s[len] != '\0' || (s[0] == '0' && len > 1))
		return -1;
	*out = (unsigned int)strtoul(s, NULL, 10);
	return 0;
}

/* Read one entry; NULL, or why not. */
static const char *
entry_read(struct address *a, const char *s, size_t n)
{
	char buf[ENTRY_SIZE], *slash;
	unsigned int bits, width;

	if (n >= sizeof(buf) || memchr(s, '\0', n) != NULL)
		return "not an address";
	memcpy(buf, s, n);
	buf[n] = '\0';
	if ((slash = strchr(buf, '/')) != NULL)
		*slash++ = '\0';
	if (address_parse(buf, &a->ip) == -1)
		return "not an address";
	a->prefix = 128;
	if (slash == NULL)
		return NULL;

	/* a prefix counts in the spelling it stands behind */
	width = strchr(buf, ':') == NULL ? 32 : 128;
	if (prefix_parse(slash, &bits) == -1)
		return "the prefix is not a number";
	if (bits > width)
		return "the prefix is longer than the address";
	a->prefix = bits + 128 - width;
	if (is_everybody(a))
		return "admits everybody";
	if (has_host_bits(a))
		return "has bits set behind the prefix";
	return NULL;
}

static int
list_add(struct address_list *list, const struct address *a)
{
	struct address *grown;

	grown = reallocarray(list->entries, list->n + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	grown[list->n++] = *a;
	list->entries = grown;
	return 0;
}

int
address_list_read(struct address_list *list, const char *text, size_t *line,
    const char **why)
{
	struct address a;
	const char *fault = NULL;
	size_t n, row = 1;

	list->entries = NULL;
	list->n = 0;
	while (*text != '\0') {
		if (strchr(SEPARATORS, *text) != NULL) {
			row += *text++ == '\n';
			continue;
		}
		if (*text == '#') {
			text += strcspn(text, "\n");
			continue;
		}
		n = strcspn(text, SEPARATORS "#");
		if ((fault = entry_read(&a, text, n)) == NULL &&
		    list_add(list, &a) == -1)
			fault = "out of memory";
		if (fault != NULL)
			goto refused;
		text += n;
	}
	return 0;

refused:
	address_list_free(list);
	*line = row;
	*why = fault;
	return -1;
}

void
address_list_free(struct address_list *list)
{
	free(list->entries);
	list->entries = NULL;
	list->n = 0;
}

int
address_list_has(const struct address_list *list, const struct in6_addr *ip)
{
	const struct address *a;
	size_t i;

	for (i = 0; i < list->n; i++) {
		a = &list->entries[i];
		if (same_bits(a->ip.s6_addr, ip->s6_addr, a->prefix))
			return 1;
	}
	return 0;
}

int
address_is_loopback(const struct in6_addr *ip)
{
	if (memcmp(ip->s6_addr, mapped, sizeof(mapped)) == 0)
		return ip->s6_addr[12] == 127;
	return memcmp(ip, &in6addr_loopback, sizeof(*ip)) == 0;
}
