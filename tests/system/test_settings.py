"""A setting that cannot be used stops the pass before anybody is called, with
a message that names it."""

import pytest

from world import World, person

ASHA = "+919999900001"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One person on a Google Sheet, who is not to be called."""
    with World(tmp_path_factory.mktemp("w"), [person("Asha", ASHA)],
               nginx=False, pace=0) as world:
        yield world


def refused(world, *words):
    """The pass ends with these words, and calls nobody."""
    done = world.run(ok=False)
    assert done.returncode == 78, done.stderr
    for word in words:
        assert word in done.stderr
    assert not world.bolna.posts
    assert world.value("SELECT count(*) FROM lead") == 0


@pytest.mark.parametrize("key, value, said", [
    ("window", "9-21", "window must be HH:MM-HH:MM, beginning before its end,"
                       " not '9-21'"),
    ("window", "21:00-09:00", "beginning before its end"),
    ("timezone", "Asia/Atlantis", "this host does not know"
                                  " 'Asia/Atlantis'; is tzdata installed?"),
    ("from_number", "02025550143", "from_number must be a number with +"),
    ("from_number", "+1 202 555 0143", "from_number must be a number"),
    ("from_number", "+1202", "from_number must be a number"),
    ("sheet", "https://example.com/leads", "sheet"),
    ("sheet", "https://docs.google.com/spreadsheets/", "sheet")])
def test_a_campaign_that_cannot_be_called_by_its_settings_is_named(
        world, key, value, said):
    section = "campaign interviews"
    before = dict(world.sections[section])
    world.set(section, **{key: value})
    try:
        refused(world, "campaign interviews: ", said)
    finally:
        world.write_conf({**world.sections, section: before})


@pytest.mark.parametrize("text", ["", "bn-one\nbn-two", "bn one"],
                         ids=["none", "two lines", "two words"])
def test_a_bolna_key_that_is_not_one_word_is_named_and_not_shown(world, text):
    path = world.dir / "bolna.key"
    before = path.read_text()
    path.write_text(text + "\n")
    try:
        refused(world, "/bolna.key: want one line with Bolna's API key")
        done = world.run(ok=False)
        assert "bn" not in done.stderr
    finally:
        path.write_text(before)


@pytest.mark.parametrize("text", ["", "{", '{"type":"authorized_user"}'],
                         ids=["empty", "cut off", "of a person"])
def test_a_google_key_that_is_none_is_named(world, text):
    path = world.dir / "google.json"
    before = path.read_text()
    path.write_text(text)
    try:
        refused(world, "google.json: ")
    finally:
        path.write_text(before)


def test_nothing_of_settings_that_do_not_hold_together_is_kept(world):
    before = {name: dict(keys) for name, keys in world.sections.items()}
    good = {**before["campaign interviews"], "sheet": "file:early.csv"}
    bad = {**good, "sheet": "file:late.csv", "window": "never"}
    world.write_conf({**before, "account another": before["account acme"],
                      "campaign early": good, "campaign late": bad})
    try:
        refused(world, "campaign late: window must be")
        assert not world.query("SELECT 1 FROM campaign WHERE name = 'early'")
        assert not world.query("SELECT 1 FROM account WHERE name = 'another'")
    finally:
        world.write_conf(before)


def test_settings_that_the_database_does_not_take_now_are_for_the_next_pass(
        world):
    world.alter("CREATE TRIGGER full BEFORE INSERT ON campaign BEGIN"
                " SELECT RAISE(ROLLBACK, 'no room'); END")
    try:
        done = world.run(ok=False)
        assert done.returncode == 75
        assert "no room" in done.stderr
        assert not world.bolna.posts
    finally:
        world.alter("DROP TRIGGER full")
