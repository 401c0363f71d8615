"""What is seen of programs that are started, and that they do not notice."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from jackline.contain.launch import Holder
from jackline.contain.observe.memory import MAX_BYTES, MAX_WORDS
from jackline.contain.plan import Mount
from tests.contain.escape.world import as_user
from tests.contain.launch.conftest import OTHER
from tests.contain.launch.ground import PATIENCE, Ground, drain
from tests.contain.observe.conftest import begin

TRUE = hashlib.sha256(Path("/bin/true").read_bytes()).hexdigest()


def names(observed):
    return [os.path.basename(each.path) for each in observed.started if not each.absent]


def test_a_shell_that_runs_three_programs_in_a_pipe(observe):
    came = observe("sh", "-c", "echo one | /bin/cat | /usr/bin/sort | /usr/bin/wc -l")
    assert (came.code, came.out.split()) == (0, [b"1"])
    (first,) = (each for each in came.seen.processes if each.first)
    assert first.argv == ("sh", "-c", "echo one | /bin/cat | /usr/bin/sort | /usr/bin/wc -l")
    assert sorted(names(came)) == ["cat", "sort", "wc"]
    assert all(len(each.digest) == 64 and each.parent == first.pid for each in came.started)
    assert next(each.argv for each in came.started if each.path == "/usr/bin/wc") == ("/usr/bin/wc", "-l")


def test_a_program_s_path_and_hash_are_those_inside(observe):
    came = observe("/bin/true")
    (fact,) = came.seen.processes
    assert (fact.path, fact.digest, fact.argv, fact.first) == ("/bin/true", TRUE, ("/bin/true",), True)


def test_a_search_along_path_is_not_several_programs(observe):
    came = observe("true", environment={"PATH": "/nowhere:/tmp:/usr/bin"})
    assert [(each.path, each.absent, each.first) for each in came.seen.processes] == [("/usr/bin/true", False, True)]
    fact, _ = observe("env", "nothing", environment={"PATH": "/nowhere:/usr/bin:/nowhere"}).started
    assert (fact.path, fact.absent, fact.times) == ("/nowhere/nothing", True, 2)


def test_a_storm_is_one_fact_that_counts(observe):
    came = observe("/actor", "storm")
    assert came.code == 0
    (fact,) = came.started
    assert (fact.path, fact.times, fact.digest, came.seen.unseen) == ("/bin/true", 500, TRUE, 0)


def test_different_ones_are_kept_up_to_the_bound_and_then_counted(observe):
    came = observe("sh", "-c", "i=0; while [ $i -lt 1100 ]; do /bin/true $i; i=$((i+1)); done")
    assert came.code == 0
    assert (len(came.seen.processes), came.seen.unseen) == (1000, 101)


def test_a_script_is_its_own_file(observe, ground):
    text = b'#!/bin/sh\n[ "$1" = given ] && exit 3\n'
    script = ground.make("script", text, mode=0o755)
    came = observe("sh", "-c", "cd /tmp; ../script given", mounts=(Mount("read", "/script", script),))
    assert came.code == 3
    (fact,) = came.started
    assert (fact.path, fact.digest) == ("/tmp/../script", hashlib.sha256(text).hexdigest())


def test_a_link_inside_is_followed_inside(observe):
    came = observe("sh", "-c", "ln -s /bin/true /tmp/l; /tmp/l; ln -s ../../../../bin /tmp/b; /tmp/b/true")
    found = {each.path: each.digest for each in came.started if each.path != "/usr/bin/ln" and not each.absent}
    assert {path: found[path] for path in ("/tmp/l", "/tmp/b/true")} == {"/tmp/l": TRUE, "/tmp/b/true": TRUE}


def test_a_program_in_memory_has_its_hash(observe):
    came = observe("/actor", "memory")
    assert came.code == 0
    (fact,) = came.started
    assert "memfd:hidden" in fact.path
    assert fact.digest == TRUE


def test_one_that_is_not_there_is_marked_and_fails_as_ever(observe):
    came = observe("sh", "-c", "/bin/nothing")
    assert came.code == 127
    (fact,) = came.started
    assert (fact.path, fact.absent, fact.digest) == ("/bin/nothing", True, "")


def test_a_megabyte_of_arguments_is_cut(observe):
    came = observe("/actor", "large")
    assert came.code == 0
    (fact,) = came.started
    assert fact.cut
    assert sum(map(len, fact.argv)) <= MAX_BYTES
    assert fact.digest == TRUE


def test_many_arguments_are_cut(observe):
    came = observe("sh", "-c", f"/bin/true {'x ' * 1000}")
    (fact,) = came.started
    assert (len(fact.argv), fact.cut) == (MAX_WORDS, True)


def test_arguments_that_change_meanwhile_do_no_harm(observe):
    came = observe("/actor", "race")
    assert came.code == 0
    assert sum(each.times for each in came.started) == 200
    for fact in came.started:
        assert fact.path == "/bin/true"
        assert fact.argv[0] == "true"
        assert set(fact.argv[1:]) <= {"first", "second"}


@pytest.mark.parametrize(("act", "times"), [("vfork", 1), ("threads", 40)])
def test_threads_and_shared_memory(observe, act, times):
    came = observe("/actor", act)
    assert came.code == 0
    (fact,) = came.started
    assert (fact.path, fact.times) == ("/bin/true", times)


def test_nonsense_fails_as_ever_and_is_a_fact_that_could_not_be_read(observe):
    came = observe("/actor", "nonsense")
    assert came.code == 0
    assert came.lines == [
        "Bad address",
        "Bad address",
        "No such file or directory",
        "Bad file descriptor",
        "Bad address",
        "Bad file descriptor",
    ]
    assert any("path" in each.unread for each in came.started)
    assert any(each.cut and each.path == "/bin/true" and not each.argv for each in came.started)
    assert [each.unread for each in came.seen.connections] == [("address",)]
    assert came.seen.connections[0].times == 2


def test_those_that_are_killed_in_the_middle_are_no_matter(observe):
    assert observe("/actor", "killed").code == 0


def test_what_is_left_behind_goes_on_being_observed(ground, actor):
    mounts = (Mount("read", "/actor", actor),)
    sandbox, supervisor, feed, out, err = begin(ground, "/actor", "behind", mounts=mounts)
    assert sandbox.wait(PATIENCE) == 0
    assert [each.path for each in supervisor.take().processes] == ["/actor"]
    sandbox.close()
    assert not supervisor.over(0)
    os.write(feed, b"x")
    assert drain(out, err) == (b"done", b"")
    assert [each.path for each in supervisor.take().processes] == ["/bin/true"]
    os.close(feed)
    assert supervisor.over(PATIENCE)


def test_the_end_of_the_session_is_the_observer_s(ground):
    sandbox, supervisor, feed, out, err = begin(ground, "/bin/cat")
    ground.holder.stop()
    assert supervisor.over(PATIENCE)
    sandbox.close()
    for each in (feed, out, err):
        os.close(each)


def test_an_ordinary_user_s_observer_sees_as_much(launcher, open_folder, probe, actor):
    """Elsewhere it is the launchers alone that are another user's."""
    uid = OTHER if os.geteuid() == 0 else os.geteuid()

    def watched():
        with Holder.start() as holder:
            sandbox, supervisor, *pipes = begin(
                Ground(holder, open_folder, probe, uid),
                "sh",
                "-c",
                "/actor vfork",
                mounts=(Mount("read", "/actor", actor),),
            )
            assert sandbox.wait(PATIENCE) == 0
            sandbox.close()
            assert supervisor.over(PATIENCE)
            for each in pipes:
                os.close(each)
        return [[each.path, each.digest, list(each.argv)] for each in supervisor.take().processes]

    found = as_user(uid, watched)
    assert [os.path.basename(path) for path, _, _ in found] == ["sh", "actor", "true"]
    assert found[-1] == ["/bin/true", TRUE, ["true"]]
    assert all(len(digest) == 64 for _, digest, _ in found)
