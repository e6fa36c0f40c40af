/*
 * What conf.c and conf_keys.c share: which keys there are.
 */
#ifndef CONF_INT_H
#define CONF_INT_H

#include <stddef.h>

enum type { TEXT, SECRET, NUMBER, YESNO };
enum where { MAIN, WEBHOOK, ACCOUNT, CAMPAIGN };

struct key {
	enum where	 where;
	const char	*name;
	enum type	 type;
	size_t		 offset;	/* in the struct of its section */
	const char	*fallback;	/* NULL: none */
	int		 required;
	long		 min, max;
};

#define CONF_MAX_KEYS	64

extern const struct key conf_keys[];
extern const size_t conf_nkeys;

#endif
