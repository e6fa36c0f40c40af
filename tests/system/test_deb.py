"""The package for Debian: built, looked over by lintian, installed on a copy
of this machine, upgraded and purged."""

import os
import re
import shutil
import subprocess

import pytest

from world import ROOT

TOOLS = ("dh", "dpkg-buildpackage", "lintian")
MISSING = [tool for tool in TOOLS if not shutil.which(tool)]
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {' '.join(MISSING)}")

# Everything that is written stays in memory and ends with the name space.
COPY_OF_THE_MACHINE = """
mount -t tmpfs none "$1" && mkdir "$1/up" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" \
    "$1/root"
mount -t proc proc "$1/root/proc"
cp "$2" "$1/root/root/callsheet.deb"
exec chroot "$1/root" sh -ec "$3"
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """What make deb makes, which has asked lintian."""
    build = tmp_path_factory.mktemp("deb")
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    env["DEB_BUILD_OPTIONS"] = "noautodbgsym"
    done = subprocess.run(["make", "-s", f"B={build}", "deb"], cwd=ROOT,
                          env=env, text=True, capture_output=True, timeout=500)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert not re.search(r"^[EW]: ", done.stdout + done.stderr, re.M)
    return next((build / "deb").glob("callsheet_*.deb"))


def test_the_package_holds_all_that_an_installation_needs(package):
    listed = subprocess.run(["dpkg-deb", "-c", package], text=True,
                            capture_output=True, check=True).stdout
    modes = {line.split()[-1]: line.split()[:2]
             for line in listed.splitlines()}
    for name in ("usr/bin/callsheet", "usr/bin/callsheet-webhook",
                 "lib/systemd/system/callsheet-webhook.socket",
                 "lib/systemd/system/callsheet-webhook.service",
                 "lib/systemd/system/callsheet-run.timer",
                 "usr/share/callsheet/nginx/callsheet.conf",
                 "usr/share/callsheet/cron/callsheet.crontab",
                 "usr/share/bash-completion/completions/callsheet",
                 "usr/share/man/man1/callsheet.1.gz",
                 "usr/share/man/man8/callsheet-webhook.8.gz"):
        assert modes[f"./{name}"] == [
            "-rwxr-xr-x" if "/bin/" in name else "-rw-r--r--", "root/root"]
    assert not [name for name in modes if "/etc/" in name]


def on_a_copy_of_this_machine(directory, package, commands):
    """What the commands print, as root of a machine that is then gone."""
    directory.mkdir()
    begin = ["unshare", "-m", "sh", "-ec", COPY_OF_THE_MACHINE, "sh",
             str(directory), str(package)]
    if subprocess.run([*begin, "true"], capture_output=True).returncode:
        pytest.skip("needs root, and a kernel that lays one disk on another")
    done = subprocess.run([*begin, commands], text=True, timeout=120,
                          capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_installed_upgraded_and_purged_and_the_data_stays(
        package, tmp_path):
    said = on_a_copy_of_this_machine(tmp_path / "machine", package, """
        dpkg="dpkg --no-triggers"       # the index of manuals is not ours
        $dpkg -i --force-depends /root/callsheet.deb
        stat -c '%U %a %n' /etc/callsheet /var/lib/callsheet
        ! ls /etc/systemd/system/*/callsheet* 2>/dev/null
        ! ls /var/spool/cron/crontabs/callsheet 2>/dev/null
        runuser -u callsheet callsheet init
        echo '-- the next version'
        $dpkg -i --force-depends /root/callsheet.deb
        rm /var/lib/callsheet/callsheet.db
        $dpkg -i --force-depends /root/callsheet.deb
        mkdir -p /var/spool/cron/crontabs /etc/nginx/callsheet
        touch /var/spool/cron/crontabs/callsheet
        cp /usr/share/callsheet/nginx/callsheet.conf /etc/nginx/callsheet
        $dpkg --purge callsheet
        stat -c '%U %a %n' /etc/callsheet/webhook-secret \
            /var/lib/callsheet/callsheet.db
        ! ls /usr/bin/callsheet 2>/dev/null
        """)
    for line in ("callsheet 700 /etc/callsheet",
                 "callsheet 700 /var/lib/callsheet",
                 "the database is up to date",
                 "crontab -u callsheet -r",
                 "nginx's lines stay",
                 "callsheet: /var/lib/callsheet stays: it is yours",
                 "callsheet: /etc/callsheet stays: it is yours",
                 "callsheet 600 /etc/callsheet/webhook-secret",
                 "callsheet 600 /var/lib/callsheet/callsheet.db"):
        assert line in said
    # asked by each upgrade, since only the programs know what is of today
    upgrades = said.split("-- the next version")[1]
    assert upgrades.count("the database is up to date") == 2
    assert "made /var/lib/callsheet/callsheet.db" in upgrades
