"""Compiles the two hook programs of `native/` into the wheel where a C compiler is, and tags the wheel accordingly.

Without a compiler, or with `JACKLINE_NO_NATIVE=1`, the wheel is pure Python and its twin programs are used: a missing
compiler is never an error. `JACKLINE_REQUIRE_NATIVE=1` (releases) makes it one. `CC`, `CFLAGS` and `LDFLAGS` are heard.
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
        target = root / "src" / "jackline" / "hook_client" / "bin"
        shutil.rmtree(target, ignore_errors=True)
        if os.environ.get("JACKLINE_NO_NATIVE") == "1":
            return
        compiled = compile_programs(root / "native", target)
        if compiled.problem:
            shutil.rmtree(target, ignore_errors=True)
            if os.environ.get("JACKLINE_REQUIRE_NATIVE") == "1":
                raise SystemExit(compiled.problem)
            self.app.display_warning(f"{compiled.problem}; the wheel uses the Python programs")
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag(static=compiled.static)}"
        build_data["artifacts"].append("src/jackline/hook_client/bin/*")


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
    """Compile each program from its source and the shared one."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if os.name != "posix":
        return Compiled("the native programs need a POSIX system")
    if not compiler or shutil.which(compiler[0]) is None:
        return Compiled(f"no C compiler (`{' '.join(compiler)}`)")
    target.mkdir(parents=True, exist_ok=True)
    problem = ""
    for link in LINKED.get(sys.platform, ((),)):
        problems = [compile_program(compiler, sources, program, target, link) for program in PROGRAMS]
        problem = next(filter(None, problems), "")
        if not problem:
            return Compiled("", static="-static-pie" in link)
    return Compiled(problem)


def compile_program(compiler: list[str], sources: Path, program: str, target: Path, link: tuple[str, ...]) -> str:
    """Compile one program, linked by `link`. Returns what went wrong, or nothing."""
    command = [
        *compiler, *HARDENED, *shlex.split(os.environ.get("CFLAGS", "")),
        "-o", str(target / program), str(sources / f"{program}.c"), str(sources / "jl1.c"),
        *link, *shlex.split(os.environ.get("LDFLAGS", "")),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"`{shlex.join(command)}` failed: {done.stderr.strip()[-2000:]}" if done.returncode else ""
