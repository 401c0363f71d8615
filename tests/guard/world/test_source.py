"""The world as one action sees it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.guard.world import NO_SESSION, Resources, Station, World
from jackline.guard.world.answers import QUESTIONS
from jackline.guard.world.processes import Processes
from jackline.guard.world.programs import Directories, Programs
from jackline.lower.surroundings import FileFacts


class Session:
    """A session that wrote some files."""

    def __init__(self, **wrote):
        self.files = wrote

    def wrote(self, path):
        return self.files.get(os.path.basename(path).split(".", maxsplit=1)[0], "")

    def planned(self, digest):
        return False

    def labels(self, kind, name):
        return frozenset({"untrusted"}) if self.wrote(name) == "fetched" else frozenset()

    def definition(self, name):
        return {"alias:ll": "ls -l"}.get(name)

    def started(self, pid):
        return pid == 4242


@pytest.fixture
def machine(tmp_path):
    home, app = tmp_path / "home/dev", tmp_path / "home/dev/app"
    app.mkdir(parents=True)
    environment = {"PATH": f"{app}/bin:/usr/bin:/bin", "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    for command in (
        ["init", "-qb", "main"],
        ["config", "user.email", "dev@example.com"],
        ["config", "user.name", "dev"],
    ):
        subprocess.run(["git", "-C", str(app), *command], env=environment, check=True)
    for name in ("tracked.py", "whole.py", "changed.py"):
        (app / name).write_text("1")
    subprocess.run(["git", "-C", str(app), "add", "-A"], env=environment, check=True)
    subprocess.run(["git", "-C", str(app), "commit", "-qm", "x"], env=environment, check=True)
    (app / "changed.py").write_text("22")
    for name in ("loose.py", "mine.py", "got.py"):
        (app / name).write_text("1")

    def world(session=NO_SESSION, cwd=app, client="claude", **more):
        station = Station(
            home=str(home), user="dev", uid=os.getuid(), environment={**environment, **more}, client=client
        )
        return World(guard_paths=lambda workspace, _home: (f"{workspace}/.claude/settings.json",)).surroundings(
            str(cwd), station, session
        )

    world.app, world.home = str(app), str(home)
    return world


def test_the_workspace_is_the_repository_that_holds_the_directory(machine):
    (deep := os.path.join(machine.app, "a/b")) and os.makedirs(deep)
    assert machine(cwd=deep).workspace == machine.app
    assert machine(cwd=machine.home).workspace == machine.home
    assert machine(cwd="/").workspace == "/"
    os.makedirs(other := f"{machine.home}/other/x")
    assert machine(cwd=other).workspace == other


def test_a_home_that_is_a_repository_is_no_workspace(machine):
    os.makedirs(f"{machine.home}/.git/refs")
    with open(f"{machine.home}/.git/HEAD", "w") as file:
        file.write("ref: refs/heads/main\n")
    os.makedirs(project := f"{machine.home}/project")
    assert machine(cwd=project).workspace == project


def test_who_wrote_what(machine):
    world = machine(Session(mine="whole", got="fetched", tracked="part"))
    names = ["tracked.py", "whole.py", "changed.py", "loose.py", "mine.py", "got.py"]
    assert {name: world.authorship(f"{machine.app}/{name}") for name in names} == {
        "tracked.py": "session", "whole.py": "committed", "changed.py": "unknown", "loose.py": "unknown", "mine.py": "session", "got.py": "fetched",
    }  # fmt: skip
    assert [world.wrote(f"{machine.app}/{name}") for name in names] == [False, False, False, False, True, True]
    assert world.authorship("/usr/bin/git") == "installed"
    assert world.labels("file", f"{machine.app}/got.py") == {"untrusted"}


def test_what_this_session_put_into_a_package_folder_is_not_installed(machine):
    os.makedirs(place := f"{machine.app}/node_modules/left")
    for name in ("index.js", "mine.js"):
        with open(f"{place}/{name}", "w") as file:
            file.write("x")
    world = machine(Session(mine="whole"))
    assert (world.authorship(f"{place}/index.js"), world.authorship(f"{place}/mine.js")) == ("installed", "session")


def test_standing(machine):
    world = machine()
    names = ["tracked.py", "changed.py", "loose.py", "gone.py", ".", ".git/config"]
    assert {name: world.standing(os.path.normpath(f"{machine.app}/{name}")) for name in names} == {
        "tracked.py": {"clean"}, "changed.py": {"modified"}, "loose.py": {"untracked"}, "gone.py": frozenset(),
        ".": {"clean", "modified", "untracked"}, ".git/config": {"outside"},
    }  # fmt: skip
    assert world.standing("/usr/bin/env") == {"outside"}


def test_which(machine):
    os.makedirs(f"{machine.app}/bin")
    own = f"{machine.app}/bin/frobnicate"
    with open(own, "w") as file:
        file.write("#!/bin/sh\n")
    world = machine()
    assert (world.which("sh") or "").endswith("/sh")
    assert world.which("frobnicate") == ""  # it cannot be run yet
    os.chmod(own, 0o755)
    assert machine().which("frobnicate") == own
    assert machine().which("./nothing") == ""
    assert machine().which("") == ""


def test_a_program_is_found_where_a_login_shell_would_find_it(machine, tmp_path):
    os.makedirs(place := f"{machine.home}/.local/bin")
    with open(f"{place}/tool", "w") as file:
        file.write("x")
    os.chmod(f"{place}/tool", 0o755)
    assert machine().which("tool") == f"{place}/tool"


def test_a_directory_that_changed_is_listed_again(tmp_path):
    cache = Directories()
    programs = lambda: Programs(str(tmp_path), home="/nonexistent", cwd="/", workspace="/nonexistent", cache=cache)  # noqa: E731
    assert programs().which("new-tool") == ""
    (tmp_path / "new-tool").write_text("x")
    (tmp_path / "new-tool").chmod(0o755)
    os.utime(tmp_path, ns=(1, 1))
    assert programs().which("new-tool") == f"{tmp_path}/new-tool"


def test_variables_that_are_no_secrets(machine):
    world = machine(
        AWS_PROFILE="prod",
        AWS_SECRET_ACCESS_KEY="x",
        PGHOST="db.prod",
        PGPASSWORD="x",
        GITHUB_TOKEN="x",
        PIP_INDEX_URL="https://u:p@h/x",
        NPM_CONFIG_TOKEN="x",
        FOO="1",
    )
    names = [
        "AWS_PROFILE",
        "PGHOST",
        "AWS_SECRET_ACCESS_KEY",
        "PGPASSWORD",
        "GITHUB_TOKEN",
        "PIP_INDEX_URL",
        "NPM_CONFIG_TOKEN",
        "FOO",
        "UNSET",
    ]
    assert [world.variable(name) for name in names] == ["prod", "db.prod", None, None, None, None, None, None, None]


def test_model_hosts_are_the_profiles_and_those_that_the_client_was_given(machine):
    assert machine(client="").model_hosts() == frozenset()
    assert machine(client="claude").model_hosts()
    world = machine(
        client="",
        ANTHROPIC_BASE_URL="http://127.0.0.1:8080/v1",
        OPENAI_BASE_URL="https://key@Gateway.Example",
        HOME_ENDPOINT="https://x.example",
    )
    assert world.model_hosts() == {"127.0.0.1:8080", "gateway.example"}


def test_the_rest_of_the_questions(machine):
    world = machine(Session())
    assert world.guard_paths() == (f"{machine.app}/.claude/settings.json",)
    assert world.definition("alias:ll") == "ls -l"
    assert world.context("git") == {"hooks": f"{machine.app}/.git/hooks"}
    assert world.environment("endpoint", "db.prod.example") == "production"
    assert world.git(f"{machine.app}/tracked.py").branch == "main"
    assert world.git("/usr").root == ""
    assert world.file(f"{machine.app}/tracked.py") == FileFacts("file", f"{machine.app}/tracked.py", "self", 1)


def test_processes():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        ours = Processes(os.getppid(), lambda pid: False)
        assert ours.answer(str(child.pid)) == "own" if os.getppid() > 1 else True
        assert Processes(0, lambda pid: pid == child.pid).answer(f"pid:{child.pid}") == "own"
        assert Processes(0, lambda pid: False).answer(str(child.pid)) == "other"
    finally:
        child.communicate(b"\n")
    nobody = Processes(0, lambda pid: False)
    assert nobody.answer(str(os.getpid())) == "guard"
    assert nobody.answer("jackline-guard") == "guard"
    assert nobody.answer("1") in {"other", "unknown"}
    assert nobody.answer("no-such-program-here") == "unknown"
    assert nobody.answer("99999999999999999999") == "unknown"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(st.sampled_from(QUESTIONS), st.text(max_size=40) | st.text(alphabet="/.a\0~:-1", max_size=12))
def test_any_question_has_an_answer(machine, question, subject):
    source = machine()._source
    source.answer(question, subject)
    source.answer(question, "/" + subject)
    assert source.answer("no such " + question, subject) is None


def test_a_source_that_fails_says_unknown(machine, monkeypatch):
    world = machine()
    monkeypatch.setattr(Resources, "environment", lambda *_: 1 / 0)
    assert world.environment("endpoint", "db.prod.example") == "unknown"


def test_a_pipe_in_the_place_of_any_file_does_not_keep_the_guard_waiting(machine):
    for name in (".env", ".npmrc", "package.json", "main.tf", ".gitignore"):
        os.mkfifo(f"{machine.app}/{name}")
    begun = time.monotonic()
    world = machine()
    world.text(f"{machine.app}/package.json")
    world.registries()
    world.context("terraform")
    world.git(machine.app)
    assert time.monotonic() - begun < 30
