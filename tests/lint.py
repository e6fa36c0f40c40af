"""make lint: the rules of the house that a machine can check.

Each check is a generator of findings, one line each: "file:line: what".  It
yields None for every thing it looked at and found right, so that the last
line can say how much was checked.
"""

import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ("lib", "fcgi", "dialer")
MAX_FILE = 600              # lines of C; the aim is 500
MAX_FUNCTION = 90           # lines; the aim is 60
MAX_OBVIOUS = 3             # lines of a query that need no comment
MAX_WIDTH = 80              # columns of the programs' C
MAX_WIDE = 120              # and of everything else

# One third-party header, one file.  json-c is the language of our data.
OWNER = {"sqlite3.h": "lib/db.c", "curl/curl.h": "dialer/http",
         "openssl/": "dialer/jwt.c", "fcgiapp.h": "fcgi/server.c",
         "ini.h": "lib/conf.c", "sha256.h": "lib/digest.c", "json-c/": None}
SYSTEM = re.compile(
    r"(sys|net|netinet|arpa|linux)/\w+\.h|(assert|ctype|dirent|errno|fcntl"
    r"|float|inttypes|libgen|limits|locale|malloc|math|netdb|poll|pthread"
    r"|pwd|sched|semaphore|signal|spawn|stdarg|stdatomic|stdbool|stddef|stdint|stdio"
    r"|stdlib|string|strings|sysexits|syslog|time|unistd|utime|wchar)\.h")
GENERATED = {"sql.h": "lib", "paths.h": "lib", "addresses.h": "dialer",
             "prompts.h": "dialer"}

# What grows with the work done.  Other tables hold settings, or are bounded.
BIG = {"lead", "attempt", "event", "execution", "delivery", "decision",
       "ledger", "post", "analysis", "contact", "credit", "metered"}
# A partial index is as long as what is live, lost or due just now, never as
# what is stored: reading one from end to end is what a pass is for.
# (lead_present and lead_held hold most of a sheet: they are not here.)
SHORT = {"attempt_open", "attempt_unknown", "lead_due", "execution_confirm",
         "delivery_stuck", "execution_redialled", "post_due", "post_out",
         "analysis_failed"}


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def lines(path):
    return enumerate(text(path).split("\n"), 1)


def tracked():
    """The files of the project, by git or else by looking."""
    done = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], capture_output=True, text=True)
    if done.returncode == 0:
        names = done.stdout.split("\0")
    else:
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*")
                 if not {".git", "build"} & set(p.parts)]
    return sorted({n for n in names if n and (ROOT / n).is_file()})


FILES = tracked()


def files(*suffixes, under=("",)):
    return [f for f in FILES if f.endswith(suffixes)
            and f.startswith(tuple(under))]


def code():
    """The C of both programs; tests may include what they test."""
    return files(".c", ".h", under=[p + "/" for p in PROGRAMS])


# --- C ---

def check_headers():
    """One third-party header, one file, or those of one beginning."""
    for f in code():
        for n, line in lines(f):
            found = re.match(r"#\s*include <(.+)>", line)
            if not found or SYSTEM.fullmatch(found[1]):
                continue
            owner = [o for h, o in OWNER.items() if found[1].startswith(h)]
            if not owner:
                yield f"{f}:{n}: <{found[1]}> is not a library of ours"
            elif not f.startswith(owner[0] or ""):
                yield f"{f}:{n}: <{found[1]}> belongs to {owner[0]} alone"
            else:
                yield None


def check_directions():
    """fcgi -> lib, dialer -> lib, and no other way."""
    for f in code():
        here = f.split("/")[0]
        for n, line in lines(f):
            found = re.match(r'#\s*include "(.+)"', line)
            if not found:
                continue
            place = GENERATED.get(found[1]) or next(
                (p for p in PROGRAMS if (ROOT / p / found[1]).exists()), "?")
            if place in ("lib", here):
                yield None
            else:
                yield f"{f}:{n}: {here}/ must not include {place}/{found[1]}"


def check_sizes():
    """A file is one idea, a function fits on a screen."""
    for f in files(".c", ".h"):
        begin, n = None, 0
        for n, line in lines(f):
            if line == "{":
                begin = n
            elif line == "}" and begin and n - begin > MAX_FUNCTION:
                yield (f"{f}:{begin}: a function of {n - begin} lines, "
                       f"more than {MAX_FUNCTION}")
        if n > MAX_FILE + 1:
            yield f"{f}: {n - 1} lines, more than {MAX_FILE}"
        yield None


def check_style():
    """Blanks, tabs, width, and nothing left for later."""
    later = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
    for f in files(".c", ".h", ".sql", ".py", ".sh", ".lua", ".md", ".mk",
                   ".1", ".5", ".7", ".8", "Makefile", under=("",)):
        is_c = f.endswith((".c", ".h"))
        for n, line in lines(f):
            if line != line.rstrip():
                yield f"{f}:{n}: trailing blank"
            if later.search(line):
                yield f"{f}:{n}: left for later"
            if is_c and re.match(r"\t* {8}| +\t", line):
                yield f"{f}:{n}: indented with blanks"
            width = MAX_WIDTH if f in code() else MAX_WIDE
            if len(line.expandtabs(8)) > width and not f.endswith(".md"):
                yield f"{f}:{n}: wider than {width} columns"
        yield None


def check_clang():
    """The other compiler finds nothing either."""
    if not shutil.which("clang"):
        yield "clang is not installed"
        return
    with tempfile.TemporaryDirectory() as build:
        done = subprocess.run(
            ["make", "-s", "-k", "-j2", f"B={build}", "CC=clang", "CFLAGS=-O0",
             "all"], cwd=ROOT, capture_output=True, text=True)
    found = re.findall(r"^\S+: (?:warning|error): .*", done.stderr, re.M)
    yield from found
    if done.returncode and not found:
        yield f"clang: {done.stderr.strip()[-300:]}"
    yield None


# --- SQL ---

def database():
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    for under in ("sql/schema/", "sql/p", "sql/view/"):
        for f in files(".sql", under=[under]):
            db.executescript(text(f))
    return db


def without_comments(sql):
    return re.sub(r"--[^\n]*", "", sql)


def scans(db, sql):
    """(table, index or table) that is read from end to end.  The byte code
    tells, since the plan names only aliases.  What follows FkIfZero happens
    only after a violated foreign key, which ours never are for a moment."""
    name = {root: (name, table) for root, name, table in db.execute(
        "SELECT rootpage, name, tbl_name FROM sqlite_schema")}
    values = dict.fromkeys(re.findall(r":(\w+)", without_comments(sql)))
    cursor, backwards, resume = {}, set(), 0
    for at, op, p1, p2, p3, *_ in db.execute("EXPLAIN " + sql, values):
        if op == "FkIfZero":
            resume = p2
        if at < resume:
            continue
        if op in ("OpenRead", "ReopenIdx", "OpenWrite") and p3 == 0:
            cursor[p1] = name.get(p2, ("?", "?"))
        elif op in ("OpenEphemeral", "OpenPseudo", "SorterOpen"):
            cursor.pop(p1, None)
        elif op == "Last" and not re.search(r"LIMIT|max\(", sql):
            backwards.add(p1)
        elif p1 in cursor and (op in ("Rewind", "Count") or (
                op == "Prev" and p1 in backwards)):
            yield cursor[p1][1], cursor[p1][0]


def ranges(db, sql):
    """(table, index) of which all is read that is not null: the plan looks
    like a search."""
    owner = dict(db.execute("SELECT name, tbl_name FROM sqlite_schema"
                            " WHERE type = 'index'"))
    values = dict.fromkeys(re.findall(r":(\w+)", without_comments(sql)))
    for *_, step in db.execute("EXPLAIN QUERY PLAN " + sql, values):
        found = re.fullmatch(r"SEARCH \w+ USING (?:COVERING )?INDEX (\w+)"
                             r" \(\w+>\?\)", step)
        if found:
            yield owner[found[1]], found[1]


def check_queries():
    """One statement a file, said what for, used, and cheap."""
    db = database()
    used = "".join(text(f) for f in code())
    for f in files(".sql", under=("sql/query/",)):
        sql = text(f)
        if not re.search(rf"\bSQL_{pathlib.Path(f).stem.upper()}\b", used):
            yield f"{f}: no program asks this"
        if sql.count("\n") > MAX_OBVIOUS and not sql.startswith("-- "):
            yield f"{f}:1: does not begin by saying what it is for"
        if without_comments(sql).strip().count(";") != 1 or \
                not sql.endswith(";\n"):
            yield f"{f}: want one statement that ends with ;"
        try:
            found = sorted({*scans(db, sql), *ranges(db, sql)})
        except sqlite3.Error as error:
            yield f"{f}: {error}"
            continue
        said = re.search(r"^-- scan: \w", sql, re.M)
        for table, what in found if not said else []:
            if table in BIG and what not in SHORT:
                yield f"{f}: reads all of {table} by {what}, no \"-- scan:\""
        yield f"{f}: \"-- scan:\", but no scan" if said and not found else None


def check_views():
    """Every view can be asked."""
    db = database()
    for (view,) in db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'view'").fetchall():
        try:
            db.execute(f'SELECT * FROM "{view}"').fetchall()
            yield None
        except sqlite3.Error as error:
            yield f"sql/view: {view}: {error}"


def check_schema_comments():
    """.schema explains itself: a comment at each column or just above."""
    for f in files(".sql", under=["sql/schema/"]):
        yield from columns_explained(f)


def columns_explained(f):
    column = re.compile(r"  (\w+) +(INTEGER|TEXT|REAL|BLOB)\b")
    table, name, said, above = "", "", True, False
    for n, line in lines(f):
        start = re.match(r"CREATE TABLE (\w+)", line)
        found = column.match(line)
        if name and (found or re.match(r"\)|  (PRIMARY|UNIQUE) ", line)):
            yield None if said else (
                f"{f}:{n - 1}: {table}.{name} is not explained")
            name = ""
        if start:
            table = start[1]
        if found:
            name, said = found[1], above
        said = said or "--" in line
        above = line.lstrip().startswith("--")


def check_upgrades():
    """2.sql, 3.sql, ... without a gap."""
    names = [pathlib.Path(f).stem for f in files(
        ".sql", under=("sql/upgrade/",))]
    want = [str(n) for n in range(2, len(names) + 2)]
    if sorted(names, key=lambda s: (len(s), s)) != want:
        yield f"sql/upgrade: {names}, want {want}"
    yield None


# --- the rest ---

def check_manuals():
    """The manual pages are good mdoc."""
    pages = files(".1", ".5", ".7", ".8", under=[p + "/" for p in PROGRAMS])
    for page in pages:
        done = subprocess.run(
            ["mandoc", "-T", "lint", "-W", "warning", page], cwd=ROOT,
            capture_output=True, text=True)
        yield from (line.removeprefix("mandoc: ")
                    for line in done.stdout.splitlines())
        yield None


def check_cases():
    """Every test that tests/README.md names exists."""
    page = "tests/README.md"
    for n, line in lines(page):
        for name, test in re.findall(r"`(test_\w+\.py)::(\w+)`", line):
            where = f"tests/system/{name}"
            yield None if where in FILES and re.search(
                rf"^def {test}\(", text(where), re.M) else (
                f"{page}:{n}: there is no {name}::{test}")


def check_settings():
    """Every key that conf_keys.c has is in the manual, and no other."""
    page = "lib/callsheet.conf.5"
    known = re.findall(r'\{ (?:MAIN|WEBHOOK|ACCOUNT|CAMPAIGN), "(\w+)"',
                       text("lib/conf_keys.c"))
    if page not in FILES:
        yield f"{page} is missing"
        return
    said = re.findall(r"^\.It Ic (\w+)", text(page), re.M)
    for key in sorted(set(known) ^ set(said)):
        yield (f"{page}: {key} is not explained" if key in known
               else f"{page}: there is no key {key}")
    yield None


def check_shell():
    """Shell scripts can be read by a shell."""
    for f in FILES:
        with open(ROOT / f, "rb") as fp:
            if not f.endswith(".sh") and not re.match(
                    rb"#! ?\S*/(ba|da)?sh\b", fp.readline()):
                continue
        done = subprocess.run(["sh", "-n", f], cwd=ROOT, capture_output=True,
                              text=True)
        yield done.stderr.strip() or None


def check_crontab():
    """Assignments and jobs, also those that wait behind a "#"."""
    field = r"(\*|\d+(-\d+)?(,\d+(-\d+)?)*)(/\d+)?"
    job = re.compile(rf"(@reboot|{field}(\s+{field}){{4}})\s+(.+)")
    for f in files(".crontab"):
        if not text(f).endswith("\n"):
            yield f"{f}: cron ignores a last line without an end"
        for n, line in lines(f):
            found = job.fullmatch(re.sub(r"^#(?=[@*\d])", "", line))
            if found and re.search(r"(?<!\\)%", found[0]):
                yield f"{f}:{n}: cron ends the command at the bare %"
            elif not found and not re.match(r"#|\w+=|$", line):
                yield f"{f}:{n}: neither a job nor NAME=value"
            else:
                yield None


def check_python():
    """Python that compiles."""
    for f in files(".py"):
        try:
            compile(text(f), f, "exec")
        except SyntaxError as error:
            yield f"{f}:{error.lineno}: {error.msg}"
        yield None


def check_secrets():
    """No key was ever worth committing."""
    mark = b"-----" + b"BEGIN"
    for f in FILES:
        yield (f"{f}: holds a key or certificate"
               if mark in (ROOT / f).read_bytes() else None)


CHECKS = (check_headers, check_directions, check_sizes, check_style,
          check_queries, check_views, check_schema_comments, check_upgrades,
          check_manuals, check_cases, check_settings, check_shell, check_crontab,
          check_python, check_secrets, check_clang)


def main():
    looked_at = findings = 0
    for check in CHECKS:
        for finding in check():
            looked_at += 1
            if finding:
                findings += 1
                print(finding, flush=True)
    print(f"lint: {looked_at} checks, "
          + (f"{findings} findings" if findings else "OK"))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
