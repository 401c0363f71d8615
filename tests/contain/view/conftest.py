"""What the tests of the view share: a child in a user namespace, and cases that are cleared away."""

import pytest

from jackline.contain.view.view import View
from tests.contain.view.world import Case, Inside


@pytest.fixture(scope="session")
def inside():
    """The child that mounts and does what it is told, for the whole run."""
    try:
        child = Inside()
    except (AssertionError, PermissionError) as error:
        if "PermissionError" not in repr(error):
            raise
        pytest.skip("user namespaces are forbidden here: no overlay can be mounted")
    yield child
    child.close()


class Session:
    """A mounted view of a small workspace, and what a test does with it."""

    def __init__(self, inside, setup, *, live, case=None):
        self.inside, self.case = inside, case or Case(setup)
        self.view = View(self.case.root, self.case.upper, self.case.history, session="s", live=live)
        self.prepared = self.view.start()
        self.mounted = False

    def mount(self):
        self.inside.call("mount", self.case.workspace, self.case.at("upper"), self.case.at("work"), self.case.merged)
        self.mounted = True

    def unmount(self):
        self.inside.call("unmount", self.case.merged)
        self.mounted = False

    def does(self, *acts):
        """What the agent does inside."""
        self.inside.call("perform", self.case.merged, list(acts))

    def outside(self, name):
        """A path of the real workspace."""
        return f"{self.case.workspace}/{name}"

    def within(self, name):
        """The same path in the view, as it is seen from outside."""
        return f"/proc/{self.inside.pid}/root{self.case.merged}/{name}"

    def close(self):
        if self.mounted:
            self.unmount()
        self.case.close()


@pytest.fixture
def session(inside):
    """`session(setup, live=…)` opens one."""
    opened = []

    def open_one(*setup, live=True):
        one = Session(inside, list(setup), live=live)
        opened.append(one)
        one.mount()
        return one

    yield open_one
    for one in opened:
        one.close()
