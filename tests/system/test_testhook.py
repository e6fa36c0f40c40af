"""callsheet test-webhook: the whole way, by the public address."""

import pytest

from world import SECRET, World, person


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, [person("Asha", "+919999900001")],
               csv_file=True) as world:
        world.set("webhook", url=world.nginx.url("/webhook/bolna"),
                  development="yes")
        yield world


def admit(world):
    """This host may come in, as if it were Bolna's."""
    (world.dir / "addresses").write_text("127.0.0.0/8\n")
    world.stop_receiver()
    world.start_receiver()


def test_webhook(world, *words):
    done = world.callsheet("test-webhook", *words)
    assert SECRET not in done.stdout + done.stderr
    return done


test_webhook.__test__ = False


def test_a_synthetic_webhook_is_seen_in_the_database(world):
    admit(world)
    done = test_webhook(world)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "seen in the database" in done.stdout
    assert world.value("SELECT count(*) FROM event"
                       " WHERE body LIKE '%callsheet-test-%'") == 1


def test_nothing_follows_from_it(world):
    admit(world)
    for _ in range(2):
        assert test_webhook(world).returncode == 0
    world.run()
    assert world.value("SELECT count(*) FROM execution WHERE id LIKE"
                       " 'callsheet%'") == 0
    assert world.query("SELECT * FROM anomaly WHERE what <> 'webhooks'") == []


def test_a_host_that_is_not_bolnas_is_refused_and_that_is_counted(world):
    world.set("webhook", development="no")
    world.stop_receiver()
    world.start_receiver()
    done = world.callsheet("test-webhook", "-o", "webhook.development=yes")
    assert done.returncode == 75, done.stdout + done.stderr
    assert "knows this host as 127.0.0.1 and refuses it" in done.stdout
    # it did not show the secret, so nobody takes it for a new address
    assert world.query("SELECT * FROM anomaly") == []
    assert world.value("SELECT count(*) FROM event") == 0


def test_a_receiver_that_is_not_there_is_named(world):
    world.stop_receiver()
    world.listener.close()
    world.listener = None
    (world.dir / "hook.sock").unlink()
    done = test_webhook(world)
    assert done.returncode == 69
    assert "does not reach the receiver (502)" in done.stdout


def test_a_web_server_that_is_not_there_is_named(world):
    world.nginx.stop()
    done = test_webhook(world)
    assert done.returncode == 69
    assert "no answer: " in done.stdout


def test_a_gate_that_does_not_fit_is_named(world):
    admit(world)
    world.nginx.gate = "another-gate-0123456789"
    world.nginx.reload()
    done = test_webhook(world)
    assert done.returncode == 69
    assert "(401): gate in [webhook]" in done.stdout


def test_a_secret_that_does_not_fit_is_named(world):
    admit(world)
    other = world.dir / "other"
    other.write_text("another-secret-0123456789\n")
    other.chmod(0o600)
    done = test_webhook(world, "-o", "webhook.secret=@other")
    assert done.returncode == 69
    assert "does not take the secret (404)" in done.stdout


def test_another_installation_at_the_address_is_noticed(world, tmp_path):
    admit(world)
    with World(tmp_path / "second", [person("Ben", "+919999900002")],
               csv_file=True, nginx=False) as second:
        second.set("webhook", url=world.nginx.url("/webhook/bolna"),
                   development="yes")
        done = test_webhook(second)
        assert done.returncode == 69
        assert "not in this database" in done.stdout


def test_somebody_elses_page_at_the_address_is_noticed(world):
    done = test_webhook(world, world.nginx.url("/elsewhere"))
    assert done.returncode == 69
    assert "somebody else answers there (404)" in done.stdout


@pytest.mark.parametrize("url, why", [
    ("http://calls.example.com/webhook", "https://"),
    ("calls.example.com", "https://")])
def test_only_an_address_that_bolna_could_use_is_tried(world, url, why):
    done = test_webhook(world, url)
    assert done.returncode == 64
    assert why in done.stderr


def test_an_address_is_needed(world):
    world.sections["webhook"].pop("url")
    world.write_conf(world.sections)
    done = test_webhook(world)
    assert done.returncode == 64
    assert "set url in [webhook]" in done.stderr
