/*
 * The list of addresses that webhooks may come from, compared as bits and
 * never as text.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>

struct address {			/* IPv4 is kept IPv4-mapped */
	struct in6_addr	 ip;
	unsigned int	 prefix;	/* 0-128 */
};

struct address_list {
	struct address	*entries;
	size_t		 n;
};

/* Strictly one address without prefix, zone or blanks; IPv4-mapped IPv6 is
 * the IPv4 it maps.  0, or -1. */
int	 address_parse(const char *, struct in6_addr *);

/* Read "address" or "address/prefix" entries, one a line or separated by
 * blanks or commas; "#" starts a comment.  0, or -1 with line and a constant
 * phrase: a list with one bad entry is refused as a whole. */
int	 address_list_read(struct address_list *, const char *text,
	    size_t *line, const char **why);
void	 address_list_free(struct address_list *);

int	 address_list_has(const struct address_list *, const struct in6_addr *);
int	 address_is_loopback(const struct in6_addr *);

#endif
