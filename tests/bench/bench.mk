# make bench: the figures of README and their picture.  Called by the Makefile,
# whose rules it uses; "make -f tests/bench/bench.mk ONLY=ingest" runs a part:
# ingest, million, import, latency or pages.

.DEFAULT_GOAL = bench-run
include Makefile

NOSTORE = $(call obj,tests/bench/nostore.c fcgi/server.c)
NOWRITER = $(call obj,tests/bench/nowriter.c $(filter-out %/writer.c,$(FCGI)))
CLAIM   = $(call obj,tests/bench/claim.c $(filter-out %/main.c,$(DIALER)))
BENCH   = $(addprefix $B/tests/bench/,nostore nowriter claim cost slowsync.so)

$B/tests/bench/%.o: override CFLAGS += -Ilib -Ifcgi -Idialer

$B/tests/bench/nostore: $(NOSTORE) $B/libcallsheet.a
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS) -lfcgi -lpthread

$B/tests/bench/nowriter: $(NOWRITER) $B/libcallsheet.a
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS) -lfcgi -lpthread

$B/tests/bench/claim: $(CLAIM) $B/libcallsheet.a
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS) $(LDCURL)

$B/tests/bench/cost: $B/tests/bench/cost.o
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^

$B/tests/bench/slowsync.so: tests/bench/slowsync.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -fPIC -shared $(LDFLAGS) -o $@ $<

bench-run: $(PROGRAMS) $(BENCH)
	@CALLSHEET_BUILD=$(abspath $B) $(PYTHON) -B tests/bench/bench.py $(ONLY)

.PHONY: bench-run
