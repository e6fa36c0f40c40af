/*
 * What a model is told: the text of a prompt file, with variables.
 */
#ifndef PROMPT_H
#define PROMPT_H

#include <stddef.h>

enum prompt_kind { PROMPT_CALL, PROMPT_HISTORY, PROMPT_KINDS };

/* Built in, for each kind: the text that counts when no file is named, and
 * the JSON schema of the reply. */
extern const char *const prompt_default[PROMPT_KINDS];
extern const char *const prompt_schema[PROMPT_KINDS];

struct prompt {
	char	*instructions;	/* before the line "---" */
	char	*message;	/* after it */
};

struct prompt_value {
	const char	*name;	/* of the variable; NULL: the end of a list */
	const char	*text;	/* NULL: nothing */
};

/* Take a prompt apart: 0, or -1 with the reason.  What somebody said may only
 * stand in the message. */
int	 prompt_read(struct prompt *, enum prompt_kind, const char *text,
	    char *why, size_t whysz);
void	 prompt_clear(struct prompt *);

/* The text with its variables filled in.  Each line of what was said begins
 * with "> ", so that nothing in it can pass for another part.  Caller
 * frees. */
char	*prompt_fill(const char *text, const struct prompt_value *);

#endif
