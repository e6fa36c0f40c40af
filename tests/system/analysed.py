"""What tests of analyses and contacts share: worlds whose calls are analysed
by a stand-in for the Responses API."""

import json

import pytest

from world import World, person
from sim.bolna import Fate
from sim.openai import MODEL, Answer, OpenAI

ASHA, BEN = "+919999900001", "+919999900002"
PEOPLE = [person("Asha", ASHA), person("Ben", BEN)]
TALK = "assistant: Hello Asha.\nuser: I would like to know the price.\n"
CALL = {"call_outcome": "interested", "sentiment": "positive",
        "lead_score": 72, "name": "Asha Rao", "email": "asha@example.com",
        "phone": None, "key_topics": ["price"], "objections": ["too dear"],
        "pain_points": [], "interests": ["the course"],
        "next_steps": ["send the price list"]}
HISTORY = {"overall_sentiment": "positive", "engagement_trend": "rising",
           "conversion_readiness": "warm",
           "progression": "She asked for the price.",
           "recommended_actions": ["Send the price list."],
           "key_decision_factors": ["price"]}
INDIVIDUAL, COMPLETE = "call_analysis", "history_analysis"
OVER = ("SELECT NOT EXISTS (SELECT 1 FROM post WHERE due_at <= unixepoch()"
        " OR sent_at IS NOT NULL)")


def calm(**changes):
    """An answer about a call, with some fields changed."""
    return Answer(json={**CALL, **changes})


class Analysed(World):
    """A world with a model in it."""

    def __init__(self, directory, rows=None, **options):
        super().__init__(directory, PEOPLE[:1] if rows is None else rows,
                         **{"csv_file": True, "nginx": False, "pace": 0,
                            **options})
        self.model = OpenAI()

    def __enter__(self):
        self.model.start()
        try:
            super().__enter__()
            self._teach()
        except BaseException:
            self._stop()
            raise
        return self

    def _teach(self):
        """The model knows its answers, and the account its key."""
        self.model.say(Answer(json=CALL), kind=INDIVIDUAL)
        self.model.say(Answer(json=HISTORY), kind=COMPLETE)
        key = self.dir / "openai.key"
        key.write_text(self.model.key + "\n")
        key.chmod(0o600)
        self.set("callsheet", openai_api=self.model.url)
        self.set("account acme", openai_key="@openai.key",
                 openai_model=MODEL)
        self.talks(TALK, ASHA, BEN)

    def _stop(self):
        super()._stop()
        self.model.stop()

    def talks(self, transcript, *phones, **more):
        for phone in phones:
            self.bolna.fate(phone, Fate(transcript=transcript, **more))

    def call_again(self, phone):
        """One more call of somebody who has had one, a while later."""
        self.age(7200)
        self.alter("UPDATE lead SET next_at = unixepoch(), held = NULL"
                   " WHERE phone = ?", phone)
        return self.call()

    def analyse_again(self):
        """The calls that were analysed are, once more."""
        self.alter("UPDATE post SET due_at = unixepoch(), done_at = NULL"
                   " WHERE kind = 'analysis'")
        return self.run(ok=False)

    def later(self, seconds=120):
        """What was put off is due, and done."""
        self.age(seconds)
        return self.run(ok=False)

    def individual(self, columns, phone=ASHA):
        return self.query(f"SELECT {columns} FROM call_analysis"
                          " WHERE phone = ? ORDER BY attempt", phone)

    def complete(self, columns, phone=ASHA):
        return self.query(f"SELECT {columns} FROM history_analysis"
                          " WHERE phone = ?", phone)

    def asked(self, kind=INDIVIDUAL, about=""):
        return [a for a in self.model.asked
                if a.kind == kind and about in a.input_text()]


def words(cell):
    """A list that a view shows as JSON."""
    return json.loads(cell)


@pytest.fixture
def analysed_world(tmp_path, entered):
    return lambda rows=None, **options: entered(
        Analysed(tmp_path, rows, **options))
