"""What the load sends: templates of bodies, and which body has which number.

The arithmetic is that of load.c; the two are held against each other by the
journal, which must have exactly what was sent.
"""

import hashlib
import json
import random
import time

from sim.bolna import AGENT, Call
from sim.bolna_bodies import Fate, Shape, execution

MARK = "@CALL@"             # twelve digits stand here
LIFE, ROUND, STEP, CALLS = 5, 100, 618033989, 1000000000
ID = "50a4" + "0000-0000-4000-8000-"
STRANGER = "5c730000-0000-4000-8000-00000000ffff"   # an agent not ours
FATES = (Fate(), Fate(duration=4.1, answered_by_voice_mail=True),
         Fate("busy"), Fate("no-answer"), Fate("failed"),
         Fate(extracted_data=None, agent_extraction=None))


def wraps():
    """The places in which an execution is found."""
    return (lambda record: record, lambda record: record,
            lambda record: {"event": "call", "data": record},
            lambda record: {"execution": record})


def told(call, step):
    """The execution at one step; after its end it is told again, richer."""
    call.step = min(step, len(call.path) - 1)
    call.updated += 10
    record = execution(call)
    if step >= len(call.path):
        record["summary"] = f"Told again, {step}."
    return record


def life(seed):
    """The bodies about one kind of call."""
    dice = random.Random(seed)
    fate, now = FATES[seed % len(FATES)], time.time()
    call = Call(ID + MARK, dice.choice((AGENT, STRANGER, STRANGER)),
                "+999" + MARK, "+12025550100",
                {"user_data": {"callsheet_attempt": "50a4" * 5 + MARK}},
                fate, Shape.drawn(f"soak:{seed}"), fate.route()[-LIFE:], now,
                now, initiated=now)
    wrap = dice.choice(wraps())
    for step in range(LIFE):
        record = wrap(told(call, step))
        yield json.dumps(record, ensure_ascii=call.shape.ascii_only)


def batch():
    """Bodies about a batch of calls: acknowledged, and no call of ours."""
    for step in range(LIFE):
        yield json.dumps({"batch_id": "batch-" + MARK, "status": "executed",
                          "valid_contacts": step})


def malformed():
    """What deserves 400; none of it may reach the journal."""
    whole = next(life(0))
    return ("not JSON at all " + MARK, whole[:-40], "[" * 40 + MARK,
            '{"status": "completed", "of": "' + MARK + '"}', "[]",
            '{"id": "", "status": "completed", "of": "' + MARK + '"}',
            '{"id": "' + MARK + '\\ud800"} trailing', '"' + MARK + '"')


def templates(kinds=11):
    """The good ones, LIFE for each kind of call."""
    return [body for seed in range(kinds) for body in life(seed)] + [*batch()]


def write(path):
    """The file that load reads."""
    good = templates()
    text = "\n".join([*good, "", *malformed()]) + "\n"
    path.write_text(text, encoding="utf-8")
    return good


def numbered(good, number):
    """Body `number`, as load.c makes it."""
    call = number // (ROUND * LIFE) * ROUND + number % ROUND
    step = number // ROUND % LIFE
    if call % 2 == 1:
        step = (3 * step + call) % LIFE
    kind = call % (len(good) // LIFE)
    digits = f"{call * STEP % CALLS:012}"
    return good[kind * LIFE + step].replace(MARK, digits).encode()


def digest(body):
    return hashlib.sha256(body).digest()
