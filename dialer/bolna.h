/*
 * Bolna's API: requests made and answers read.  Contract: Bolna's pages "Make
 * call", "Get Execution" and "Get all agent executions".  What an answer
 * proves about the call is decided here and nowhere else.
 */
#ifndef BOLNA_H
#define BOLNA_H

#include <stddef.h>
#include <stdint.h>

#include "http.h"
#include "verdict.h"

struct json_object;

/* The key of user_data under which our token travels. */
#define BOLNA_TOKEN_KEY	"callsheet_attempt"

struct bolna_call {
	const char	*agent_id;
	const char	*phone;
	const char	*from_number;	/* or NULL */
	const char	*name;
	const char	*timezone;
	const char	*token;
	const char	*variables;	/* JSON object as text */
};

/* The answers.  say is a sentence for people. */
enum bolna_refusal {
	BOLNA_NONE,
	BOLNA_CALL,		/* this call: number, data */
	BOLNA_KEY,		/* key, agent: every call of the account */
	BOLNA_RATE		/* too many; later */
};

/* Fill a request; url and body are owned by the request's owner and released
 * with bolna_free. */
void	 bolna_place(struct http_request *, const char *api, const char *key,
	    const struct bolna_call *);
void	 bolna_get(struct http_request *, const char *api, const char *key,
	    const char *execution);
/* One page of an agent's executions created in from <= t < to. */
void	 bolna_list(struct http_request *, const char *api, const char *key,
	    const char *agent_id, int64_t from, int64_t to, int page);
/* Drop a call that is still queued. */
void	 bolna_stop(struct http_request *, const char *api, const char *key,
	    const char *execution);
/* Whose key it is, and the wallet. */
void	 bolna_me(struct http_request *, const char *api, const char *key);
/* All agents of the account; one of them; and where it sends its webhooks. */
void	 bolna_agents(struct http_request *, const char *api, const char *key);
void	 bolna_agent(struct http_request *, const char *api, const char *key,
	    const char *agent_id);
void	 bolna_hook(struct http_request *, const char *api, const char *key,
	    const char *agent_id, const char *webhook_url);
void	 bolna_free(struct http_request *);

/* What the answer to POST /call proves: OK with the execution's id, TEMPFAIL
 * when surely not placed and worth another try, PERMFAIL when refused, UNKNOWN
 * when it may have been placed. */
enum verdict bolna_placed(const struct http_request *, char *execution,
	    size_t size, enum bolna_refusal *, char *say, size_t saysz);

/* The parsed answer to GET, NULL with a refusal and a sentence otherwise;
 * *gone is set when Bolna knows no such thing. */
struct json_object *bolna_answer(const struct http_request *, int *gone,
	    enum bolna_refusal *, char *say, size_t saysz);

#endif
