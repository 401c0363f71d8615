"""Compiles the programs of `native/` into the wheel where a C compiler is, and tags the wheel accordingly.

Without a compiler, or with `JACKLINE_NO_NATIVE=1`, the wheel is pure Python: the hook programs' twins are used, and nothing
can be contained, for the launcher (Linux only) has no twin. A missing compiler is never an error, unless
`JACKLINE_REQUIRE_NATIVE=1` (releases) makes it one. `CC`, `CFLAGS` and `LDFLAGS` are heard.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PROGRAMS = ("jackline-hook", "jackline-shell")
LAUNCHER, EXEC = "jackline-launch", "jackline-exec"
BINS = ("src/jackline/hook_client/bin", "src/jackline/contain/bin")
HARDENED = (
    "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fstack-protector-strong", "-U_FORTIFY_SOURCE",
    "-D_FORTIFY_SOURCE=2", "-fPIE",
)  # fmt: skip
RELRO = ("-Wl,-z,relro,-z,now", "-Wl,-z,noexecstack", "-s")
LINKED: dict[str, tuple[tuple[str, ...], ...]] = {
    "linux": (("-static-pie", *RELRO), ("-pie", *RELRO)),
    "darwin": (("-pie",),),
}
"""How to link, best first. Static: it starts as fast as `/bin/true`, and no `LD_PRELOAD` of an agent's gets into it."""


class NativePrograms(BuildHookInterface[Any]):
    """Hatch calls `initialize` before it packs a wheel; what is listed in `artifacts` is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and on success tag the wheel `py3-none-PLATFORM`: the programs do not depend on Python's ABI."""
        del version
        root = Path(self.root)
        hooks, launch = (root / each for each in BINS)
        for each in (hooks, launch):
            shutil.rmtree(each, ignore_errors=True)
        if os.environ.get("JACKLINE_NO_NATIVE") == "1":
            return
        compiled = compile_programs(root / "native", hooks)
        if compiled.problem:
            self.go_without(hooks, f"{compiled.problem}; the wheel uses the Python programs, and can contain nothing")
            return
        if sys.platform == "linux":
            launcher = compile_contained(root / "native", launch)
            if launcher.problem:
                self.go_without(launch, f"{launcher.problem}; the wheel can contain nothing")
            compiled = Compiled("", static=compiled.static and (launcher.static or bool(launcher.problem)))
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag(static=compiled.static)}"
        build_data["artifacts"].extend(f"{each}/*" for each in BINS)

    def go_without(self, target: Path, problem: str) -> None:
        """Leave nothing half built, and say so; where the programs must be there, end."""
        shutil.rmtree(target, ignore_errors=True)
        if os.environ.get("JACKLINE_REQUIRE_NATIVE") == "1":
            raise SystemExit(problem)
        self.app.display_warning(problem)


class Compiled(NamedTuple):
    """What came of compiling: nothing wrong, or `problem`; whether the programs need no library of the system's."""

    problem: str
    static: bool = False


def platform_tag(*, static: bool) -> str:
    """Where the programs run: on every Linux of this machine's kind if static, else on systems like this very one."""
    here = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    machine = here.removeprefix("linux_")
    if not static or machine == here:
        return here
    return f"manylinux_2_17_{machine}.manylinux2014_{machine}.musllinux_1_1_{machine}"


def compile_programs(sources: Path, target: Path) -> Compiled:
    """Compile each hook program from its source and the shared one."""
    wanted = {program: (sources / f"{program}.c", sources / "jl1.c") for program in PROGRAMS}
    return compile_all(wanted, target, LINKED.get(sys.platform, ((),)))


def compile_contained(sources: Path, target: Path) -> Compiled:
    """Compile what runs things in sandboxes: the launcher from its folder, and the program that asks for it."""
    wanted = {
        LAUNCHER: tuple(sorted((sources / "launch").glob("*.c"))),
        EXEC: tuple(sources / name for name in (f"{EXEC}.c", "jl1.c", "jx1.c")),
    }
    return compile_all(wanted, target, LINKED["linux"])


def compile_all(wanted: dict[str, tuple[Path, ...]], target: Path, links: tuple[tuple[str, ...], ...]) -> Compiled:
    """Compile the `wanted` programs into `target` with the first of `links` that serves for all."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if os.name != "posix":
        return Compiled("the native programs need a POSIX system")
    if not compiler or shutil.which(compiler[0]) is None:
        return Compiled(f"no C compiler (`{' '.join(compiler)}`)")
    target.mkdir(parents=True, exist_ok=True)
    problem = ""
    for link in links:
        problems = [compile_program(compiler, sources, target / name, link) for name, sources in wanted.items()]
        problem = next(filter(None, problems), "")
        if not problem:
            return Compiled("", static="-static-pie" in link)
    return Compiled(problem)


def compile_program(compiler: list[str], sources: tuple[Path, ...], program: Path, link: tuple[str, ...]) -> str:
    """Compile one program, linked by `link`. Returns what went wrong, or nothing."""
    command = [
        *compiler, *HARDENED, *shlex.split(os.environ.get("CFLAGS", "")),
        "-o", str(program), *map(str, sources), *link, *shlex.split(os.environ.get("LDFLAGS", "")),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"`{shlex.join(command)}` failed: {done.stderr.strip()[-2000:]}" if done.returncode else ""
