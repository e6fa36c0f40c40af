"""What the tests of the rules share: a world in which everybody is known, and
the words for what happened before."""

import pytest

from world import HEADER, person

ASHA, BEN = "+919999900001", "+919999900002"
CAMPAIGN, ACCOUNT = "campaign interviews", "account acme"
COLUMNS = [*HEADER, "Timezone", "Consent", "Consent Date", "Control"]


def row(name="Asha", phone=ASHA, zone="", consent="", on="", control=""):
    return person(name, phone, zone, consent, on, control)


PEOPLE = [row(f"P{n}", f"+9199999{n:05d}") for n in range(1, 11)]


@pytest.fixture
def world_of(world_of):
    """Makes a world in which everybody is known and nobody was called."""
    def make(rows=None, **options):
        world = world_of(rows or [row()], header=COLUMNS, **options)
        world.set("callsheet", dry_run="yes")
        world.run(ok=False)
        world.set("callsheet", dry_run="no")
        return world

    return make


def finish(world):
    """What is over at Bolna's becomes known here."""
    world.bolna.quiet()
    world.alter("UPDATE execution SET confirm_at = 1"
                " WHERE confirm_at IS NOT NULL")
    world.run(ok=False)


def called_before(world, ages, name="Asha", final="no-answer"):
    """The person was called so many seconds ago, and is due again."""
    for n, age in enumerate(ages):
        world.alter(
            "INSERT INTO attempt (lead, campaign, account, phone, token,"
            " state, execution, claimed_at, sent_at) SELECT l.id, c.id,"
            " c.account, l.phone, ?, 'done', ?, unixepoch() - ?,"
            " unixepoch() - ? FROM lead l JOIN campaign c ON"
            " c.id = l.campaign WHERE l.name = ?", f"t{n}{name}",
            f"e{n}{name}", age, age, name)
        world.alter(
            "INSERT INTO execution (id, attempt, account, final, verified)"
            " SELECT execution, id, account, ?, 1 FROM attempt"
            " WHERE execution = ?", final, f"e{n}{name}")


def another_campaign(world, rows):
    world.sections["campaign reminders"] = dict(
        world.sections[CAMPAIGN], sheet="file:reminders.csv")
    world.write_conf(world.sections)
    first, world.csv_file = world.csv_file, world.dir / "reminders.csv"
    world.write_csv(rows)
    world.csv_file = first
