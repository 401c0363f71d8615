"""Paths and hosts: the corpora beside this file, and what must hold for any text."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jackline.core.words import REACHES
from jackline.lower.places import (
    absolute,
    endpoint,
    environment_of,
    file_resource,
    normal,
    normal_host,
    resolve,
    resolve_text,
)
from jackline.lower.places.classify import holds_token
from jackline.lower.scope import Scope
from jackline.lower.surroundings import FileFacts, Surroundings, Table
from jackline.lower.word import Hole, Word, word

HERE = Path(__file__).parent
HOME, WORKSPACE = "/home/dev", "/home/dev/app"


def scope_of(answers=None, **kwargs):
    world = Surroundings(Table(answers or {}), cwd=WORKSPACE, workspace=WORKSPACE, home=HOME, user="dev")
    return Scope(world, {}, **kwargs)


def cases(name):
    table = tomllib.loads((HERE / name).read_text(encoding="utf-8"))
    return [
        pytest.param(key, value, id=f"{group}:{key}") for group, rows in table.items() for key, value in rows.items()
    ]


@pytest.mark.parametrize(("path", "expected"), cases("paths.toml"))
def test_a_path_is_what_its_name_says(path, expected):
    reach, *labels = expected.split()
    found = file_resource(normal(path), scope_of())
    assert (found.reach, sorted(found.labels)) == (reach, sorted(labels))


@pytest.mark.parametrize(("host", "expected"), cases("hosts.toml"))
def test_a_host_has_one_name_and_its_labels(host, expected):
    name, *rest = expected.split()
    found = endpoint(host, 443, scope_of())
    assert (found.name, sorted(found.labels), found.jurisdiction) == (name, sorted(rest[:-1]), rest[-1])


def test_a_port_that_nobody_knows_is_said_so_but_not_on_this_machine():
    scope = scope_of(
        {("registries", ""): frozenset({"packages.example:8443"}), ("model_hosts", ""): frozenset({"model.example"})}
    )
    assert "unknown_port" in endpoint("a.example", 4444, scope).labels
    assert "unknown_port" not in endpoint("a.example", 5432, scope).labels
    assert "unknown_port" not in endpoint("localhost", 3000, scope).labels
    assert endpoint("packages.example", 8443, scope).labels == {"registry"}
    assert endpoint("packages.example", 9999, scope).labels == {"unknown_port"}
    assert endpoint("model.example", 443, scope).labels == {"model_api"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.txt", "/w/a.txt"), ("./a//b/../c/", "/w/a/c"), ("../../../..", "/"), ("/a/./b//", "/a/b"), ("//etc//passwd", "/etc/passwd"),
        ("~", "/home/dev"), ("~/x", "/home/dev/x"), ("~bob/x", "/home/bob/x"), ("", "/w"), (".", "/w"), ("/proc/self/root/proc/self/root/etc", "/etc"),
        ("/proc/9/task/10/root/../etc", "/etc"), ("/proc/self/fd/3", "/dev/fd/3"), ("a/...", "/w/a/..."), ("/", "/"), ("/..", "/"),
    ],
)  # fmt: skip
def test_absolute(text, expected):
    assert absolute(text, "/w", HOME) == expected


def test_what_follows_dots_behind_a_link_is_where_the_kernel_goes():
    answers = {("file", f"{WORKSPACE}/link"): FileFacts("directory", "/home/dev/.ssh/keys")}
    assert resolve_text("link/../id_rsa", WORKSPACE, scope_of(answers)) == "/home/dev/.ssh/id_rsa"
    assert resolve_text("sub/../id_rsa", WORKSPACE, scope_of(answers)) == f"{WORKSPACE}/id_rsa"
    assert resolve_text("/proc/self/cwd/x", WORKSPACE, scope_of()) == f"{WORKSPACE}/x"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((Hole("$X"),), "*"),
        (("src/", Hole("$X")), "/w/src/*"),
        ((Hole("$H"), "/.ssh/id_rsa"), "*/.ssh/id_rsa"),
        (("/home/", Hole("$U"), "/.ssh/", Hole("$K")), "/home/*/.ssh/*"),
        (("src/", Hole("$X"), "/../../x"), "*"),
        (("a", Hole("$X"), Hole("$Y"), "b"), "/w/a*b"),
    ],
)
def test_holes_are_stars(parts, expected):
    assert resolve(Word(parts), "/w", scope_of()) == ("*" if expected == "*" else expected)


def test_a_quoted_tilde_is_a_name():
    assert resolve(word("~/x"), "/w", scope_of()) == "/home/dev/x"
    assert resolve(Word(("~/x",), quoted=True), "/w", scope_of()) == "/w/~/x"


def test_a_link_leads_to_what_it_names_and_keeps_a_secret_name():
    answers = {("file", f"{WORKSPACE}/notes"): FileFacts("file", "/home/dev/.ssh/id_rsa", "self", 9)}
    found = file_resource(f"{WORKSPACE}/notes", scope_of(answers))
    assert (found.name, found.reach) == ("/home/dev/.ssh/id_rsa", "home")
    assert "secret" in found.labels
    answers = {("file", f"{WORKSPACE}/.env"): FileFacts("file", "/srv/vault/a", "self", 9)}
    assert "secret" in file_resource(f"{WORKSPACE}/.env", scope_of(answers)).labels


def test_the_name_of_a_link_itself_lies_in_its_real_directory():
    answers = {
        ("file", f"{WORKSPACE}/d/l"): FileFacts("file", "/etc/passwd"),
        ("file", f"{WORKSPACE}/d"): FileFacts("directory", "/srv/d"),
    }
    assert file_resource(f"{WORKSPACE}/d/l", scope_of(answers), follow=False).name == "/srv/d/l"


def test_settings_are_secret_where_they_hold_a_token():
    path = "/home/dev/.npmrc"
    assert "secret" in file_resource(path, scope_of({("token", path): True})).labels
    assert "secret" not in file_resource(path, scope_of({("token", path): False})).labels
    assert "secret" in file_resource(path, scope_of()).labels  # not known: it might
    assert "secret" not in file_resource(path, scope_of({("file", path): FileFacts("absent", path)})).labels


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("//registry.example/:_authToken=npm_0123456789abcdef", True), ("//registry.example/:_authToken=${NPM_TOKEN}", False),
        ("registry=https://registry.example/", False), ("index-url = https://dev:hunter22@pypi.example/simple", True), ("url = https://dev@host.example/x", False),
        ('{"auths": {"r.example": {"auth": "ZGV2OnB3"}}}', True), ('{"auths": {"r.example": {}}, "credsStore": "pass"}', False), ("<password>hunter2222</password>", True),
        ("<password>${env.PW}</password>", False), ("-----BEGIN OPENSSH PRIVATE KEY-----", True), ('{"env": {"API_KEY": "sk-0123456789abcdefghij"}}', True),
        ("token = env(TOKEN)", False), ("Bearer abcdefghijklmnop", True), ("# set your token here", False), ("AKIAIOSFODNN7EXAMPLE", True),
    ],
)  # fmt: skip
def test_what_looks_like_a_token(text, expected):
    assert holds_token(text) is expected


@pytest.mark.parametrize(
    ("path", "standing", "expected"),
    [
        ("node_modules/a/b.js", frozenset({"ignored"}), True), ("node_modules", frozenset({"untracked"}), True), ("dist", frozenset({"outside"}), True),
        ("dist/a.js", frozenset({"clean"}), False), ("build", frozenset({"ignored", "modified"}), False), ("dist", None, False),
        ("bin/a", frozenset({"untracked"}), False), ("bin/a", frozenset({"ignored"}), True), ("src/a.pyc", frozenset({"ignored"}), True),
        ("src/a.py", frozenset({"ignored"}), False),
    ],
)  # fmt: skip
def test_build_output_is_what_git_holds_nothing_of(path, standing, expected):
    place = path.split("/", maxsplit=1)[0] if not path.startswith("src/") else path
    answers = {("standing", f"{WORKSPACE}/{place}"): standing} if standing is not None else {}
    assert ("build_output" in file_resource(f"{WORKSPACE}/{path}", scope_of(answers)).labels) is expected


def test_a_workspace_in_a_temporary_folder_is_a_workspace():
    world = Surroundings(Table(), cwd="/tmp/app", workspace="/tmp/app", home=HOME, user="dev")
    found = file_resource("/tmp/app/a.py", Scope(world, {}))
    assert (found.reach, found.labels) == ("workspace", frozenset())


@pytest.mark.parametrize("workspace", ["/", "/home", "/home/dev", "/root", "/Users"])
def test_a_home_or_what_is_above_it_is_no_workspace(workspace):
    world = Surroundings(Table(), cwd=workspace, workspace=workspace, home=HOME, user="dev")
    assert file_resource("/home/dev/a.py", Scope(world, {})).reach == "home"
    assert file_resource("/etc/a", Scope(world, {})).reach == "system"


@pytest.mark.parametrize(
    ("tmpdir", "expected"),
    [
        ("/scratch/tmp/dev", True),
        ("/home/dev", False),
        ("/", False),
        ("/home/dev/work", False),
        ("/home/dev/tmp", True),
        ("/scratch", False),
    ],
)
def test_a_chosen_temporary_directory_is_believed_only_where_no_work_lies(tmpdir, expected):
    scope = scope_of({("variable", "TMPDIR"): tmpdir})
    assert ("temporary" in file_resource(f"{tmpdir.rstrip('/')}/x/y", scope).labels) is expected


def test_another_users_file_is_said_to_be_so():
    path = "/tmp/theirs"
    found = file_resource(path, scope_of({("file", path): FileFacts("file", path, "other", 1)}))
    assert found.labels == {"other_user"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("db.prod.example.com", "production"), ("gke_acme_europe_production-1", "production"), ("prod2", "production"), ("product-db", "unknown"),
        ("stg-api", "staging"), ("qa.example.com", "staging"), ("dev-cluster", "development"), ("localhost", "development"), ("127.0.0.1", "development"),
        ("docker-desktop", "development"), ("minikube", "development"), ("devon.example.com", "unknown"), ("prod-to-test", "production"),
        ("live", "production"), ("olive", "unknown"), ("preprod", "staging"),
    ],
)  # fmt: skip
def test_environment_by_name(name, expected):
    assert environment_of(name) == expected


TEXTS = st.text(alphabet=st.sampled_from("/.~*ab\0 \n-é{}[]?\\$"), max_size=40) | st.text(max_size=60)


@given(TEXTS)
def test_any_path_has_a_resource_and_one_spelling(text):
    scope = scope_of()
    path = resolve_text(text, WORKSPACE, scope)
    assert path.startswith(("/", "*"))
    assert normal(path) == path
    assert "/../" not in path + "/"
    assert "//" not in path
    found = file_resource(path, scope)
    assert found.reach in REACHES


@given(st.lists(st.sampled_from(["a", ".", "..", "", "x y"]), max_size=8), st.booleans())
def test_decorating_a_path_changes_nothing(names, rooted):
    scope = scope_of()
    names = ["a", *names]
    plain = ("/" if rooted else "") + "/".join(names)
    decorated = ("/" if rooted else "./") + "/./".join(names) + "//."
    assert resolve_text(plain, WORKSPACE, scope) == resolve_text(decorated, WORKSPACE, scope)
    assert resolve_text("/proc/self/root" + resolve_text(plain, WORKSPACE, scope), WORKSPACE, scope) == resolve_text(
        plain, WORKSPACE, scope
    )


HOST_PIECES = st.sampled_from(
    ["0", "1", "7f", "127", "x", "0x", "-", "+", "_", ".", "..", ":", "[", "]", "%", "%30", "%25", "%2e", "%00", "*", "@", "/", " ", "xn--", "xn--0-", "0\xad",
     "\xad", "\u200b", "\u200d", "\u3002", "\u2024", "\ufe0f", "\u0660", "\uff10", "\xdf", "\u1e9e", "\u0130", "\u212a", "\u017f", "\xe9", "\ud800", "\x00"]
)  # fmt: skip


@given(TEXTS | st.lists(HOST_PIECES, max_size=8).map("".join))
@example("0\xad")
@example("0x-1")
@example("%25\xad127")
def test_any_host_has_one_name(text):
    name = normal_host(text)
    assert name
    assert normal_host(name) == name
    endpoint(text, 443, scope_of())


@pytest.mark.parametrize("text", ["0x-1", "0x+1", "0x1_1", "1_1", "0x 1g", "+1", "0b1"])
def test_what_only_python_takes_for_a_number_is_no_address(text):
    assert normal_host(text) == text.replace(" ", "")


@given(st.ip_addresses(v=4))
def test_all_spellings_of_an_address_are_one(address):
    number = int(address)
    first, second, third, fourth = address.packed
    plain = str(address)
    assert normal_host(str(number)) == plain
    assert normal_host(hex(number)) == plain
    assert normal_host(f"0{first:o}.0x{second:x}.{third}.{fourth}") == plain
    assert normal_host(f"{first}.{number & 0xFFFFFF}") == plain
    assert normal_host(f"[::ffff:{plain}]") == plain
