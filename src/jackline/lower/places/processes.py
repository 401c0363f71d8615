"""Processes as they are named to be stopped: by a pattern, by a port, or by what another program lists (`kill $(lsof -ti:3000)`).

In: the words of a program that lists processes, or the name by which one stops them. Out: the name that stands in the
effect (`vite`, `port:3000`), and whether that is a development server's or a test's. Sources: pgrep(1), pidof(1),
lsof(8), fuser(1), ss(8), netstat(8), ps(1). The decision behind it: docs/decisions/0019-open-ports.md.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.lower.places.tables import words
from jackline.lower.word import Data, Hole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.core.words import Environment

ANY_PROCESS: Final = "*"
_PORT: Final = "port:"
_PID_FILE: Final = "pidfile:"
"""Before the path of a file in the workspace that is not there yet: whoever writes it is started from there."""

_SERVERS: Final = words(
    """
    vite vitest webpack webpack-dev-server nodemon ts-node-dev react-scripts vue-cli-service next-server nuxi nuxt astro gatsby
    parcel rollup esbuild storybook start-storybook svelte-kit json-server http-server live-server browser-sync jest mocha
    cypress playwright chromedriver geckodriver msedgedriver pytest runserver flask uvicorn hypercorn http.server streamlit
    gradio tensorboard mkdocs sphinx-autobuild hugo jekyll tsc tsserver eslint_d turbo nx cargo-watch gradledaemon
    kotlincompiledaemon wrangler miniflare
    """
)
"""Programs that serve, test or build what is under development, and nothing else."""

_TOOLS: Final = words(
    "next nuxt ng astro expo remix gatsby wrangler rails artisan hugo jekyll mkdocs npm yarn pnpm bun deno cargo go dotnet flutter mix mvn "
    "gradle make manage.py"
)
_TASKS: Final = words("dev start serve server s test tests watch preview storybook phx.server runserver runserver_plus")
"""Programs that do this beside other things, and what they are told then."""

_RUNNERS: Final = words("cargo go dotnet flutter")
"""Programs that build and run what is under development when they are told to `run`."""

_STARTERS: Final = words(
    "node npx bunx bun deno yarn pnpm npm uv poetry pipenv bundle ruby php python python3 -m run exec task"
)
"""Words in front of either."""

_PORTS: Final = frozenset(
    str(port)
    for first, last in (
        (3000, 3010), (4000, 4010), (4173, 4183), (4200, 4210), (4321, 4330), (5000, 5010), (5173, 5183), (5500, 5510), (8000, 8010),
    )
    for port in range(first, last)
) | words("1234 1313 1420 6006 7860 8081 8501 8787 19000 19006 24678 35729")  # fmt: skip
"""Where development servers stand when they are told nothing, and the next ones where that is taken: those of Node's and
Python's frameworks, vite, Angular, Astro, parcel, hugo, storybook, streamlit, gradio, metro. Not 8080, 8888, 9000: as many
other services stand there.
"""

_SCRIPT: Final = late_pattern(r"[\w./-]+\.(?:py|js|mjs|cjs|ts|rb|php)")
_QUOTING: Final = late_pattern(r"\[(\w)\]|\\([.\-/])")
"""`[v]ite`, by which a pattern does not find itself, and dots that are meant."""
_LSOF: Final = late_pattern(
    r"""(?ix) (?: -[tnPQbw]+[ ] | -s[ ]?tcp:(?:listen|established)[ ]
    | -[tnPQbw]*i[ ]? [46]? (?:tcp|udp)? (?: @? (?:localhost|127\.0\.0\.1|0\.0\.0\.0|\*) )? :[\d,]+[ ] )+"""
)
"""Options that choose by port, and such as choose nothing."""
_LSOF_PORTS: Final = late_pattern(r":([\d,]+) ")
_SS_PORT: Final = late_pattern(r"\b(?:sport|src) ?(?:==?|eq)? ?:(\d{1,5})\b")
_ADDRESS: Final = late_pattern(r":?(\d{1,5})(?:\\[b>]|\s|\$)?")
_PGREP: Final = frozenset(
    {
        "-f",
        "-x",
        "-i",
        "-n",
        "-o",
        "-fx",
        "-xf",
        "-fi",
        "-if",
        "-fn",
        "-fo",
        "-nf",
        "-of",
        "--full",
        "--exact",
        "--newest",
        "--oldest",
    }
)
_COLUMN: Final = late_pattern(r"(?:NR ?> ?1 ?)?(?:/(?P<pattern>[^/]+)/ ?)?\{ ?print \$\d ?;? ?\}")
_PASSING: Final = {
    "head": r"(?:-n ?)?-?\d*", "tail": r"(?:-n ?)?[-+]?\d*", "sort": r"(?:-[nru]+)?", "uniq": "", "cat": "",
    "cut": r"-d ?. ?-f ?\d+", "tr": r"-s(?: .)?",
}  # fmt: skip
"""Filters that leave whole lines or columns, and with which options: what cuts a number in two makes another of it."""
_GREP_FLAGS: Final = frozenset({"-i", "-E", "-w", "-e", "-P", "-o", "-oP", "-oE", "-m1", "-F", "--"})


def environment_of_process(name: str) -> Environment:
    """`development` for servers under development, tests and builds: by their own names, or by a port that they take."""
    if name.startswith(_PORT):
        ports = name.removeprefix(_PORT).split(",")
        return "development" if all(port in _PORTS for port in ports) else "unknown"
    if name.startswith(_PID_FILE):
        return "development"
    plain = _QUOTING.sub(r"\1\2", name.strip().removeprefix("^").removesuffix("$")).replace(".*", " ")
    alternatives = re.split(r"\\?\|", plain.strip("()"))
    return "development" if all(_is_developing(one.lower().split()) for one in alternatives) else "unknown"


def _is_developing(line: Sequence[str]) -> bool:
    """Whether a command line is that of a development server or a test, as far as its first words say."""
    if not line:
        return False
    program = posixpath.basename(line[0]).partition(":")[0]
    task = next((word for word in line[1:] if word not in _STARTERS), "").partition(":")[0]
    if program in _SERVERS or (program in _TOOLS and task in _TASKS):
        return True
    if program in _RUNNERS and line[1:2] == ["run"]:
        return True
    return program in _STARTERS and _is_developing(line[1:])


def script_named(name: str) -> str:
    """The script that a command line names behind its interpreter (`node server.js`); empty where it names none."""
    found = next((word for word in name.split() if word not in _STARTERS), "")
    return found if _SCRIPT.fullmatch(found) else ""


def port_name(text: str) -> str:
    """What stands at a port, as fuser(1) (`3000/tcp`), `kill-port` (`3000`) and `fkill` (`:3000`) are told of it."""
    port = text.removeprefix("tcp:").removeprefix(":").partition("/")[0]
    return _PORT + port if port.isdecimal() else text


def listed(command: Sequence[str]) -> str:
    """Whose PIDs these words print, as a name; empty where they print none, or others beside them."""
    program, *arguments = command
    reader = _LISTERS.get(program)
    return reader(arguments) if reader is not None else ""


def as_data(what: str, name: str) -> Data:
    """The PIDs of these processes, as the output of `what`."""
    return Data(None, origin="trusted", parts=(Hole(f"$({what})", "trusted", pids_of=name), "\n"))


def narrowed(command: Sequence[str], data: Data) -> Data | None:
    """What a filter leaves of a list of processes; None where it is not known to leave some of these only."""
    program, *arguments = command
    name = data.pids_of
    if program in {"grep", "egrep"}:
        name = _grepped(arguments, name)
    elif program in {"awk", "gawk", "mawk"}:
        column = _COLUMN.fullmatch(" ".join(arguments[0].split())) if len(arguments) == 1 else None
        name = "" if column is None else column["pattern"] if column["pattern"] and name == ANY_PROCESS else name
    elif re.fullmatch(_PASSING.get(program, "-"), " ".join(arguments)) is None:
        name = ""
    return as_data(f"PIDs of {name}", name) if name else None


def _grepped(arguments: Sequence[str], name: str) -> str:
    if len(arguments) > 1 and arguments[0] in {"-v", "-vi", "-iv", "-vE", "-Ev"}:
        return name
    patterns = [argument for argument in arguments if argument not in _GREP_FLAGS]
    if len(patterns) != 1 or patterns[0].startswith("-"):
        return ""
    if name != ANY_PROCESS:
        return name
    address = _ADDRESS.fullmatch(patterns[0])
    return _PORT + address[1] if address is not None else patterns[0]


def _pgrep(arguments: Sequence[str]) -> str:
    patterns = [argument for argument in arguments if argument not in _PGREP]
    return patterns[0] if len(patterns) == 1 and not patterns[0].startswith("-") else ""


def _lsof(arguments: Sequence[str]) -> str:
    line = re.sub(r"(-[a-zA-Z]*i) (?=\S)", r"\1", " ".join(arguments)) + " "
    if _LSOF.fullmatch(line) is None:
        return ""
    return _PORT + ",".join(_LSOF_PORTS.findall(line))


def _fuser(arguments: Sequence[str]) -> str:
    ports = [port_name(argument) for argument in arguments if argument not in {"-n", "tcp", "-v"}]
    return ports[0] if len(ports) == 1 and ports[0].startswith(_PORT) else ""


def _sockets(arguments: Sequence[str]) -> str:
    port = _SS_PORT.search(" ".join(arguments))
    return _PORT + port[1] if port is not None else ANY_PROCESS


def _all(_arguments: Sequence[str]) -> str:
    return ANY_PROCESS


_LISTERS: Final = {
    "pgrep": _pgrep, "pidof": _pgrep, "lsof": _lsof, "fuser": _fuser, "ss": _sockets, "netstat": _sockets, "ps": _all,
}  # fmt: skip
