"""What is said where no sandbox can be made, from what systems say of themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.walls import missing
from jackline.contain.walls.missing import System, apparmor_profile, explain

APPARMOR = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
FILTERED = {"/proc/self/status": "Name:\tpython\nSeccomp:\t2\nSeccomp_filters:\t1\n"}
REFUSED = "this system lets this user make no user namespace: Operation not permitted"


def system(files=None, kernel="6.8.0-45-generic", name="linux", present=()):
    texts = files or {}
    return System(name, kernel, lambda path: texts.get(path, ""), lambda path: path in present)


@pytest.mark.parametrize(
    ("seen", "problem", "says"),
    [
        (system({APPARMOR: "1\n"}), REFUSED, "kernel.apparmor_restrict_unprivileged_userns=0"),
        (system({"/proc/sys/kernel/unprivileged_userns_clone": "0\n"}), REFUSED, "kernel.unprivileged_userns_clone=1"),
        (system({"/proc/sys/user/max_user_namespaces": "0\n"}), REFUSED, "user.max_user_namespaces=10000"),
        (system(FILTERED, present={"/.dockerenv"}), REFUSED, "--security-opt seccomp=unconfined"),
        (system(FILTERED, present={"/run/.containerenv"}), REFUSED, "we are in a container"),
        (system(kernel="5.10.0-30-amd64"), "", "5.13 or newer"),
        (system({"/sys/kernel/security/lsm": "capability,yama,apparmor"}), "", "add it to the kernel's `lsm=`"),
        (system(), "the kernel has no Landlock, or it is switched off", "Landlock is off"),
        (system(name="darwin", kernel="24.6.0"), "", "on Linux alone"),
        (system(), "something new", "cannot say why"),
    ],
)
def test_what_is_missing_is_said_with_the_way_to_get_it(seen, problem, says):
    assert any(says in sentence for sentence in explain(problem, True, seen))


def test_nothing_is_said_where_nothing_is_missing():
    assert explain("", False, system({APPARMOR: "1"})) == ()


def test_a_mark_of_a_container_alone_forbids_nothing():
    assert missing.IN_CONTAINER not in explain(REFUSED, True, system(present={"/.dockerenv"}))


@given(st.text(), st.text(), st.text(), st.sampled_from(["linux", "darwin", "win32", ""]))
def test_no_system_is_too_strange(text, kernel, problem, name):
    assert explain(problem, True, System(name, kernel, lambda _: text, lambda _: True))


def test_a_profile_names_the_launcher_alone():
    assert 'profile jackline-launch "/opt/a b/jackline-launch"' in apparmor_profile("/opt/a b/jackline-launch")
