/*
 * OpenAI's Responses API, or any server that speaks it: one question, one
 * answer that fits a JSON schema.  Contract: OpenAI's pages "Create a model
 * response", "Structured outputs" and "Error codes".  What an answer is worth
 * is decided here and nowhere else.
 */
#ifndef OPENAI_H
#define OPENAI_H

#include <stddef.h>
#include <stdint.h>

#include "http.h"

struct http;
struct json_object;

struct openai_question {
	const char	*api;
	const char	*key;
	const char	*model;
	const char	*prompt_id;	/* a stored prompt; NULL: none */
	const char	*instructions;	/* without one: these */
	const char	*message;	/* data, by strangers */
	const char	*name;		/* of the schema */
	const char	*schema;	/* JSON */
	long		 max_tokens;	/* of the answer */
};

enum openai_end {
	OPENAI_OK,
	OPENAI_REFUSED,		/* the model will not */
	OPENAI_FILTERED,	/* ended by the server's filter of contents */
	OPENAI_CUT,		/* max_tokens did not do */
	OPENAI_INVALID,		/* no answer of the API's, or against the
				   schema */
	OPENAI_BUSY,		/* later: rate, fault of the server, network */
	OPENAI_QUOTA,		/* no money: not before somebody has paid */
	OPENAI_KEY,		/* key or model: not before they are changed */
	OPENAI_PROMPT,		/* the stored prompt is not to be had */
	OPENAI_BAD		/* this request: never */
};

struct openai_answer {
	enum openai_end		 end;
	struct json_object	*value;		/* OPENAI_OK: it fits */
	int64_t			 input_tokens;	/* 0: not said */
	int64_t			 output_tokens;
	char			 id[80];	/* the server's, "" */
	char			 say[240];	/* what is wrong, for people */
	char			*words;		/* the model's, of a refusal;
						   not for a log */
	long			 retry_after;	/* seconds, -1: not said */
};

/* Fill a request; released with openai_free. */
void	 openai_ask(struct http_request *, const struct openai_question *);
void	 openai_free(struct http_request *);

/* What the answer is worth; cleared with openai_clear. */
void	 openai_read(const struct http_request *,
	    const struct openai_question *, struct openai_answer *);
void	 openai_clear(struct openai_answer *);

/* openai_look.c: are address, key and model right?  Costs nothing; say is for
 * people, with the cure. */
enum openai_look {
	OPENAI_THERE,
	OPENAI_WRONG,
	OPENAI_UNSEEN		/* the server does not tell */
};
enum openai_look openai_look(struct http *, const char *api, const char *key,
	    const char *model, char *say, size_t);

/* Does the value fit the schema?  0, or -1 with the reason.  What is merely too
 * long, a text or a list, is cut to size. */
int	 openai_fit(struct json_object *value, struct json_object *schema,
	    char *why, size_t whysz);

#endif
