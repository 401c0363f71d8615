"""The tree that is built, against a model of it: over generated lists of mounts, and while somebody moves links about."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import threading

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.contain.plan import Mount
from jackline.core.errors import ContainmentError

FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

SOURCES = {"one": {"a": {"f": "one-a-f"}, "b": {}, "f": "one-f"}, "two": {"a": {"b": {"f": "two-a-b-f"}}}}
TARGETS = ["/m", "/m/a", "/m/a/b", "/m/b", "/m/c", "/m/a/f", "/m/f"]
PLACES = ["one", "one/a", "one/a/f", "two", "two/a", "two/a/b", "two/none"]
MOUNTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["read", "write"]), st.sampled_from(TARGETS), st.sampled_from(PLACES), st.booleans()),
        st.tuples(st.sampled_from(["hide", "tmpfs"]), st.sampled_from(TARGETS), st.just(""), st.booleans()),
    ),
    min_size=1,
    max_size=5,
)


class RefusedError(Exception):
    """The launcher must not start this."""


class Model:
    """Directories are dicts, files are texts in a list of one; a mount is a root and whether it can be written to.

    What is mounted lies on a directory or file *of a mount*, so that the same directory shown twice may carry different
    things; what is made in a source is there wherever that source is shown.
    """

    def __init__(self):
        self.sources = {name: self.copy(tree) for name, tree in SOURCES.items()}
        self.root = ({}, True)
        self.on = {}

    def copy(self, tree):
        return {name: self.copy(each) if isinstance(each, dict) else [each] for name, each in tree.items()}

    def top(self, mount, node):
        while (id(mount), id(node)) in self.on:
            mount = self.on[id(mount), id(node)]
            node = mount[0]
        return mount, node

    def find(self, path, make=None):
        """Where `path` leads, or None; `make` is what the last part becomes where it is missing."""
        mount, node = self.top(self.root, self.root[0])
        parts = path.strip("/").split("/")
        for at, part in enumerate(parts):
            if not isinstance(node, dict):
                raise RefusedError
            if part not in node:
                if make is None:
                    return None
                if not mount[1]:
                    raise RefusedError
                node[part] = {} if at < len(parts) - 1 or isinstance(make, dict) else [""]
            mount, node = self.top(mount, node[part])
        return mount, node

    def source(self, place):
        node = self.sources
        for part in place.split("/"):
            if not isinstance(node, dict) or part not in node:
                return None
            node = node[part]
        return node

    def mount(self, kind, target, place, optional):
        if kind == "hide":
            try:
                at = self.find(target)
            except RefusedError:
                at = None
            if at is None and optional:
                return
            node = "hidden" if at is None or isinstance(at[1], dict) else "covered"
        else:
            node = {} if kind == "tmpfs" else self.source(place)
            if node is None and optional:
                return
            if node is None:
                raise RefusedError
            at = self.find(target, make=node)
        if at is None or (kind != "hide" and isinstance(at[1], dict) != isinstance(node, dict)) or at[1] == "hidden":
            raise RefusedError
        self.on[id(at[0]), id(at[1])] = (node, kind in {"write", "tmpfs"})

    def seen(self, path="/m"):
        """Each path below, with its content or `d`, and whether it can be written to."""
        at = self.find(path)
        if at is None:
            return {}
        mount, node = at
        if isinstance(node, str):
            return {path: "hidden"}
        access = "w" if mount[1] and mount is not self.root else "r"  # the root is sealed in the end
        if not isinstance(node, dict):
            return {path: f"{access} {node[0]}"}
        found = {path: f"{access} d"}
        for name in node:
            found |= self.seen(f"{path}/{name}")
        return found


LOOK = """
look() { for each in "$1"/*; do
  if test -d "$each" && ls "$each" >/dev/null 2>&1; then say "$each" d; look "$each";
  elif test -f "$each" && cat "$each" >/dev/null 2>&1; then say "$each" "$(cat "$each")";
  elif test -e "$each"; then echo "$each hidden"; fi; done; }
say() { if test -w "$1"; then echo "$1 w $2"; else echo "$1 r $2"; fi; }
test -e /m && if ls /m >/dev/null 2>&1; then if test -d /m; then say /m d; look /m; else say /m "$(cat /m 2>/dev/null || :)"; fi; else echo /m hidden; fi
"""


def lay(folder, tree):
    os.makedirs(folder, exist_ok=True)
    for name, each in tree.items():
        if isinstance(each, dict):
            lay(f"{folder}/{name}", each)
        else:
            with open(f"{folder}/{name}", "w") as file:
                file.write(each)


@FEW
@given(MOUNTS)
def test_the_tree_is_what_the_mounts_say(ground, mounts):
    shutil.rmtree(ground.folder)
    lay(ground.folder, SOURCES)
    ground.own()
    model = Model()
    plan = tuple(
        Mount(kind, target, f"{ground.folder}/{place}" if place else "", 65536 * (kind == "tmpfs"), optional=optional)
        for kind, target, place, optional in mounts
    )
    try:
        for each in mounts:
            model.mount(*each)
    except RefusedError:
        wanted = None
    else:
        wanted = model.seen()
    try:
        ran = ground.shell(LOOK, mounts=plan)
    except ContainmentError:
        assert wanted is None
        return
    assert wanted is not None, ran
    assert dict(line.split(" ", 1) for line in ran.lines) == wanted


EXCHANGE = 2
AT_FDCWD = -100


def test_a_link_that_is_moved_about_meanwhile_never_leads_out(ground):
    """A directory of the workspace becomes a link to the host, and back, while mounts are made below it."""
    ground.make("outside/kept", b"kept")
    ground.make("work/place/secret", b"inner")
    ground.make("shown", b"shown")
    os.symlink(f"{ground.folder}/outside", f"{ground.folder}/work/link")
    ground.own()
    libc = ctypes.CDLL(None, use_errno=True)
    names = [os.fsencode(f"{ground.folder}/work/{name}") for name in ("place", "link")]
    done = threading.Event()

    def swap():
        while not done.is_set():
            libc.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], EXCHANGE)

    swapping = threading.Thread(target=swap)
    swapping.start()
    shown = (
        Mount("write", "/work", f"{ground.folder}/work"),
        Mount("read", "/work/place/made/deep", f"{ground.folder}/shown"),
        Mount("hide", "/work/place/kept", optional=True),
        Mount("tmpfs", "/work/place/new", size=65536),
    )
    started = 0
    try:
        for _ in range(60):
            with contextlib.suppress(ContainmentError):  # the place went away in between
                started += ground.shell("true", mounts=shown).code == 0
            assert os.listdir(f"{ground.folder}/outside") == ["kept"]
    finally:
        done.set()
        swapping.join()
    assert started
