"""Where a cgroup could be made, from the kernel's texts of several systems."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.limits.hierarchies import find

SYSTEMD_V2 = "35 24 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"
V1_MEMORY = "41 30 0:36 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
V1_CPU = "42 30 0:37 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct"
UNIFIED = "44 30 0:39 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
DOCKER_V1 = "41 30 0:36 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory"
FOREIGN = "41 30 0:36 /../other /sys/fs/cgroup rw - cgroup2 cgroup2 rw"
SPACED = "35 24 0:30 / /mnt/a\\040b rw shared:1 - cgroup2 cgroup2 rw"


@pytest.mark.parametrize(
    ("mountinfo", "membership", "expected"),
    [
        (SYSTEMD_V2, "0::/user.slice/u.scope", [(2, "/sys/fs/cgroup/user.slice/u.scope", set())]),
        (SYSTEMD_V2, "0::/", [(2, "/sys/fs/cgroup", set())]),
        (V1_MEMORY, "8:memory:/api/x", [(1, "/sys/fs/cgroup/memory/api/x", {"memory"})]),
        (V1_CPU, "2:cpu,cpuacct:/", [(1, "/sys/fs/cgroup/cpu,cpuacct", {"cpu", "cpuacct"})]),
        (f"{V1_MEMORY}\n{UNIFIED}", "8:memory:/m\n0::/u", [(1, "/sys/fs/cgroup/memory/m", {"memory"}), (2, "/sys/fs/cgroup/unified/u", set())]),
        (DOCKER_V1, "8:memory:/docker/abc/y", [(1, "/sys/fs/cgroup/memory/y", {"memory"})]),
        (DOCKER_V1, "8:memory:/docker/abcd", []), (FOREIGN, "0::/x", []), (V1_MEMORY, "0::/x", []), ("", "", []), (SYSTEMD_V2, "", []),
        (SPACED, "0::/", [(2, "/mnt/a b", set())]),
    ],
)  # fmt: skip
def test_our_place_in_each_is_found(mountinfo, membership, expected):
    assert [(each.version, each.own, set(each.controllers)) for each in find(mountinfo, membership)] == expected


@given(st.text(), st.text())
def test_no_text_is_too_strange(mountinfo, membership):
    find(mountinfo, membership)


def test_directories_above_end_at_the_mount():
    found = find(SYSTEMD_V2, "0::/a/b")[0]
    assert found.above() == ["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"]
