/*
 * What the files of conf.h share: which keys there are, and how a file that is
 * closed is said.
 */
#ifndef CONF_INT_H
#define CONF_INT_H

#include <stddef.h>

enum type { TEXT, SECRET, NUMBER, YESNO, MONEY };
enum where { MAIN, WEBHOOK, ACCOUNT, CAMPAIGN, COUNTRY };

struct conf;

struct key {
	enum where	 where;
	const char	*name;
	enum type	 type;
	size_t		 offset;	/* in the struct of its section */
	const char	*fallback;	/* NULL: none */
	int		 required;
	long		 min, max;
};

extern const struct key conf_keys[];
extern const size_t conf_nkeys;

/* [KIND NAME]: as many as one likes. */
struct kind {
	const char	*word;		/* with the blank */
	enum where	 where;
	size_t		 size, list, count;	/* in struct conf */
};

extern const struct kind conf_kinds[];
extern const size_t conf_nkinds;

struct named {			/* how the struct of each of them begins */
	char	*name;
	int	 line;
};

size_t		*conf_kind_count(const struct kind *, const struct conf *);
struct named	*conf_kind_item(const struct kind *, const struct conf *,
		    size_t);

/* errno is EACCES: who may read the file, and what to do (conf_file.c). */
void		 conf_say_closed(const char *path);

#define CONF_MAX_LINE	190		/* inih's buffer holds 200 */

#endif
