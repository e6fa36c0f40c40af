/*
 * The memory that the load and soak.py share: what may be sent, what was sent,
 * what was acknowledged.  soak.py (ledger.py) reads the same layout.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdatomic.h>
#include <stdint.h>

#define PHASES	4		/* 0 before, 1 kills, 2 restarts, 3 steady */

enum outcome {
	O_STORED,		/* 200, and it was new */
	O_KNOWN,		/* 200, it had been stored before */
	O_REFUSED,		/* refused, as it deserved */
	O_MISSED,		/* no answer, or "send it again" */
	O_WRONG,		/* any answer that the body did not deserve */
	O_FORGOTTEN,		/* acknowledged before, and now it is new! */
	OUTCOMES
};

struct ledger {
	_Atomic uint64_t stop;
	_Atomic uint64_t phase;
	_Atomic uint64_t limit;	/* bodies that may have been sent by now */
	_Atomic uint64_t next;	/* the first body that was never sent */
	_Atomic uint64_t count[PHASES][OUTCOMES];
	_Atomic uint8_t	 mark[];	/* of each body: SENT, ACKED */
};

#define SENT	1
#define ACKED	2

#endif
