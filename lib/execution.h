/*
 * One Bolna execution as one body tells it: webhook, GET /executions/{id} and
 * the elements of a listing all have this shape (Bolna: "Get Execution").  Only
 * the decoding is here; what it means for a call is in event.h.
 */
#ifndef EXECUTION_H
#define EXECUTION_H

#include <stdint.h>

struct json_object;

#define EXECUTION_ID_SIZE 128

enum execution_kind {
	EXECUTION_CALL,			/* has an id: an execution */
	EXECUTION_BATCH,		/* batch_id without id: about a batch */
	EXECUTION_NONE			/* neither */
};

struct execution {
	enum execution_kind kind;
	char	 id[EXECUTION_ID_SIZE];	/* of the execution, or of the batch */
	char	 agent[EXECUTION_ID_SIZE];
	char	 status[40];	/* lower case, "_" as "-"; "" when absent */
	char	 phone[40];	/* the person's, as sent; "" when absent */
	char	 token[64];	/* ours, echoed from user_data; "" if none */
	int64_t	 updated_at;	/* epoch milliseconds UTC, 0 unknown */
	int64_t	 created_at;
	double	 talk_secs;	/* conversation, < 0 unknown */
	double	 line_secs;	/* telephony_data.duration, < 0 unknown */
	double	 cost_cents;	/* < 0 unknown */
	long	 retry_count;	/* Bolna's own auto-retry, else 0 */
	int	 voicemail;	/* 1, 0, or -1 unknown */
	char	 hangup_by[40];
	char	 hangup_code[40];
	char	*hangup_reason;	/* these are owned, NULL when absent or "" */
	char	*error;
	char	*transcript;
	char	*summary;
	char	*recording;	/* URL, http(s) only */
	char	*extraction;	/* JSON text, normalised */
	char	*smart_status;
};

/* Fill ex from a parsed body, looking inside "execution" and "data" when the
 * id is not at the top level.  What is absent or unreadable stays unknown: 0,
 * or -1 when there is no memory for what is there.  Release with
 * execution_clear. */
int	 execution_decode(struct json_object *, struct execution *ex);
void	 execution_clear(struct execution *);

/* Epoch milliseconds of "2026-03-04T21:40:05.284193+00:00", the same with "Z",
 * "+0530" or no zone (which means UTC), of a blank instead of the "T", or of
 * an epoch number in seconds or milliseconds; 0 when unreadable. */
int64_t	 execution_time(const char *);

#endif
