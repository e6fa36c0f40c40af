"""Bolna's own auto-retry must stay off; where it is on, nobody is called by
both."""

from world import World, person
from sim.bolna import Fate


def test_who_bolna_redials_by_itself_is_not_redialled_by_us(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")]) as world:
        world.bolna.fate("+919999900001", Fate(status="no-answer"))
        world.run()
        world.settle()
        call = world.bolna.placed[0].execution_id
        world.bolna.send({"id": call, "status": "scheduled",
                          "retry_count": 1, "agent_id": world.sections[
                              "campaign interviews"]["agent_id"]})
        world.age(700)
        world.run(ok=False)
        assert world.bolna.count("+919999900001") == 1
        assert any("turn the agent's own retry off" in row[2]
                   for row in world.query("SELECT * FROM anomaly"))


def test_nor_by_another_campaign_while_bolna_may_still_redial(tmp_path):
    people = [person("Asha", "+919999900001")]
    with World(tmp_path, people, csv_file=True) as world:
        world.bolna.fate("+919999900001", Fate("no-answer"),
                         Fate("completed"))
        world.run()
        world.settle()
        world.alter("UPDATE execution SET retry_count = 1")
        (world.dir / "other.csv").write_text("".join(
            ",".join(row) + "\n" for row in (world.header, *people)))
        world.sections["campaign other"] = {
            **world.sections["campaign interviews"],
            "sheet": "file:other.csv"}
        world.write_conf(world.sections)
        world.run(ok=False)
        world.age(80000)
        world.run(ok=False)
        assert world.bolna.count("+919999900001") == 1
        world.age(10000)
        world.run(ok=False)
        assert world.bolna.count("+919999900001") == 2
        assert world.value("SELECT max(campaign) FROM attempt") == 2


def test_no_call_asks_bolna_to_retry(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")],
               nginx=False) as world:
        world.run()
        assert not {"retry_config", "bypass_call_guardrails",
                    "scheduled_at"} & set(world.bolna.placed[0].body)
