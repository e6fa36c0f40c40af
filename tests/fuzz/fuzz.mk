# The fuzz targets, linked with libFuzzer from what clang has built under the
# sanitizers; a target can put its own network in the place of ours.  Called by
# the Makefile, whose rules it uses.

.DEFAULT_GOAL = fuzz-build
include Makefile

$B/tests/fuzz/%.o: override CFLAGS += -Ilib -Ifcgi -Idialer

$B/tests/fuzz/%: $B/tests/fuzz/%.o $B/libtested.a
	$(CC) $(CFLAGS) -fsanitize=fuzzer $(LINK) -o $@ $^ $(LIBS) $(LDCURL) \
	    -lm -lpthread

fuzz-build: $(patsubst %.c,$B/%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: fuzz-build
