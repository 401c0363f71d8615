"""Live probes: with all walls up, with each made ineffective, and what follows for whoever wants to run something."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from jackline.contain.launch import program
from jackline.contain.walls import Report, Tried, probing, remembered, require
from jackline.contain.walls.table import DUTIES, ENOUGH, WALLS
from jackline.core.errors import ContainmentError
from tests.contain.escape.conftest import USERS, attempts, folder, measured_launcher, programs, run, user
from tests.contain.escape.world import as_user

__all__ = ["attempts", "folder", "measured_launcher", "programs", "run", "user"]

BROKEN = {
    "mounts": ("no landlock", ("landlock", "mounts")),
    "network namespace": ("no landlock", ("landlock", "network", "session_network")),
    "pid namespace": ("no landlock", ("landlock", "processes")),
    "seccomp": ("no landlock", ("landlock", "seccomp")),
    "landlock": ("no seccomp", ("seccomp", "landlock")),
    "landlock ports": ("no seccomp", ("seccomp", "landlock")),
    "landlock scopes": ("no seccomp", ("seccomp", "landlock")),
    "no privileges": ("no seccomp", ("seccomp", "rights")),
}
"""Wall → the sandbox in which it is tried, with that very wall left away: configured, as far as anyone knows, and not there."""


def examined(launcher, variant=None, away=()):
    program._PROGRAM = launcher
    if variant is not None:
        probing._LEFT_AWAY[variant] = away
        if (
            "mounts" in away
        ):  # what is seen is the host's own tree, in which the launcher and its directory lie elsewhere
            planned = probing._plan
            probing._plan = lambda wanted, given: on_the_host(planned(wanted, given), launcher, given[3])
    report = probing.examine()
    return [
        report.landlock,
        [[each.wall, each.duty, each.holds, each.detail] for each in report.tried],
        list(report.advice),
    ]


def on_the_host(plan, launcher, directory):
    return replace(plan, cwd=directory, argv=(launcher, *plan.argv[1:])) if "mounts" in plan.without else plan


def report(told):
    return Report(tuple(Tried(*each) for each in told[1]), told[0], tuple(told[2]))


def all_hold():
    return tuple(Tried(wall.name, wall.duty, holds=True) for wall in WALLS)


def but(*missing):
    return Report(tuple(Tried(each.wall, each.duty, each.wall not in missing) for each in all_hold()), 7, ("Do this.",))


def test_every_wall_holds_here(programs, run):
    found = report(run(examined, f"{programs}/jackline-launch"))
    assert [each for each in found.tried if not each.holds and not each.wall.startswith("landlock ")] == []
    assert found.missing() == {}
    assert found.landlock >= 1
    assert found.advice == ()


@pytest.mark.parametrize("wall", BROKEN)
def test_a_wall_that_is_up_and_does_not_refuse_is_found_out(measured_launcher, wall):
    found = report(as_user(next(iter(USERS.values())), examined, measured_launcher, *BROKEN[wall]))
    assert not found.holds(wall)
    own = next(each for each in found.tried if each.wall == wall)
    assert own.detail


def test_a_launcher_that_cannot_start_anything_holds_nothing(programs):
    found = report(as_user(next(iter(USERS.values())), examined, "/bin/false"))
    assert not any(each.holds for each in found.tried)
    assert set(found.missing()) == set(DUTIES)
    assert found.advice


def test_the_table_is_whole():
    assert {wall.duty for wall in WALLS} == set(DUTIES) == set(ENOUGH)
    assert {name for names in ENOUGH.values() for name in names} <= {wall.name for wall in WALLS}
    assert all(wall.needs and wall.tries and wall.answers for wall in WALLS)


def test_a_report_is_made_once_for_a_boot(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(probing, "examine", lambda: made.append(1) or but())
    path = str(tmp_path / "walls.json")
    assert remembered(path) == remembered(path) == but()
    assert made == [1]
    monkeypatch.setattr(probing, "_key", lambda: "another boot")
    remembered(path)
    assert made == [1, 1]
    (tmp_path / "walls.json").write_bytes(b"{")
    remembered(path)
    assert made == [1, 1, 1]


def test_nothing_is_refused_where_all_hold():
    assert require(but()) == ()
    assert require(but("landlock ports", "landlock scopes")) == ()


@pytest.mark.parametrize("wall", ["mounts", "pid namespace", "network namespace"])
def test_without_namespaces_no_option_makes_a_sandbox(wall):
    with pytest.raises(ContainmentError, match="nothing can be contained here"):
        require(but(wall), unsafe_missing_walls=True)


@pytest.mark.parametrize(
    ("wall", "away"), [("landlock", ("landlock",)), ("seccomp", ("seccomp",)), ("no privileges", ())]
)
def test_a_wall_is_waived_by_name_alone(wall, away):
    with pytest.raises(ContainmentError, match=rf"no {wall}.*Do this\. Or choose `--unsafe-missing-walls`"):
        require(but(wall))
    assert require(but(wall), unsafe_missing_walls=True) == away


def test_a_report_reads_as_lines():
    lines = but("seccomp").lines()
    assert lines[0] == f"ok: {DUTIES['files']}"
    assert f"MISSING: {DUTIES['kernel']}" in lines
    assert "  does not hold: seccomp" in lines
    assert lines[-1] == "Do this."
