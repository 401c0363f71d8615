"""The look at the disk, on a real one."""

from __future__ import annotations

import os
import socket

import pytest
from msgspec.structs import replace

from jackline.contain.planning import host as hosts
from jackline.contain.planning.host import gather, harmless, with_effects
from jackline.contain.planning.outfit import Command, Session
from jackline.contain.planning.planning import plan
from tests.contain.planning.worlds import file


@pytest.fixture
def home(tmp_path):
    """A home that is no temporary directory to planning."""
    for name, text in {
        "notes.txt": "n", ".ssh/id_rsa": "k", "docs/a": "a", "docs/.env": "e", "docs/sub/key.pem": "p", "docs/.env.example": "",
        ".gitconfig": "[user]\nname = Ada\n", "venv/pyvenv.cfg": "", "venv/bin/tool": "", ".nvm/x": "", "app/main.py": "",
    }.items():  # fmt: skip
        os.makedirs(tmp_path / os.path.dirname(name), exist_ok=True)
        (tmp_path / name).write_text(text)
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(tmp_path / "docs")
        listener.bind("agent.sock")
        os.chdir("/")
        yield str(tmp_path)


def look(home, *effects, protected=()):
    seen = gather({"HOME": home, "PATH": f"/usr/bin:relative::{home}/venv/bin"}, f"{home}/app")
    return with_effects(seen, effects, protected)


def test_what_is_secret_in_a_directory_is_found(home):
    found = look(home, file("read", f"{home}/docs")).hidden
    assert found == {
        f"{home}/docs": tuple(sorted(f"{home}/docs/{name}" for name in (".env", "agent.sock", "sub/key.pem")))
    }


def test_a_directory_with_too_much_in_it_is_not_looked_through(home, monkeypatch):
    monkeypatch.setattr(hosts, "MAX_LOOKED_AT", 3)
    assert look(home, file("read", f"{home}/docs")).hidden == {}


def test_a_directory_that_holds_something_protected_is_not_looked_into(home):
    assert look(home, file("read", f"{home}/docs"), protected=(f"{home}/docs/sub",)).hidden == {}


def test_the_home_itself_is_not_looked_into(home):
    assert look(home, file("read", home), file("read", os.path.dirname(home))).hidden == {}


def test_the_environment_that_a_program_belongs_to_is_shown(home):
    seen = look(home)
    session = Session(f"{home}/app", "/s/view", "/s")
    # The home lies below /tmp here, where planning shows nothing: the machine's real tables are meant.
    assert seen.path == ("/usr/bin", f"{home}/venv/bin")
    assert f"{home}/venv" in seen.installations
    assert plan(Command(("true",), f"{home}/app"), session, seen).plan.argv == ("true",)


def test_environments_that_name_each_other_are_not_followed_in_a_circle(home):
    for one, other in (("one", "two"), ("two", "one")):
        os.makedirs(f"{home}/{one}/bin")
        with open(f"{home}/{one}/pyvenv.cfg", "w") as file:
            file.write(f"home = {home}/{other}/bin\n")
    seen = gather({"HOME": home, "PATH": f"{home}/one/bin"}, f"{home}/app")
    assert f"{home}/one" in seen.installations


def test_what_a_shim_runs_is_shown_with_it(home):
    os.makedirs(f"{home}/elsewhere/shims")
    seen = gather({"HOME": home, "PATH": f"{home}/elsewhere/shims"}, f"{home}/app")
    assert seen.installations == (f"{home}/elsewhere/shims", f"{home}/elsewhere")


def test_a_folder_that_is_not_called_like_one_of_programs_is_not_shown_for_path(home):
    seen = gather({"HOME": home, "PATH": f"{home}/docs:{home}/.ssh:{home}"}, f"{home}/app")
    assert seen.installations == ()


def test_links_are_resolved(home):
    os.symlink(f"{home}/.ssh", f"{home}/innocent")
    seen = look(home, file("read", f"{home}/innocent"))
    assert seen.known[f"{home}/innocent"].real == f"{home}/.ssh"
    outfit = plan(
        Command(("true",), f"{home}/app"),
        Session(f"{home}/app", "/s/view", "/s"),
        replace(seen),
        [file("read", f"{home}/innocent")],
    )
    assert f"{home}/innocent" not in {mount.target for mount in outfit.plan.mounts}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[user]\nname = Ada\nemail = a@example.org\n", True),
        ("[http]\nextraHeader = AUTHORIZATION: basic x\n", False),
        ('[url "https://x:y@github.com"]\ninsteadOf = git\n', False),
        ("token = x", False),
    ],
)
def test_settings_are_shown_where_they_hold_nothing_like_a_credential(tmp_path, text, expected):
    (tmp_path / "config").write_text(text)
    assert harmless(str(tmp_path / "config")) is expected
    assert not harmless(str(tmp_path / "absent"))
