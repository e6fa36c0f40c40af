/*
 * What claiming costs: claim_due alone, without sheet and telephone.
 *
 * usage: claim CONF; claims what is due, at most calls_per_pass of the first
 * campaign, and prints how many and the microseconds of CPU and of wall clock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "dialer.h"
#include "log.h"

static double
micros(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

int
main(int argc, char **argv)
{
	struct conf *conf;
	struct dialer *d;
	double cpu, wall;
	int status;
	long n;

	if (argc != 2)
		fatalx(EX_USAGE, "usage: claim CONF");
	if ((conf = conf_read(argv[1], NULL, 0)) == NULL ||
	    (d = dialer_open(conf, &status)) == NULL || zones_all(d) == -1)
		return EX_CONFIG;
	d->campaigns[0].usable = 1;	/* as if its sheet had been read */
	cpu = micros(CLOCK_PROCESS_CPUTIME_ID);
	wall = micros(CLOCK_MONOTONIC);
	n = claim_due(d, &d->campaigns[0]);
	printf("%ld %.0f %.0f\n", n, micros(CLOCK_PROCESS_CPUTIME_ID) - cpu,
	    micros(CLOCK_MONOTONIC) - wall);
	dialer_close(d);
	conf_free(conf);
	return EXIT_SUCCESS;
}
