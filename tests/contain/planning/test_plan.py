"""`plan`: what a sandbox shows, as examples and as what holds for all effects."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from jackline.contain.limits.budgets import Budgets
from jackline.contain.planning.host import at_home
from jackline.contain.planning.outfit import GATEWAY, GUARD_SOCKET, Session
from jackline.contain.planning.paths import below, depth_first
from jackline.contain.planning.planning import plan
from jackline.contain.planning.tables import SECRETS
from jackline.core.effect import Effect, Resource
from jackline.core.errors import ConfigurationError
from tests.contain.planning.worlds import (
    COMMAND,
    FILES,
    FOLDER,
    HOME,
    LINKS,
    PROTECTED,
    SESSION,
    SOCKETS,
    WORKSPACE,
    effects,
    file,
    host,
)

HOST = host()
FLOOR = plan(COMMAND, SESSION, HOST)
NOTHING = plan(COMMAND, SESSION, HOST, [])
ACTING = replace(SESSION, acting=True)
OWN = (SESSION.home, ACTING.home, SESSION.temporary, SESSION.etc, SESSION.view, SESSION.door)


def mounts(outfit):
    return {mount.target: mount for mount in outfit.plan.mounts}


def shown(outfit):
    """What of the host a sandbox reads or writes: paths of the host, with all below them."""
    found = {mount.source for mount in outfit.plan.mounts if mount.kind in {"read", "write"}}
    return {each for each in found if each not in OWN} | {copy.source for copy in outfit.copies}


def visible(outfit, path):
    """Whether a file of the host can be read inside, by any name: under a mount of it, and not hidden there."""
    if path in {copy.source for copy in outfit.copies}:
        return True
    for mount in outfit.plan.mounts:
        if mount.kind in {"read", "write"} and below(path, mount.source):
            inside = mount.target + path[len(mount.source) :]
            last = [each for each in outfit.plan.mounts if below(inside, each.target)][-1]
            if last is mount or (last.kind in {"read", "write"} and below(path, last.source)):
                return True
    return False


def written(outfit):
    return {mount.source for mount in outfit.plan.mounts if mount.kind == "write"} - set(OWN) | {
        each.target for each in outfit.deliveries
    }


def test_the_floor_is_the_view_a_private_home_and_tools_to_read():
    found = mounts(FLOOR)
    assert (found[WORKSPACE].kind, found[WORKSPACE].source) == ("write", SESSION.view)
    assert (found[HOME].kind, found[HOME].source) == ("write", SESSION.home)
    assert {found["/tmp"].source, found["/var/tmp"].source} == {SESSION.temporary}
    assert found["/usr"].kind == found[f"{HOME}/.nvm"].kind == found[f"{HOME}/.local/bin"].kind == "read"
    assert found["/etc"].source == SESSION.etc
    assert found[GUARD_SOCKET].source == SESSION.door
    assert not {"/", "/run/user", "/var", "/sys", "/home", "/root"} & found.keys()


def test_a_clients_state_is_writable_for_this_workspace_alone_and_its_settings_are_not():
    found = mounts(FLOOR)
    assert found[f"{HOME}/.claude/projects/-home-ada-work-app"].kind == "write"
    assert found[f"{HOME}/.claude/settings.json"].kind == "read"
    assert f"{HOME}/.claude" not in found
    assert f"{HOME}/.claude/settings.local.json" not in found, "what is not there is not made on the host"
    assert {copy.source for copy in FLOOR.copies} == {f"{HOME}/.claude.json", f"{HOME}/.claude/.credentials.json"}


def test_an_action_has_no_credential_of_the_client():
    assert not NOTHING.copies
    assert mounts(NOTHING)[HOME].source != mounts(FLOOR)[HOME].source, "nor the home into which it was copied"


@pytest.mark.parametrize("client", ["claude", "codex", "gemini", "qwen", "opencode", "", "unheard-of"])
def test_no_clients_whole_folder_is_shown(client):
    found = mounts(plan(COMMAND, SESSION, host(client)))
    assert not {f"{HOME}/.claude", f"{HOME}/.codex", f"{HOME}/.gemini", f"{HOME}/.qwen"} & found.keys()


def test_a_file_that_is_read_is_shown_for_reading():
    found = mounts(plan(COMMAND, SESSION, HOST, [file("read", "~/notes.txt")]))
    assert found[f"{HOME}/notes.txt"].kind == "read"
    assert not {f"{HOME}/docs/a.txt", f"{HOME}/docs"} & found.keys()


def test_a_directory_that_is_read_is_shown_without_its_secrets_and_sockets():
    outfit = plan(COMMAND, SESSION, HOST, [file("read", "~/docs")])
    assert mounts(outfit)[f"{HOME}/docs"].kind == "read"
    assert {each.target for each in outfit.plan.mounts if each.kind == "hide"} >= {
        f"{HOME}/docs/.env",
        f"{HOME}/docs/agent.sock",
    }
    named = mounts(plan(COMMAND, SESSION, HOST, [file("read", "~/docs"), file("read", "~/docs/.env", "secret")]))
    assert named[f"{HOME}/docs/.env"].kind == "read"


def test_a_secret_is_shown_where_an_effect_names_the_very_file():
    assert f"{HOME}/.ssh/id_ed25519" in mounts(
        plan(COMMAND, SESSION, HOST, [file("read", "~/.ssh/id_ed25519", "secret")])
    )
    folder = plan(COMMAND, SESSION, HOST, [file("read", "~/.ssh")])
    assert f"{HOME}/.ssh" not in mounts(folder)
    assert [each.name for each in folder.withheld] == [f"{HOME}/.ssh"]


def test_a_secret_that_is_only_changed_is_not_shown():
    outfit = plan(COMMAND, SESSION, HOST, [file("modify", "~/.netrc")])
    assert shown(outfit) == shown(NOTHING)
    assert [each.name for each in outfit.withheld] == [f"{HOME}/.netrc"]


def test_a_file_that_is_made_or_changed_is_carried_out_by_its_name():
    outfit = plan(
        COMMAND,
        SESSION,
        HOST,
        [file("create", "~/docs/new.txt"), file("modify", "~/notes.txt"), file("delete", "~/docs/a.txt")],
    )
    how = {each.target: (each.inside, set(each.how)) for each in outfit.deliveries}
    assert how == {
        f"{HOME}/docs/new.txt": (f"{FOLDER}/actions/docs/new.txt", {"create"}),
        f"{HOME}/notes.txt": (f"{FOLDER}/actions/notes.txt", {"replace"}),
        f"{HOME}/docs/a.txt": (f"{FOLDER}/actions/docs/a.txt", {"remove"}),
    }
    assert {each.source for each in outfit.copies} == {f"{HOME}/notes.txt", f"{HOME}/docs/a.txt"}
    assert not [each for each in outfit.plan.mounts if each.kind == "write" and each not in NOTHING.plan.mounts]


def test_what_is_read_of_etc_has_a_place_in_the_copy():
    outfit = plan(COMMAND, SESSION, HOST, [file("read", "/etc/shadow", "secret")])
    assert [(each.path, each.directory) for each in outfit.places] == [(f"{FOLDER}/etc/shadow", False)]
    assert mounts(outfit)["/etc/shadow"].kind == "read"


def test_a_tree_that_is_deleted_is_shown_for_writing():
    found = mounts(plan(COMMAND, SESSION, HOST, [file("delete", "~/docs/deep", "tree")]))
    assert found[f"{HOME}/docs/deep"].kind == "write"


@pytest.mark.parametrize("name", ["/", "/home", HOME, f"{HOME}/work"])
def test_what_holds_the_home_or_the_workspace_is_the_sandboxes_own(name):
    for verb in ("read", "delete"):
        outfit = plan(COMMAND, SESSION, HOST, [file(verb, name, "tree")])
        assert (shown(outfit), written(outfit)) == (shown(NOTHING), written(NOTHING))


@pytest.mark.parametrize(
    "name",
    [*LINKS, *SOCKETS, "/proc/1/environ", "/dev/sda", "/run", "//etc/shadow", "*", f"{HOME}/a/../.ssh/id_ed25519"],
)
def test_links_sockets_and_the_kernels_own_are_withheld(name):
    outfit = plan(COMMAND, SESSION, HOST, [file("read", name), file("modify", name)])
    assert (shown(outfit), written(outfit)) == (shown(NOTHING), written(NOTHING))
    assert {each.name for each in outfit.withheld} == {name}


def test_listeners_are_there_where_something_outside_was_decided():
    assert NOTHING.plan.listeners == ()
    assert "http_proxy" not in NOTHING.plan.environment
    for effect in (
        Effect("connect", Resource("endpoint", "example.com", reach="remote")),
        Effect("install", Resource("package", "pip:requests")),
        Effect("send", Resource("message", "ada")),
    ):
        outfit = plan(COMMAND, SESSION, HOST, [effect])
        assert outfit.plan.listeners == GATEWAY
        assert outfit.plan.environment["https_proxy"].startswith("http://127.0.0.1:")
    assert FLOOR.plan.listeners == GATEWAY


def test_budgets_become_each_process_own_limits():
    outfit = plan(COMMAND, SESSION, HOST, [], Budgets(cpu_seconds=7, processes=9, memory_bytes=5))
    assert outfit.plan.limits == {
        "core_bytes": 0,
        "cpu_seconds": 7,
        "processes": 9,
        "open_files": 65536,
        "file_bytes": 64 * 1024**3,
    }


@pytest.mark.parametrize(
    ("workspace", "says"),
    [
        ("/home/ada", "holds the home"), ("/", "holds the home"), ("/usr", "part of the system"), ("/tmp", "part of the system"),
        ("/proc/1", "part of the system"), ("/home/ada/.ssh/x", "credentials"), ("/home/ada/.config", "the guard's own"),
        ("/home/ada/.local/state/jackline/sessions", "the guard's own"),
    ],
)  # fmt: skip
def test_a_workspace_that_cannot_be_one_is_refused(workspace, says):
    with pytest.raises(ConfigurationError, match=says):
        plan(COMMAND, replace(SESSION, workspace=workspace), HOST)


@settings(max_examples=150, deadline=None)
@given(effects())
def test_nothing_of_the_guard_is_ever_shown(decided):
    outfit = plan(COMMAND, SESSION, HOST, decided)
    for path in (*shown(outfit), *written(outfit), *outfit.made):
        assert not any(below(path, each) or below(each, path) for each in PROTECTED), path


@settings(max_examples=150, deadline=None)
@given(effects())
def test_nothing_is_shown_or_written_beside_the_base_and_what_was_named(decided):
    outfit = plan(COMMAND, SESSION, HOST, decided)
    named = {effect.resource.name for effect in decided if effect.resource.kind == "file"}
    changed = {
        effect.resource.name
        for effect in decided
        if effect.resource.kind == "file" and effect.verb not in {"read", "execute", "connect", "opaque"}
    }
    assert shown(outfit) - shown(NOTHING) <= named
    assert written(outfit) - written(NOTHING) <= changed


@settings(max_examples=150, deadline=None)
@given(effects())
def test_no_secret_is_shown_that_no_effect_names(decided):
    outfit = plan(COMMAND, SESSION, HOST, decided)
    named = {effect.resource.name for effect in decided if effect.resource.kind == "file"}
    secret = [f"{HOME}/{name}" for name in FILES if ".env" in name] + [f"{HOME}/docs/agent.sock", *SOCKETS]
    secret += [
        f"{HOME}/{name}" for name in FILES if any(below(f"{HOME}/{name}", at_home(HOME, each)) for each in SECRETS)
    ]
    for path in {*secret, "/etc/shadow"} - named:
        assert not visible(outfit, path), path


@settings(max_examples=150, deadline=None)
@given(effects(), st.data())
def test_fewer_effects_never_show_more(decided, data):
    fewer = [each for each in decided if data.draw(st.booleans())]
    less, more = plan(COMMAND, SESSION, HOST, fewer), plan(COMMAND, SESSION, HOST, decided)
    paths = [f"{HOME}/{name}" for name in FILES] + [*HOST.known]
    for path in paths:
        assert not visible(less, path) or visible(more, path), path
    assert set(less.plan.listeners) <= set(more.plan.listeners)


@settings(max_examples=50, deadline=None)
@given(effects(), st.randoms())
def test_the_order_of_effects_changes_nothing(decided, random):
    other = list(decided)
    random.shuffle(other)
    one, two = plan(COMMAND, SESSION, HOST, decided), plan(COMMAND, SESSION, HOST, other)
    assert one.plan == two.plan
    assert set(one.deliveries) == set(two.deliveries)
    assert set(one.copies) == set(two.copies)


@settings(max_examples=100, deadline=None)
@given(effects())
def test_a_plan_is_in_order_and_each_place_is_used_once(decided):
    targets = [mount.target for mount in plan(COMMAND, SESSION, HOST, decided).plan.mounts]
    assert targets == sorted(set(targets), key=depth_first)
    assert all(os.path.normpath(each) == each and each.startswith("/") for each in targets)


def test_a_plan_does_not_depend_on_what_the_folder_is_called():
    other = Session(WORKSPACE, "/s/view", "/s", protected=PROTECTED)
    assert mounts(plan(COMMAND, other, HOST))[HOME].source == "/s/home"
