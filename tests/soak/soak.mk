# make soak: called by the Makefile, whose rules it uses.

.DEFAULT_GOAL = soak-run
include Makefile

LOAD = $B/tests/soak/load

$B/tests/soak/load: $B/tests/soak/load.o
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lpthread

soak-run: $(PROGRAMS) $(LOAD)
	@$(PYTHON) -B tests/soak/soak.py --build $B \
	    --minutes $(SOAK_MINUTES) $(SOAK)

.PHONY: soak-run
