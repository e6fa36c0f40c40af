# callsheet.  "make help" lists the targets.

# Below your home it is yours alone: make install PREFIX=$HOME/.local
PREFIX     = /usr/local
OWN       := $(if $(HOME),$(filter $(HOME)/%,$(PREFIX)))
SYSCONFDIR = $(if $(OWN),$(HOME)/.config,/etc)
CONFDIR    = $(SYSCONFDIR)/callsheet
STATEDIR   = $(if $(OWN),$(HOME)/.local/state,/var/lib)/callsheet
SOCKET     = $(if $(OWN),$(HOME)/.callsheet,/run/callsheet)/webhook.sock
LOGDIR     = /var/log/nginx
DESTDIR    =
PYTHON     = /usr/bin/python3
B          = build

CFLAGS  = -O2 -g
WARN    = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
          -Wformat=2 -Wvla -Wpointer-arith -Wwrite-strings -Wundef -Werror
# What this compiler can do for this processor, of what hardens a program.
CAN    := $(shell for f in -fstack-clash-protection -fcf-protection; do \
    echo 'int main(void) { return 0; }' | $(CC) -Werror $$f -x c -o /dev/null \
    - 2>/dev/null && echo $$f; done)
HARDEN  = -fstack-protector-strong $(CAN) -fPIE $(FORTIFY)
# As it ships: it needs an optimizer, and sanitizers look for themselves.
FORTIFY := $(if $(filter -O2 -O3,$(CFLAGS)),-U_FORTIFY_SOURCE \
    -D_FORTIFY_SOURCE=2)
override CFLAGS += -std=gnu11 -D_GNU_SOURCE $(WARN) $(HARDEN) -MMD -MP -I$B
FLAGS  := $(CC) $(CFLAGS)
LINK    = -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
PKGS    = sqlite3 json-c inih libmd
LIBS    = $(shell pkg-config --libs $(PKGS))
LDCURL  = $(shell pkg-config --libs libcurl libcrypto)

QUERIES = $(sort $(wildcard sql/query/*.sql))
# sql/upgrade/2.sql leads from version 1 of the database to version 2, ...
UPGRADES = $(shell ls -v sql/upgrade/*.sql 2>/dev/null)
# Each a file of sql/, or a folder.
TEXTS   = schema policy rules outcomes places view
text    = $(sort $(wildcard sql/$(1).sql sql/$(1)/*.sql))
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

# All that is not a program's main: of this a test takes what it needs.
$B/libtested.a: $(call obj,$(filter-out %/main.c,$(FCGI) $(DIALER) $(LIB))) \
    $B/sql.o
	@rm -f $@
	ar rcs $@ $^

$B/tests/unit/%: $B/tests/unit/%.o $B/libtested.a
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS) $(LDCURL) \
	    -lfcgi -lpthread

$B/lib/%.o:        override CFLAGS += -Ilib
$B/fcgi/%.o:       override CFLAGS += -Ilib
$B/dialer/%.o:     override CFLAGS += -Ilib
$B/tests/unit/%.o: override CFLAGS += -Ilib -Idialer -Ifcgi

$B/%.o: %.c $B/flags | $B/sql.h $B/paths.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$B/sql.o: $B/sql.c $B/sql.h
	$(CC) $(CFLAGS) -c -o $@ $<

# Another compiler, or other flags, and all is compiled again.
$B/flags: now
	@mkdir -p $B
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@

# Where it will be installed; touched only when that is another place.
define PATHS
#define CONF_DIR  "$(CONFDIR)"
#define STATE_DIR "$(STATEDIR)"
#define SHARE_DIR "$(PREFIX)/share/callsheet"
#define BIN_DIR   "$(PREFIX)/bin"
#define SOCKET    "$(SOCKET)"
#define OWN_HOME  $(if $(OWN),1,0)
endef
export PATHS
$B/paths.h: now
	@pkg-config --exists $(PKGS) libcurl libcrypto && command -v $(firstword \
	    $(CC)) > /dev/null || \
	    { echo 'make: what a build needs is missing: make build-deps' >&2; \
	    exit 1; }
	@mkdir -p $B
	@echo "$$PATHS" | cmp -s - $@ || echo "$$PATHS" > $@

# sql/query/lead_due.sql becomes SQL_LEAD_DUE: the file names are the list.  Only
# when that is another one is all compiled again.
QUOTE = sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/'
NAME  = $$(basename $$q .sql)
$B/sql.h: $B/sql.names
	@cmp -s $< $@ || cp $< $@
$B/sql.names: $(QUERIES) Makefile
	@mkdir -p $B
	@{ echo '#ifndef SQL_H'; echo '#define SQL_H'; echo 'enum sql {'; \
	for q in $(QUERIES); do echo "SQL_$(NAME)," | tr a-z A-Z; done; \
	echo 'SQL__MAX };'; \
	echo 'extern const char *const sql_text[], *const sql_name[],'; \
	echo '    *const sql_upgrade[];'; \
	echo 'extern const int sql_upgrades;'; \
	echo 'extern const char sql_build[];'; \
	for f in $(TEXTS); do echo "extern const char sql_$$f[];"; done; \
	echo '#endif'; } > $@
$B/sql.c: $(QUERIES) $(UPGRADES) $(foreach t,$(TEXTS),$(call text,$t)) Makefile
	@mkdir -p $B
	@{ echo '#include "sql.h"'; echo 'const char *const sql_text[] = {'; \
	for q in $(QUERIES); do $(QUOTE) $$q; echo ','; done; echo '};'; \
	echo 'const char *const sql_name[] = {'; \
	for q in $(QUERIES); do echo "\"$(NAME)\","; done; echo '};'; \
	echo "const char sql_build[] = \"$$(cat $(QUERIES) | sha256sum | \
	    cut -c 1-32)\";"; \
	echo 'const char *const sql_upgrade[] = {'; \
	for q in $(UPGRADES); do $(QUOTE) $$q; echo ','; done; echo '0 };'; \
	echo 'const int sql_upgrades = $(words $(UPGRADES));'; \
	$(foreach t,$(TEXTS),echo 'const char sql_$t[] ='; \
	$(QUOTE) $(call text,$t); echo ';';) \
	} > $@

# "callsheet init" writes the list that is kept in nginx/.
$B/addresses.h: nginx/bolna-addresses Makefile
	@mkdir -p $B
	@{ echo 'static const char addresses[] ='; $(QUOTE) $<; echo ';'; } > $@
$B/dialer/init.o: $B/addresses.h

# dialer/prompt/call.txt becomes call_text, call.json becomes call_json.
PROMPTS = $(sort $(wildcard dialer/prompt/*))
$B/prompts.h: $(PROMPTS) Makefile
	@mkdir -p $B
	@{ for f in $(PROMPTS); do \
	echo "static const char $$(basename $$f | sed -e 's/txt/text/' -e 's/[.]/_/')[] ="; \
	$(QUOTE) $$f; echo ';'; done; } > $@
$B/dialer/prompt.o: $B/prompts.h

# --- what a fresh Debian machine lacks; needs root only when something is ---
PACKAGES = gcc clang libclang-rt-14-dev make pkg-config libc6-dev libfcgi-dev libjson-c-dev \
    libsqlite3-dev libcurl4-openssl-dev libssl-dev libinih-dev libmd-dev \
    libcmocka-dev nginx-light spawn-fcgi sqlite3 tzdata openssl strace \
    faketime mandoc python3 python3-pytest python3-hypothesis \
    python3-googleapi python3-google-auth chromium chromium-driver \
    python3-selenium
BENCHES  = wrk gnuplot-nox python3-flask gunicorn

# What only tests need, and whoever wants to see a demo should not wait for.
TESTERS  = clang libclang-rt-14-dev libcmocka-dev strace faketime mandoc \
    python3-% chromium chromium-driver

# What only a build needs.
BUILDERS = $(filter-out $(TESTERS),$(filter gcc pkg-config %-dev,$(PACKAGES)))

deps:
	@tests/deps.sh $(PACKAGES)

build-deps:
	@tests/deps.sh $(BUILDERS)

# --- trying and testing ---
SYSTEM = $(sort $(wildcard tests/system/test_*.py))
UNITS  = $(UNIT:%.c=$B/%)

# As many compilers as processors, unless make was told how many.
ALLCORES = $(if $(filter -j%,$(MAKEFLAGS)),,-j$$(nproc))

demo:
	@tests/deps.sh $(filter-out $(TESTERS),$(PACKAGES))
	@test -x $B/callsheet || echo 'building the two programs'
	@$(MAKE) -s $(ALLCORES) all
	@$(PYTHON) -B tests/demo.py $(if $(KEEP),--keep)

# All of it with counters for coverage; what looks at system calls and memory,
# and the whole loop, as it ships; the heart of it, and the fuzz targets, by
# clang under the sanitizers, and what has threads under the one for threads.
COV    = --coverage -fprofile-update=atomic
SHIPS  = $(addprefix tests/system/test_,crash_sweep_dialer.py \
    crash_sweep_receiver.py alloc.py alloc_dial.py hardened.py units.py)
ASAN   = -fsanitize=address,undefined -fno-sanitize-recover=all
BYCLANG = B=$B/asan CC=clang LDFLAGS='$(ASAN)' \
    CFLAGS='-O1 -g1 -fsanitize=fuzzer-no-link $(ASAN)'
AGAIN  = loop receiver_bodies
TSAN   = -fsanitize=thread
RACES  = tests/system/test_races.py
check: deps
	@$(MAKE) -s $(ALLCORES) all check-cov-build check-tsan-build \
	    check-asan-build
	@$(MAKE) -s $(ALLCORES) check-fuzz-build
	@find $B/cov -name '*.gcda' -delete
	@$(PYTHON) -B tests/check.py --coverage $B/cov $(FUZZS) \
	    $(filter-out $(RACES) $(SHIPS),$(SYSTEM)) $(UNIT:%.c=$B/cov/%) \
	    --also $B $(SHIPS) tests/system/test_loop.py \
	    --also $B/asan $(UNIT:%.c=$B/asan/%) \
	    $(wildcard $(AGAIN:%=tests/system/test_%.py)) \
	    --also $B/tsan $(RACES)

check-build: all $(UNITS)
check-cov-build:
	@$(MAKE) -s B=$B/cov CFLAGS='-O1 $(COV)' LDFLAGS='$(COV)' check-build
check-asan-build:
	@$(MAKE) -s $(BYCLANG) check-build
check-tsan-build: all
	@$(MAKE) -s B=$B/tsan CFLAGS='-O1 -g1 $(TSAN)' LDFLAGS='$(TSAN)' \
	    $B/tsan/callsheet-webhook
	@ln -sf $(abspath $B)/callsheet $B/tsan/callsheet

# Slow, so not a part of check: all that runs our programs, under the sanitizers.
ALIEN  = $(addprefix tests/system/test_,deb.py install.py upgrade.py) \
    $(wildcard tests/system/test_sim_*.py)
sanitize: deps
	@$(MAKE) -s $(ALLCORES) check-asan-build
	@$(PYTHON) -B tests/check.py --also $B/asan \
	    $(filter-out $(ALIEN) $(RACES) $(SHIPS),$(SYSTEM))

valgrind: deps
	@tests/deps.sh valgrind
	@$(MAKE) -s all
	@CALLSHEET_BUILD=$(abspath $B) $(PYTHON) -B tests/valgrind.py

# For an hour: make fuzz FUZZ_SECONDS=3600.  What it finds is in $B/found.
FUZZ_SECONDS = 60
FUZZS  = $(patsubst %.c,$B/asan/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

fuzz: deps
	@$(MAKE) -s check-fuzz-build
	@$(PYTHON) -B tests/fuzz/fuzz.py --seconds $(FUZZ_SECONDS) \
	    --found $B/found $(FUZZS)

check-fuzz-build:
	@$(MAKE) -s -f tests/fuzz/fuzz.mk $(BYCLANG)

lint: deps
	@$(PYTHON) -B tests/lint.py

bench: deps
	@tests/deps.sh $(BENCHES)
	@$(MAKE) -s all
	@$(MAKE) -s -f tests/bench/bench.mk B=$B

# Half an hour of traffic, kills and restarts; SOAK_MINUTES=1 to try it out,
# SOAK="--sheet google --seed 2" for what soak.py takes besides.
SOAK_MINUTES = 30
soak: deps
	@$(MAKE) -s all
	@$(MAKE) -s -f tests/soak/soak.mk B=$B

# --- installing ---
bindir  = $(DESTDIR)$(PREFIX)/bin
sharedir = $(DESTDIR)$(PREFIX)/share/callsheet
mandir  = $(DESTDIR)$(PREFIX)/share/man
bashdir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
MANUALS = dialer/callsheet.1 lib/callsheet.conf.5 lib/callsheet.7 \
          fcgi/callsheet-webhook.8
# The units are for a user of the system's; in a home cron does it.
CRON    = cron/callsheet.crontab \
          $(if $(OWN),,$(wildcard cron/*.service cron/*.socket cron/*.timer))

WWW     = $(PREFIX)/share/callsheet/www
SUBST = sed -e 's,@SOCKET@,$(SOCKET),g' -e 's,@LOGDIR@,$(LOGDIR),g' \
    -e 's,@WWW@,$(WWW),g'
# In cron/ and the manuals stand the usual places: say the true ones.
HERE  = sed -e 's,/usr/local/,$(PREFIX)/,g' -e 's,/etc/callsheet,$(CONFDIR),g' \
    -e 's,/var/lib/callsheet,$(STATEDIR),g' \
    -e 's,/run/callsheet/webhook,$(SOCKET:.sock=),g' \
    $(if $(OWN),-e 's/-M 0660/-M 0666/')

# A pass that cron begins meanwhile finds the old program or the new one.
install: all nginx-files
	install -d $(bindir) $(sharedir)/nginx $(sharedir)/cron $(sharedir)/www
	for p in $(notdir $(PROGRAMS)); do \
	    install $B/$$p $(bindir)/.$$p.new && \
	    mv -f $(bindir)/.$$p.new $(bindir)/$$p || exit 1; done
	install -m 644 $B/nginx/* nginx/callsheet-http.conf \
	    nginx/bolna-addresses $(sharedir)/nginx
	install -m 644 nginx/www/* $(sharedir)/www
	@mkdir -p $B/here
	for f in $(CRON) $(MANUALS); do \
	    $(HERE) $$f > $B/here/$${f##*/} || exit 1; done
	install -m 644 $(CRON:cron/%=$B/here/%) $(sharedir)/cron
	install -D -m 644 dialer/callsheet.bash $(bashdir)/callsheet
	for m in $(notdir $(MANUALS)); do install -D -m 644 \
	    $B/here/$$m $(mandir)/man$${m##*.}/$$m || exit 1; done
	$(if $(OWN),install -d -m 711 $(DESTDIR)$(dir $(SOCKET)))
	@$(if $(DESTDIR),,echo 'Next: $(if $(OWN),$(PREFIX)/bin/)callsheet init$(if \
	    $(OWN),,, as the user who calls)')

# The address list in nginx's words; run again after changing it.
nginx-files:
	@mkdir -p $B/nginx
	@$(SUBST) nginx/callsheet.conf.in | sed '/^# ==== /,$$d' \
	    > $B/nginx/callsheet.conf
	@$(SUBST) nginx/callsheet.conf.in | sed -n '/^# ==== /,$$p' \
	    > $B/nginx/callsheet-fastcgi.conf
	@$(SUBST) nginx/console.conf.in > $B/nginx/callsheet-console.conf
	@$(SUBST) nginx/alone.conf.in > $B/nginx/alone.conf
	@sed -e 's/#.*//' -e '/[^ ]/!d' -e 's/ *$$//' \
	    -e 's/.*/allow &;/' nginx/bolna-addresses \
	    > $B/nginx/callsheet-allow.conf
	@sed -e 's/#.*//' -e '/[^ ]/!d' -e 's/ *$$//' \
	    -e 's/.*/& "";/' nginx/bolna-addresses \
	    > $B/nginx/callsheet-geo.conf

uninstall:
	rm -f $(bindir)/callsheet $(bindir)/callsheet-webhook
	rm -rf $(addprefix $(sharedir)/,nginx cron www)
	rmdir $(sharedir) 2>/dev/null || true
	rm -f $(bashdir)/callsheet
	for m in $(notdir $(MANUALS)); do rm -f $(mandir)/man$${m##*.}/$$m; done
	@echo 'Settings and data stay, they are yours: $(CONFDIR), $(STATEDIR)'
	@echo 'So do crontab entries, units of systemd and lines of nginx' \
	    'that you put in place.'

# A package for Debian, in $B/deb: built from a copy, since a build of a
# package leaves files among the sources.
DEBTOOLS = debhelper dpkg-dev lintian
# Whoever publishes a package writes a true address into debian/.
LINTIAN  = lintian --fail-on error,warning --suppress-tags \
           bogus-mail-host,bogus-mail-host-in-debian-changelog
deb:
	@tests/deps.sh $(BUILDERS) $(DEBTOOLS)
	@rm -rf $B/deb
	@mkdir -p $B/deb/callsheet
	@cp -r Makefile cron debian dialer fcgi lib nginx sql $B/deb/callsheet
	cd $B/deb/callsheet && env -u MAKEFLAGS -u MAKEOVERRIDES \
	    dpkg-buildpackage -b -uc -us -d -Jauto
	@rm -rf $B/deb/callsheet
	$(LINTIAN) $B/deb/*.changes
	@ls $B/deb/*.deb

help:
	@sed -n 's/^\([a-z-]*\):.*/\1/p' Makefile

clean:
	rm -rf $B

.PHONY: all deps build-deps demo check check-build check-cov-build check-asan-build \
    check-tsan-build check-fuzz-build fuzz sanitize valgrind lint bench soak install nginx-files \
    uninstall deb now help clean
-include $(shell find $B -name '*.d' 2>/dev/null)
