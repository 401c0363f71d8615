"""A session: what its sandboxes share, and that nothing of it outlives it, whoever is killed and when."""

from __future__ import annotations

import os
import re
import select
import signal
import tempfile
from subprocess import DEVNULL

import pytest

from jackline.contain.launch import Holder, Sandbox, Streams, View, program
from jackline.contain.launch.channel import readable
from jackline.contain.launch.encoding import encode, encode_views
from jackline.contain.launch.sweeping import inside
from jackline.contain.plan import Mount
from jackline.core.errors import ContainmentError
from tests.contain.launch.ground import PATIENCE, ended


def start_forker(ground):
    """A program that leaves a double-forked child in a session of its own, which holds the pipe open."""
    text = "(setsid sh -c 'echo ready; exec sleep 600' &); read line"
    sandbox, feed, out = ground.start("sh", "-c", text)
    assert os.read(out, 100) == b"ready\n"
    return sandbox, feed, out


def at_end(descriptor):
    """Whether its other end is closed by all in time: every process that had it is gone."""
    return bool(select.select([descriptor], [], [], PATIENCE)[0]) and os.read(descriptor, 1) == b""


def test_stopping_ends_everything(ground):
    sandbox, _, out = start_forker(ground)
    ground.holder.stop()
    assert at_end(out)
    assert ended(sandbox.exited)
    sandbox.close()
    ground.holder.stop()


@pytest.mark.parametrize("who", ["holder", "pid 1", "lifeline"])
def test_whatever_of_the_session_dies_everything_does(ground, who):
    sandbox, _, out = start_forker(ground)
    if who == "holder":
        os.kill(ground.holder.pid, signal.SIGKILL)
    elif who == "pid 1":
        signal.pidfd_send_signal(ground.holder.pidfd, signal.SIGKILL)
    else:
        ground.holder._control.shutdown(2)
    assert ended(ground.holder.pidfd)
    assert at_end(out)
    assert ended(sandbox.exited)
    sandbox.close()
    with pytest.raises(ContainmentError):
        ground.run(ground.plan("true"))


def test_a_program_dies_with_its_launcher(ground):
    sandbox, _, out = ground.start("sleep", "600")
    os.kill(sandbox.pid, signal.SIGKILL)
    assert ended(sandbox.program)
    assert at_end(out)
    sandbox.close()


def test_a_program_dies_with_its_lifeline(ground):
    sandbox, _, _out = ground.start("sh", "-c", "trap '' TERM HUP INT; sleep 600")
    sandbox._control.shutdown(2)
    assert ended(sandbox.program)
    assert sandbox.wait(PATIENCE) == 128 + signal.SIGKILL
    sandbox.close()


def test_what_a_program_left_running_stays_until_it_is_ended(ground):
    sandbox, feed, out = start_forker(ground)
    os.write(feed, b"\n")
    assert sandbox.wait(PATIENCE) == 0
    assert not select.select([out], [], [], 0)[0], "a server in the background goes on"
    assert len(list(inside(os.fstat(sandbox.network)))) == 1
    sandbox.kill()
    assert at_end(out)
    sandbox.close()


def test_killing_one_sandbox_leaves_the_others(ground):
    first, _, out = start_forker(ground)
    second, _, other = start_forker(ground)
    first.kill()
    assert at_end(out)
    assert not select.select([other], [], [], 0)[0]
    assert list(inside(os.fstat(second.network)))
    second.kill()
    for each in (first, second):
        each.close()


def test_a_program_that_multiplies_is_ended(ground):
    text = "echo ready; for i in 1 2 3 4 5 6 7 8; do (while :; do (exec sleep 0.02); done) & done; wait"
    sandbox, _, out = ground.start("sh", "-c", text)
    os.read(out, 6)
    sandbox.kill()
    assert at_end(out)
    sandbox.close()


def test_a_launcher_that_is_killed_while_it_starts_leaves_nothing(ground):
    """Killed at moments that are spread over its start: the pipe that the program would have is closed by all."""
    for moment in range(24):
        out, to_out = os.pipe()
        plan = encode(ground.plan("sleep", "600"))
        process, control = program.start("enter", plan, (ground.holder.pidfd,), Streams(DEVNULL, to_out, DEVNULL))
        os.close(to_out)
        select.select([control], [], [], moment * 0.0004)
        process.kill()
        process.wait()
        assert at_end(out)
        os.close(out)
        control.close()
    assert ground.shell("echo fine").lines == ["fine"]


def test_a_holder_that_is_killed_while_it_starts_leaves_nothing(uid):
    for moment in range(16):
        process, control = program.start("hold", encode_views(()))
        select.select([control], [], [], moment * 0.0002)
        process.kill()
        process.wait()
        control.settimeout(PATIENCE)
        while control.recvmsg(1000)[0]:
            continue  # until every process that had the other end is gone
        control.close()


HINDERED = {
    "no user namespace": (
        "-U",
        "echo 0 >/proc/sys/user/max_user_namespaces",
        "no user namespace: No space left on device",
    ),
    "a container's proc": (
        "-Um",
        "mount -t tmpfs none /proc/sys",
        "a new `proc` cannot be mounted here: Operation not permitted",
    ),
}


@pytest.mark.parametrize("hindrance", HINDERED)
def test_a_system_that_lets_nothing_be_contained_is_told_as_such(ground, launcher, monkeypatch, hindrance):
    """At once, by the holder, and not by the first program."""
    namespaces, done, said = HINDERED[hindrance]
    text = f'#!/bin/sh\nexec unshare {namespaces}r sh -c \'{done} && exec "$0" "$@"\' {launcher} "$@"\n'
    wrapper = ground.make("hindered", text.encode(), 0o755)
    monkeypatch.setattr(program, "launcher", lambda: wrapper)
    with pytest.raises(ContainmentError, match=re.escape(said)):
        Holder.start()


def test_what_sandboxes_of_a_session_share(ground):
    """Files, pids and System V memory; not their networks, names or /tmp."""
    shared = (Mount("write", "/work", ground.folder),)
    first, _, out = ground.start("sh", "-c", "exec 9>/work/lock; flock 9; echo locked; read line", mounts=shared)
    assert os.read(out, 100) == b"locked\n"
    ran = ground.shell("flock -n /work/lock true; echo $?; ls /proc | grep -c '^[0-9]'", mounts=shared)
    assert ran.lines[0] == "1"
    assert int(ran.lines[1]) >= 3
    first.close()
    ground.shell("echo x >/tmp/own", mounts=shared)
    assert ground.shell("ls /tmp").out == b""


def test_two_sessions_share_nothing(start_session):
    first, second = start_session(), start_session()
    sandbox, _, _ = first.start("sleep", "60")
    assert second.shell("grep -l sleep /proc/[0-9]*/comm").out == b""
    assert os.stat(f"/proc/{first.holder.pid}/ns/user").st_ino != os.stat(f"/proc/{second.holder.pid}/ns/user").st_ino
    sandbox.close()


class TestViews:
    """Overlays of a session."""

    @pytest.fixture
    def place(self, open_folder, uid):
        folder = tempfile.mkdtemp(dir=open_folder)
        os.chmod(folder, 0o755)
        for name in ("lower, with:odd\\names", "upper", "work", "at"):
            os.mkdir(f"{folder}/{name}")
        with open(f"{folder}/lower, with:odd\\names/file", "w") as file:
            file.write("before")
        for place, folders, files in os.walk(folder):
            for name in (".", *folders, *files):
                os.chown(os.path.join(place, name), uid, uid)
        return folder

    def view(self, place):
        return View(f"{place}/lower, with:odd\\names", f"{place}/upper", f"{place}/work", f"{place}/at")

    def test_changes_land_in_the_upper_layer(self, start_session, place):
        ground = start_session(self.view(place))
        shown = (Mount("write", "/work", f"{place}/at"),)
        assert (
            ground.shell("cat /work/file; echo after >/work/file; echo new >/work/new; mkdir /work/d", mounts=shown).out
            == b"before"
        )
        assert ground.shell("cat /work/file /work/new", mounts=shown).lines == ["after", "new"]
        assert sorted(os.listdir(f"{place}/upper")) == ["d", "file", "new"]
        assert os.listdir(f"{place}/lower, with:odd\\names") == ["file"]
        assert os.listdir(f"{place}/at") == [], "the host sees no mount"

    def test_its_root_is_handed_out(self, start_session, place):
        ground = start_session(self.view(place))
        (root,) = ground.holder.views
        assert os.listdir(root) == ["file"]
        os.setegid(ground.uid), os.seteuid(ground.uid)
        try:
            os.close(os.open("carried in", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=root))
        finally:
            os.seteuid(os.getuid()), os.setegid(os.getgid())
        assert ground.shell("ls /work", mounts=(Mount("read", "/work", f"{place}/at"),)).lines == ["carried in", "file"]

    def test_a_layer_that_is_missing_makes_no_session(self, uid, place):
        view = self.view(place)
        with pytest.raises(ContainmentError, match="/none` cannot be opened"):
            Holder.start([view._replace(upper=f"{place}/none")])
        with pytest.raises(ContainmentError, match="/none` cannot be opened"):
            Holder.start([view._replace(at=f"{place}/none")])


def test_many_sandboxes_at_once(ground):
    """All start, all end, each with its own result."""
    number = 200 if ground.uid == os.geteuid() else 50  # as another user, Python starts them slowly
    given, feed = os.pipe()
    running = []
    for each in range(number):
        plan = ground.plan("sh", "-c", f"read line; exit {each % 100}")
        running.append(Sandbox.begin(plan, ground.holder, Streams(given, 2, 2)))
    os.close(given)
    for sandbox in running:
        assert readable(sandbox.fileno(), PATIENCE)
        sandbox.advance()
    os.close(feed)
    assert [sandbox.wait(PATIENCE) for sandbox in running] == [each % 100 for each in range(number)]
    for sandbox in running:
        sandbox.close()
    assert int(ground.shell("ls /proc | grep -c '^[0-9]'").lines[0]) < 9


def test_control_groups_are_joined_first(ground):
    """What is written to each is the program itself."""
    reader, writer = os.pipe()
    ran = ground.run(ground.plan("true"), groups=(writer,))
    os.close(writer)
    assert (ran.code, os.read(reader, 10)) == (0, b"0")
    os.close(reader)
    full = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(ContainmentError, match="control group cannot be joined"):
        ground.run(ground.plan("true"), groups=(full,))
    os.close(full)


def test_observed_calls_wait_for_whoever_looks(ground):
    """The program does not begin before its first exec has been seen, and fails if nobody is there to see."""
    sandbox, _, _out = ground.start("true", observed=True)
    assert sandbox.notifier >= 0
    assert select.select([sandbox.notifier], [], [], PATIENCE)[0]
    assert not select.select([sandbox.exited], [], [], 0)[0]
    os.close(sandbox.notifier)
    sandbox.notifier = -1
    assert sandbox.wait(PATIENCE) == 126
    assert "`true` cannot be executed" in sandbox.problem
    sandbox.close()
