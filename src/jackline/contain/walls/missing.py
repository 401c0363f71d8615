"""What a system lacks where no sandbox can be made, read from what it says of itself, and how it can be had."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable
from typing import Final

from msgspec import Struct

OLDEST_KERNEL: Final = (5, 13)

APPARMOR: Final = (
    "AppArmor forbids user namespaces to programs without a profile (Ubuntu from 23.10): allow them to the launcher alone "
    "by the profile of docs/containment.md, or to all with `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`"
)
FORBIDDEN_BY_DEBIAN: Final = (
    "user namespaces are switched off for users: `sudo sysctl kernel.unprivileged_userns_clone=1`"
)
NONE_ALLOWED: Final = "this system allows no user namespace: `sudo sysctl user.max_user_namespaces=10000`"
IN_CONTAINER: Final = (
    "we are in a container, whose own filter forbids what a sandbox needs: start it with `--security-opt seccomp=unconfined "
    "--security-opt systempaths=unconfined` (and `apparmor=unconfined`), or run Jackline outside of it"
)
NO_LANDLOCK: Final = (
    "Landlock is off: add it to the kernel's `lsm=` parameter (it is in /sys/kernel/security/lsm where it is on)"
)
NOT_LINUX: Final = "sandboxes are made on Linux alone: elsewhere Jackline decides and records, and contains nothing"
UNKNOWN: Final = "`jackline doctor` cannot say why: the launcher's own words stand above"


class System(Struct, frozen=True):
    """What a system says of itself. `read` gives a file's text, "" where there is none."""

    name: str
    kernel: str
    read: Callable[[str], str]
    exists: Callable[[str], bool]


def here() -> System:
    """The system that we run on."""
    return System(sys.platform, platform.release(), _read, os.path.exists)


def explain(problem: str, missing: bool, system: System | None = None) -> tuple[str, ...]:  # noqa: FBT001 - a fact
    """What is lacking, the likeliest first; nothing where nothing is missing. `problem` are the launcher's words."""
    if not missing:
        return ()
    found = system or here()
    if found.name != "linux":
        return (NOT_LINUX,)
    advice = [sentence for sentence in (test(found, problem) for test in _TESTS) if sentence]
    return tuple(advice or [UNKNOWN])


def apparmor_profile(program: str) -> str:
    """A profile that lets the launcher, and nothing else, make user namespaces (apparmor.d(5), `userns`)."""
    return (
        "abi <abi/4.0>,\ninclude <tunables/global>\n\n"
        f'profile jackline-launch "{program}" flags=(unconfined) {{\n  userns,\n}}\n'
    )


def _kernel(system: System, problem: str) -> str:
    del problem
    numbers = re.match(r"(\d+)\.(\d+)", system.kernel)
    if numbers is None or (int(numbers[1]), int(numbers[2])) >= OLDEST_KERNEL:
        return ""
    return f"Linux {system.kernel} is too old: {OLDEST_KERNEL[0]}.{OLDEST_KERNEL[1]} or newer is needed"


def _apparmor(system: System, problem: str) -> str:
    del problem
    return APPARMOR if system.read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").strip() == "1" else ""


def _debian(system: System, problem: str) -> str:
    del problem
    return FORBIDDEN_BY_DEBIAN if system.read("/proc/sys/kernel/unprivileged_userns_clone").strip() == "0" else ""


def _none_allowed(system: System, problem: str) -> str:
    del problem
    return NONE_ALLOWED if system.read("/proc/sys/user/max_user_namespaces").strip() == "0" else ""


def _container(system: System, problem: str) -> str:
    """A container's marks lie in many places where nothing is forbidden: only a filter over us is what forbids."""
    filtered = re.search(r"^Seccomp:\s+2$", system.read("/proc/self/status"), re.MULTILINE) is not None
    marked = any(map(system.exists, ("/.dockerenv", "/run/.containerenv"))) or "container=" in system.read(
        "/proc/1/environ"
    )
    return IN_CONTAINER if problem and filtered and marked else ""


def _landlock(system: System, problem: str) -> str:
    modules = system.read("/sys/kernel/security/lsm")
    return NO_LANDLOCK if "Landlock" in problem or (modules and "landlock" not in modules) else ""


_TESTS: Final = (_kernel, _apparmor, _debian, _none_allowed, _container, _landlock)


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
