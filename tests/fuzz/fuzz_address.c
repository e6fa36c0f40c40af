/*
 * Addresses and lists of them.  The first line is an address, the rest a list.
 */
#include "fuzz.h"

#include <arpa/inet.h>

#include "address.h"

static int
bit(const struct in6_addr *ip, unsigned int i)
{
	return ip->s6_addr[i / 8] >> (7 - i % 8) & 1;
}

/* Is ip in this network?  Bit by bit. */
static int
covers(const struct address *a, const struct in6_addr *ip)
{
	unsigned int i;

	for (i = 0; i < a->prefix; i++)
		if (bit(&a->ip, i) != bit(ip, i))
			return 0;
	return 1;
}

static int
is_four(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_V4MAPPED(ip);
}

/* An address has one meaning in all its spellings. */
static void
spellings(const struct in6_addr *ip)
{
	char six[INET6_ADDRSTRLEN], four[32], mapped[64];
	struct in6_addr again;

	CLAIM(inet_ntop(AF_INET6, ip, six, sizeof(six)) != NULL);
	CLAIM(address_parse(six, &again) == 0);
	CLAIM(memcmp(ip, &again, sizeof(again)) == 0);
	if (!is_four(ip))
		return;
	snprintf(four, sizeof(four), "%u.%u.%u.%u", ip->s6_addr[12],
	    ip->s6_addr[13], ip->s6_addr[14], ip->s6_addr[15]);
	snprintf(mapped, sizeof(mapped), "::ffff:%s", four);
	CLAIM(address_parse(four, &again) == 0);
	CLAIM(memcmp(ip, &again, sizeof(again)) == 0);
	CLAIM(address_parse(mapped, &again) == 0);
	CLAIM(memcmp(ip, &again, sizeof(again)) == 0);
	CLAIM(address_is_loopback(ip) == (ip->s6_addr[12] == 127));
}

/* What the list admits is what one of its networks covers; ip moves about. */
static void
admits(const struct address_list *list, struct in6_addr *ip)
{
	unsigned int b;
	size_t i;
	int want;

	for (b = 0; b <= 128; b++) {
		for (want = 0, i = 0; i < list->n; i++)
			want |= covers(&list->entries[i], ip);
		CLAIM(address_list_has(list, ip) == want);
		if (b < 128)		/* the next neighbour */
			ip->s6_addr[b / 8] ^= 0x80 >> (b % 8);
	}
}

static void
entries(const struct address_list *list)
{
	const struct address *a;
	struct in6_addr ip;
	unsigned int b;
	size_t i;

	for (i = 0; i < list->n && i < 8; i++) {
		a = &list->entries[i];
		CLAIM(a->prefix > 0 && a->prefix <= 128);
		CLAIM(!is_four(&a->ip) || a->prefix > 96);
		for (b = a->prefix; b < 128; b++)
			CLAIM(bit(&a->ip, b) == 0);
		ip = a->ip;
		CLAIM(address_list_has(list, &ip) == 1);
		admits(list, &ip);
	}
}

/* A list of lines admits what its lines do: cut it in two. */
static void
cut(const char *text, const struct address_list *whole)
{
	struct address_list head, tail;
	const char *why, *nl = strchr(text + strlen(text) / 2, '\n');
	size_t line;
	char *first;

	if (nl == NULL)
		return;
	first = fuzz_copy(text, (size_t)(nl - text));
	CLAIM(address_list_read(&head, first, &line, &why) == 0);
	CLAIM(address_list_read(&tail, nl + 1, &line, &why) == 0);
	CLAIM(head.n + tail.n == whole->n);
	address_list_free(&head);
	address_list_free(&tail);
	free(first);
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
	size_t head = nl == NULL ? size : (size_t)(nl - data), line = 0;
	char *one = fuzz_copy(data, head), *text;
	struct address_list list;
	const char *why = NULL;
	struct in6_addr ip;
	int known;

	if ((known = address_parse(one, &ip)) == 0)
		spellings(&ip);
	free(one);
	if (nl == NULL)
		return 0;
	text = fuzz_copy(nl + 1, size - head - 1);
	if (address_list_read(&list, text, &line, &why) == 0) {
		entries(&list);
		if (known == 0)
			admits(&list, &ip);
		cut(text, &list);
	} else {
		CLAIM(list.n == 0 && why != NULL && line >= 1);
	}
	address_list_free(&list);
	free(text);
	return 0;
}
