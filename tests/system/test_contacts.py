"""Contacts are made and filled from analysed calls: by address, then by number;
only what is empty is filled, and it says from which call."""

import pytest

from analysed import (
    ASHA, BEN, INDIVIDUAL, PEOPLE, Analysed, analysed_world, calm)
from world import person
from sim.openai import Answer

__all__ = ["analysed_world"]
COLUMNS = "name, phone, email, other_phone"


def contacts(world, columns=COLUMNS):
    return world.query(f"SELECT {columns} FROM contact ORDER BY id")


def enter(world, **columns):
    """A person has entered a contact."""
    names = ", ".join(columns)
    world.alter(f"INSERT INTO contact (account, {names}) VALUES (1, "
                + ", ".join("?" * len(columns)) + ")", *columns.values())


def known(world):
    """The account has its row, and nobody is called yet."""
    world.set("callsheet", dry_run="yes")
    world.run()
    world.set("callsheet", dry_run="no")


def test_an_analysed_call_makes_a_contact_that_names_it(analysed_world):
    world = analysed_world()
    world.call()
    assert contacts(world) == [("Asha", ASHA, "asha@example.com", None)]
    assert contacts(world, "phone_from, email_from, name_from") == [(1, 1, 1)]


def test_a_name_that_was_heard_counts_where_the_sheet_has_none(
        analysed_world):
    world = analysed_world([person("", ASHA)])
    world.call()
    assert contacts(world, "name") == [("Asha Rao",)]


def test_a_contact_without_anything_heard_is_a_number(analysed_world):
    world = analysed_world([person("", ASHA)])
    world.model.say(calm(name=None, email=None), kind=INDIVIDUAL)
    world.call()
    assert contacts(world) == [(None, ASHA, None, None)]
    assert contacts(world, "phone_from, email_from, name_from") == [
        (1, None, None)]


def test_a_later_call_fills_what_is_empty_and_changes_nothing(analysed_world):
    world = analysed_world()
    world.model.say(calm(email=None),
                    calm(email="a@example.com", phone="022 555"),
                    calm(email="b@example.com", phone="none"),
                    kind=INDIVIDUAL)
    world.call()
    assert contacts(world) == [("Asha", ASHA, None, None)]
    world.call_again(ASHA)
    assert contacts(world) == [("Asha", ASHA, "a@example.com", "022 555")]
    assert contacts(world, "phone_from, email_from, name_from") == [(1, 2, 1)]
    world.call_again(ASHA)
    assert contacts(world) == [("Asha", ASHA, "a@example.com", "022 555")]


def test_a_contact_is_found_by_its_address_first(analysed_world):
    world = analysed_world()
    known(world)
    enter(world, email="ASHA@Example.com")
    enter(world, name="Somebody", phone=BEN)
    world.call()
    assert contacts(world) == [("Asha", ASHA, "ASHA@Example.com", None),
                               ("Somebody", BEN, None, None)]


def test_then_by_its_number(analysed_world):
    world = analysed_world()
    known(world)
    enter(world, name="Mrs Rao", phone=ASHA)
    world.call()
    assert contacts(world) == [("Mrs Rao", ASHA, "asha@example.com", None)]
    assert contacts(world, "phone_from, email_from, name_from") == [
        (None, 1, None)]


def test_what_a_person_entered_stays(analysed_world):
    world = analysed_world()
    known(world)
    entered = ("Mrs Rao", ASHA, "office@example.com", None)
    enter(world, name=entered[0], phone=ASHA, email=entered[2])
    world.call()
    assert contacts(world) == [entered]


def test_two_contacts_are_never_made_one(analysed_world):
    world = analysed_world()
    known(world)
    enter(world, email="asha@example.com")
    enter(world, phone=ASHA)
    world.call()
    assert contacts(world) == [("Asha", None, "asha@example.com", None),
                               (None, ASHA, None, None)]


@pytest.mark.parametrize("outcome", ["wrong_person", "voicemail",
                                     "no_conversation"])
def test_somebody_elses_words_make_no_contact(analysed_world, outcome):
    world = analysed_world()
    world.model.say(calm(call_outcome=outcome), kind=INDIVIDUAL)
    world.call()
    assert world.individual("call_outcome") == [(outcome,)]
    assert contacts(world) == []


def test_an_analysis_that_failed_makes_no_contact(analysed_world):
    world = analysed_world()
    world.model.say(Answer(refusal="No."), kind=INDIVIDUAL)
    world.call()
    assert contacts(world) == []


@pytest.mark.parametrize("words, taken", [
    ("asha at example dot com", None), ("asha@", None), ("@example.com", None),
    ("asha@example", None), ("a b@example.com", None), ("a@b@c.com", None),
    ("asha@exa mple.com", None), ("asha@example..com", None),
    ("x" * 300 + "@example.com", None), ("", None),
    ("<script>@example.com", None), (" asha@example.com ", "asha@example.com"),
    ("a.sha+x@mail.example.co.in", "a.sha+x@mail.example.co.in")])
def test_only_an_address_is_an_address(words_world, words, taken):
    world = words_world
    world.alter("DELETE FROM contact")
    world.model.say(calm(email=words), kind=INDIVIDUAL)
    world.analyse_again()
    assert contacts(world, "email") == [(taken,)]


@pytest.fixture(scope="module")
def words_world(tmp_path_factory):
    with Analysed(tmp_path_factory.mktemp("w")) as world:
        world.call()
        yield world


def test_a_contact_is_never_called(analysed_world):
    world = analysed_world([*PEOPLE[:1]])
    world.model.say(calm(phone=BEN), kind=INDIVIDUAL)
    known(world)
    enter(world, phone=BEN)
    world.call()
    world.later(86400)
    assert [call.phone for call in world.bolna.placed] == [ASHA]


def test_who_is_erased_is_in_no_analysis_and_no_contact(analysed_world):
    world = analysed_world(PEOPLE)
    secret = "quinceflower"
    world.model.say(calm(email=f"{secret}@example.com", key_topics=[secret]),
                    kind=INDIVIDUAL, about="know the price")
    world.model.say(calm(email="ben@example.com", phone="99999 00001"),
                    kind=INDIVIDUAL, about="her number")
    world.talks("user: I would like to know the price.\n", ASHA)
    world.talks(f"user: her number is {ASHA[3:]}\n", BEN)
    world.call()
    assert len(contacts(world)) == 2
    done = world.callsheet("erase", ASHA)
    assert done.returncode == 0, done.stderr
    assert contacts(world) == [("Ben", BEN, "ben@example.com", None)]
    assert world.query("SELECT phone FROM analysis WHERE phone <> ?",
                       BEN) == []
    assert world.query("SELECT * FROM analysis WHERE result LIKE"
                       " '%99999 00001%'") == []
    found = b"".join(p.read_bytes() for p in world.dir.glob("callsheet.db*"))
    assert secret.encode() not in found
