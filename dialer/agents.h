/*
 * Where Bolna's agents send their webhooks.
 */
#ifndef AGENTS_H
#define AGENTS_H

#include <stddef.h>

struct conf;
struct public;
struct http;

enum agent_hook {
	AGENT_RIGHT,		/* it is ours */
	AGENT_WRONG,		/* none, another, or one that cannot work */
	AGENT_UNSEEN		/* Bolna did not answer or does not show it */
};

/* Ask for the webhook address of an agent and compare it with ours; say is a
 * sentence for people. */
enum agent_hook	 agent_check(struct http *, const struct conf *,
		    const char *key, const char *agent_id,
		    const struct public *, char *say, size_t size);

#endif
