"""Files that name tasks and the command lines that each runs: tox, pre-commit, lefthook, composer, pyproject.

Each reader takes the text, the names that were asked for (none: what the tool runs then) and the host, and returns `Steps`.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.manifests.parts import joined
from jackline.lower.manifests.yamldoc import document, listing, mapping, texts
from jackline.lower.word import Hole

if TYPE_CHECKING:
    import configparser
    from collections.abc import Callable, Sequence

    from jackline.lower.manifests.parts import Host, Parts

MAX_STEPS: Final = 200
MAX_DEPTH: Final = 16
_TOX: Final = re.compile(r"\{([^{}]*)\}")
_COMPOSER_EVENTS: Final = {
    "install": ("pre-install-cmd", "pre-autoload-dump", "post-autoload-dump", "post-install-cmd"),
    "update": ("pre-update-cmd", "pre-autoload-dump", "post-autoload-dump", "post-update-cmd"),
    "dump-autoload": ("pre-autoload-dump", "post-autoload-dump"),
    "create-project": ("post-root-package-install", "post-create-project-cmd"),
}  # fmt: skip


class Step(Inner):
    """One command line. `directory` is relative to the file's own; `fetched` code that comes from elsewhere, by its name."""

    code: Parts = ()
    directory: str = ""
    fetched: str = ""


class Steps(Inner):
    """What is run, in order; `unknown`: something in it is not followed."""

    steps: list[Step] = field(default_factory=list)
    unknown: bool = False
    seen: set[str] = field(default_factory=set)

    def add(self, code: Parts | str, directory: str = "") -> None:
        """One more command line."""
        if len(self.steps) >= MAX_STEPS:
            self.unknown = True
        elif code:
            self.steps.append(Step((code,) if isinstance(code, str) else code, directory))

    def begins(self, name: str) -> bool:
        """Whether a task is begun for the first time."""
        if name in self.seen or len(self.seen) > MAX_STEPS:
            return False
        self.seen.add(name)
        return True


def filled(text: str, shape: re.Pattern[str], value: Callable[[str], Parts | None], host: Host) -> Parts:
    """The text with each reference that has the shape replaced; what has no value is a hole."""
    parts: list[str | Hole] = []
    position = 0
    for match in shape.finditer(text):
        found = value(match[1])
        parts += [text[position : match.start()], *((unknown_piece(match[0], host),) if found is None else found)]
        position = match.end()
    return joined([*parts, text[position:]])


def unknown_piece(what: str, host: Host) -> Hole:
    """A hole that is up to whoever wrote the file."""
    return Hole(what[:60], "trusted", authorship=host.authorship)


def toml(text: str) -> dict[str, Any]:
    """A TOML document; an empty one where it is none."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _within(value: Any, *names: str) -> Any:  # noqa: ANN401 - TOML
    for name in names:
        value = mapping(value).get(name)
    return value


# tox (tox.wiki, "Configuration").


def tox(text: str, names: Sequence[str], host: Host, rest: Parts, *, is_toml: bool = False) -> Steps:
    """The commands of the environments that were asked for, else of all that are listed."""
    if not is_toml:
        return _tox_ini(text, names, host, rest)
    whole = toml(text)
    table = mapping(_within(whole, "tool", "tox")) or whole
    legacy = table.get("legacy_tox_ini")
    if isinstance(legacy, str):
        return _tox_ini(legacy, names, host, rest)
    found = Steps()
    for name in names or texts(table.get("env_list")) or ["py"]:
        one, base = mapping(_within(table, "env", name)), mapping(table.get("env_run_base"))
        for key in ("commands_pre", "commands", "commands_post"):
            for words in listing(one.get(key, base.get(key))):
                _tox_words(words, found, host, rest)
    return found


def _tox_words(words: Any, found: Steps, host: Host, rest: Parts) -> None:  # noqa: ANN401 - TOML
    if not isinstance(words, list):
        found.unknown = True
        return
    parts: list[str | Hole] = []
    for word in words:
        if isinstance(word, dict) and word.get("replace") == "posargs":
            parts += [" ", *(rest or (" ".join(map(_quoted, texts(word.get("default")))),))]
        elif isinstance(word, str):
            parts += [" ", *filled(_quoted(word), _TOX, lambda name: _tox_value(name, None, rest), host)]
        else:
            parts += [" ", unknown_piece(str(word), host)]
    found.add(joined(parts[1:]))


def _quoted(word: str) -> str:
    return word if re.fullmatch(r"[\w@%+=:,./{}-]+", word) else "'" + word.replace("'", "'\\''") + "'"


def _tox_ini(text: str, names: Sequence[str], host: Host, rest: Parts) -> Steps:
    import configparser  # noqa: PLC0415 - its patterns take 3 ms of a start, for tox alone

    found = Steps()
    parser = configparser.ConfigParser(interpolation=None, strict=False, default_section="\0")
    try:
        parser.read_string(text)
    except configparser.Error:
        found.unknown = True
        return found
    listed = re.split(r"[\s,]+", parser.get("tox", "envlist", fallback=parser.get("tox", "env_list", fallback="")))
    for name in names or [one for item in listed for one in _braces(item)] or ["py"]:
        section = f"testenv:{name}" if parser.has_section(f"testenv:{name}") else "testenv"
        for key in ("commands_pre", "commands", "commands_post"):
            value = parser.get(section, key, fallback=parser.get("testenv", key, fallback=""))
            for line in value.replace("\\\n", " ").splitlines():
                _tox_line(line, name, parser, found, host, rest)
    return found


def _braces(item: str) -> list[str]:
    """`py{310,311}-x` is two names."""
    match = re.fullmatch(r"([^{]*)\{([^}]*)\}(.*)", item)
    return (
        [item]
        if match is None and item
        else [match[1] + one + match[3] for one in match[2].split(",")]
        if match is not None
        else []
    )


def _tox_line(line: str, name: str, parser: configparser.ConfigParser, found: Steps, host: Host, rest: Parts) -> None:
    factors = re.match(r"\s*([\w{},!-]+):\s+(.*)", line)
    if factors is not None:
        wanted = any(set(one.split("-")) <= set(name.split("-")) for one in factors[1].split(",") if "!" not in one)
        if not wanted and "!" not in factors[1] and "{" not in factors[1]:
            return
        line = factors[2]
    code = line.strip().removeprefix("-").removeprefix("!").strip()
    if code and not code.startswith("#"):
        found.add(filled(code, _TOX, lambda inside: _tox_value(inside, parser, rest), host))


def _tox_value(name: str, parser: configparser.ConfigParser | None, rest: Parts) -> Parts | None:
    if name == "posargs" or name.startswith("posargs:"):
        return rest or (name.partition(":")[2],)
    known = {"toxinidir": ".", "tox_root": ".", "/": "/", "envpython": "python", "toxworkdir": ".tox", "work_dir": ".tox",
             "envdir": ".tox/env", "env_dir": ".tox/env", "envbindir": ".tox/env/bin", "envtmpdir": ".tox/env/tmp",
             "env_tmp_dir": ".tox/env/tmp", "envname": "env", "env_name": "env", "distdir": ".tox/dist"}  # fmt: skip
    if name in known:
        return (known[name],)
    other = re.fullmatch(r"\[([^\]]+)\](\w+)", name)
    if other is not None and parser is not None:
        value = parser.get(other[1], other[2], fallback=None)
        return (value.strip(),) if value is not None and "{" not in value else None
    return None


# pre-commit (pre-commit.com, "Adding plugins") and lefthook (lefthook.dev).


def pre_commit(text: str, names: Sequence[str], host: Host) -> Steps:
    """The hooks: those of the repository itself are command lines, others come from the repositories that are named."""
    found = Steps()
    whole = document(text)
    found.unknown = not isinstance(whole, dict)
    for repo in listing(mapping(whole).get("repos")):
        host.step()
        source = mapping(repo).get("repo")
        for hook in listing(mapping(repo).get("hooks")):
            one = mapping(hook)
            if names and one.get("id") not in names and one.get("alias") not in names:
                continue
            if source == "local":
                _local_hook(one, found, host)
            elif isinstance(source, str) and source != "meta":
                found.steps.append(Step(fetched=source))
                break
    return found


def _local_hook(hook: dict[str, Any], found: Steps, host: Host) -> None:
    entry, language = hook.get("entry"), hook.get("language")
    if language in {"fail", "pygrep"}:
        return
    if not isinstance(entry, str) or language in {"docker", "docker_image", "r", "swift", "lua"}:
        found.unknown = True
        return
    words = [
        entry if language != "script" or entry.startswith(("/", "./")) else f"./{entry}",
        *map(_quoted, texts(hook.get("args"))),
    ]
    files = () if hook.get("pass_filenames") == "false" else (" ", _file_names(host))
    found.add(joined((" ".join(words), *files)))


def _file_names(host: Host) -> Hole:
    return Hole("names of changed files", "trusted", numeric=True, authorship=host.authorship)


def lefthook(text: str, names: Sequence[str], host: Host) -> Steps:
    """The commands and jobs of a hook; scripts lie in a directory of their own."""
    found = Steps()
    whole = document(text)
    found.unknown = not isinstance(whole, dict)
    for name in names:
        hook = mapping(mapping(whole).get(name))
        jobs = [*mapping(hook.get("commands")).values(), *listing(hook.get("jobs"))]
        _jobs(jobs, found, host, 0)
        for script in mapping(hook.get("scripts")):
            found.add(f".lefthook/{name}/{script}")
    return found


def _jobs(jobs: list[Any], found: Steps, host: Host, depth: int) -> None:
    for job in jobs:
        table = mapping(job)
        if isinstance(table.get("run"), str):
            root = table.get("root")
            found.add(filled(table["run"], re.compile(r"\{(\w+)\}"), lambda name: (_file_names(host),) if "files" in name else None, host),
                      root if isinstance(root, str) else "")  # fmt: skip
        elif depth < MAX_DEPTH and table.get("group") is not None:
            _jobs(listing(mapping(table["group"]).get("jobs")), found, host, depth + 1)
        else:
            found.unknown = True


# composer.json (getcomposer.org, "Scripts").


def composer(text: str, names: Sequence[str], host: Host, rest: Parts) -> Steps:
    """The scripts of these names, or of the events of these commands."""
    found = Steps()
    try:
        scripts = mapping(mapping(json.loads(text)).get("scripts"))
    except (ValueError, RecursionError):
        found.unknown = True
        return found
    for name in names:
        for key in _COMPOSER_EVENTS.get(name, (name,)):
            _composer(scripts, key, rest, found, host, 0)
    return found


def _composer(scripts: dict[str, Any], name: str, rest: Parts, found: Steps, host: Host, depth: int) -> None:
    host.step()
    if depth > MAX_DEPTH or not found.begins(name):
        return
    for line in texts(scripts.get(name)):
        if line.startswith(("@php ", "@composer ")):
            found.add(joined((line[1:], " ", *rest)) if rest else line[1:])
        elif line.startswith("@putenv "):
            found.unknown = True
        elif line.startswith("@"):
            _composer(scripts, line[1:].split(" ")[0], rest, found, host, depth + 1)
        elif re.fullmatch(r"[\w\\]+::\w+", line):
            found.steps.append(Step(fetched=line))
        else:
            found.add(joined((line, " ", *rest)) if rest else line)


# pyproject.toml: scripts of pdm, hatch, poe, taskipy.


def pyproject(text: str, name: str, host: Host, rest: Parts) -> Steps | None:
    """What a project's own script of this name runs; None where it has none."""
    tool = mapping(mapping(toml(text)).get("tool"))
    places = [("pdm", "scripts"), ("poe", "tasks"), ("taskipy", "tasks"), ("rye", "scripts")]
    environment, colon, bare = name.rpartition(":")
    hatch = mapping(_within(tool, "hatch", "envs", environment if colon else "default", "scripts"))
    tables = [*(mapping(_within(tool, *place)) for place in places), hatch if bare in hatch else {}]
    for table in tables:
        wanted = bare if table is hatch else name
        if wanted in table:
            found = Steps()
            _script(table, wanted, rest, found, host, 0)
            return found
    return None


def _script(table: dict[str, Any], name: str, rest: Parts, found: Steps, host: Host, depth: int) -> None:
    host.step()
    if depth > MAX_DEPTH or not found.begins(name):
        return
    meant = table[name]
    if isinstance(meant, dict):
        line = next((meant[key] for key in ("cmd", "shell") if isinstance(meant.get(key), (str, list))), None)
        sequence = meant.get("composite", meant.get("sequence"))
        if line is None and sequence is None:
            found.unknown = True
            return
        meant = (
            sequence
            if sequence is not None
            else " ".join(map(_quoted, texts(line)))
            if isinstance(line, list)
            else line
        )
    for line in listing(meant):
        command = line.get("cmd", line.get("shell", line.get("ref"))) if isinstance(line, dict) else line
        if not isinstance(command, str):
            found.unknown = True
        elif command.split(" ")[0] in table and command.split(" ")[0] != name:
            _script(table, command.split(" ")[0], rest, found, host, depth + 1)
        else:
            filling = filled(
                command, re.compile(r"\{(args[^{}]*)\}"), lambda inside: rest or (inside.partition(":")[2],), host
            )
            found.add(filling if "{args" in command or not rest else joined((*filling, " ", *rest)))
