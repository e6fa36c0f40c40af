# callsheet.  "make help" lists the targets.

PREFIX     = /usr/local
SYSCONFDIR = /etc/callsheet
STATEDIR   = /var/lib/callsheet
DESTDIR    =
PYTHON     = /usr/bin/python3
B          = build

CFLAGS  = -O2 -g
WARN    = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
          -Wformat=2 -Wvla -Wpointer-arith -Wwrite-strings -Wundef -Werror
HARDEN  = -fstack-protector-strong -fPIE
override CFLAGS += -std=gnu11 -D_GNU_SOURCE $(WARN) $(HARDEN) -MMD -MP -I$B
LINK    = -pie -Wl,-z,relro,-z,now -Wl,--as-needed
LIBS    = $(shell pkg-config --libs sqlite3 json-c inih libmd)
LDCURL  = $(shell pkg-config --libs libcurl libcrypto)

QUERIES = $(sort $(wildcard sql/query/*.sql))
LIB     = $(sort $(wildcard lib/*.c))
FCGI    = $(sort $(wildcard fcgi/*.c))
DIALER  = $(sort $(wildcard dialer/*.c))
UNIT    = $(sort $(wildcard tests/unit/test_*.c))

PROGRAMS = $B/callsheet-webhook $B/callsheet

all: $(PROGRAMS)

obj = $(patsubst %.c,$B/%.o,$(1))

$B/libcallsheet.a: $(call obj,$(LIB)) $B/sql.o
	@rm -f $@
	ar rcs $@ $^

$B/callsheet-webhook: $(call obj,$(FCGI)) $B/libcallsheet.a
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS) -lfcgi -lpthread

$B/callsheet: $(call obj,$(DIALER)) $B/libcallsheet.a
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS) $(LDCURL)

# A unit test is linked with all that is not a program's main.
$B/tests/unit/%: $B/tests/unit/%.o $(call obj,$(filter-out %/main.c,$(FCGI) \
    $(DIALER))) $B/libcallsheet.a
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS) $(LDCURL) \
	    -lfcgi -lpthread

$B/lib/%.o:        override CFLAGS += -Ilib
$B/fcgi/%.o:       override CFLAGS += -Ilib
$B/dialer/%.o:     override CFLAGS += -Ilib
$B/tests/unit/%.o: override CFLAGS += -Ilib -Idialer -Ifcgi

$B/%.o: %.c | $B/sql.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$B/sql.o: $B/sql.c $B/sql.h
	$(CC) $(CFLAGS) -c -o $@ $<

# sql/query/lead_due.sql becomes SQL_LEAD_DUE: the file names are the list.
QUOTE = sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/'
NAME  = $$(basename $$q .sql)
$B/sql.h: $(QUERIES) Makefile
	@mkdir -p $B
	@{ echo '#ifndef SQL_H'; echo '#define SQL_H'; echo 'enum sql {'; \
	for q in $(QUERIES); do echo "SQL_$(NAME)," | tr a-z A-Z; done; \
	echo 'SQL__MAX };'; \
	echo 'extern const char *const sql_text[], *const sql_name[];'; \
	echo 'extern const char sql_schema[], sql_policy[], sql_view[];'; \
	echo '#endif'; } > $@
$B/sql.c: $(QUERIES) sql/schema.sql sql/policy.sql sql/view.sql Makefile
	@mkdir -p $B
	@{ echo '#include "sql.h"'; echo 'const char *const sql_text[] = {'; \
	for q in $(QUERIES); do $(QUOTE) $$q; echo ','; done; echo '};'; \
	echo 'const char *const sql_name[] = {'; \
	for q in $(QUERIES); do echo "\"$(NAME)\","; done; echo '};'; \
	for f in schema policy view; do \
	echo "const char sql_$$f[] ="; $(QUOTE) sql/$$f.sql; echo ';'; done; \
	} > $@

# "callsheet init" writes the list that is kept in nginx/.
$B/addresses.h: nginx/bolna-addresses Makefile
	@mkdir -p $B
	@{ echo 'static const char addresses[] ='; $(QUOTE) $<; echo ';'; } > $@
$B/dialer/init.o: $B/addresses.h

clean:
	rm -rf $B

.PHONY: all clean
-include $(shell find $B -name '*.d' 2>/dev/null)
