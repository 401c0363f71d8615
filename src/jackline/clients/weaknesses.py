"""In which ways a connection could still fail open, and what closes each: read from the client's settings and version.

Best effort, and said so: what is listed was measured or read in the client (`docs/clients.md`); a client's next version
can have other ways. The canary shows what holds, this list shows what it rests on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from jackline.clients.connect import jsonc, tomlfile
from jackline.clients.connect.claude import PREFIX
from jackline.clients.connect.codex import CONFIG, TERMINALS
from jackline.clients.connect.hooks import is_ours_path
from jackline.core.errors import ConfigurationError
from jackline.core.profiles import PROFILES, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jackline.clients.connect.interface import Place


class Weakness(Struct, frozen=True):
    """One way past the guard. `present`: it is so now; else it could be made so. `closes` says what to do about it."""

    text: str
    closes: str
    present: bool = False


MANAGED: Final = "`jackline connect CLIENT --scope managed` (as root)"
CONTAINED: Final = "`jackline run`, where the agent cannot reach the guard or the client's settings"


def weaknesses(client: str, place: Place, version: str) -> tuple[Weakness, ...]:
    """All that are known of for this client, version and machine, what is so now first."""
    found = [*_common(client, place, version), *_OF_CLIENT[client](place, place.environment)]
    return tuple(sorted(found, key=lambda each: not each.present))


def older(version: str, than: str) -> bool:
    """Whether a version `X.Y.Z` is before another one. An unknown version counts as older."""
    return _numbers(version) < _numbers(than)


def _common(client: str, place: Place, version: str) -> Iterator[Weakness]:
    profile = PROFILES[client]
    if not version:
        again = f"put `{profile.programs[0]}` on PATH and run `jackline doctor` again"
        yield Weakness("the client's version is not known", again, present=True)
    elif version not in profile.versions:
        tested = ", ".join(profile.versions)
        yield Weakness(
            f"version {version} was not tested ({tested} was)", "the canary below shows what holds in it", present=True
        )
    if profile.fails_closed_from == "":
        yield Weakness(
            f"{profile.title} runs a call whose hook is killed or exceeds its time limit; ours answers or refuses well "
            "before, so only something that kills it (the system out of memory, a hostile process) does that",
            CONTAINED,
        )
    elif version and older(version, profile.fails_closed_from):
        yield Weakness(
            f"version {version} runs a call whose hook is killed or exceeds its time limit",
            f"upgrade {profile.title} to {profile.fails_closed_from} or later",
            present=True,
        )
    if place.scope != "managed":
        yield Weakness("a process of yours can change these settings or stop the guard", f"{MANAGED}; {CONTAINED}")


def _claude(place: Place, environment: Mapping[str, str]) -> Iterator[Weakness]:
    files = {path: _json(path) for path in _settings("claude", place)}
    for path, value in files.items():
        if value.get("disableAllHooks") is True:
            yield Weakness(f"`{path}` has `disableAllHooks`: no hook is asked", "take it out", present=True)
        prefix = (value.get("env") or {}).get(PREFIX) if isinstance(value.get("env"), dict) else None
        if prefix is not None and not is_ours_path(prefix):
            yield Weakness(
                f"`{path}` sets `{PREFIX}` to `{prefix}`: the shell's second check is off", "take it out", present=True
            )
    if environment.get("CLAUDE_CODE_SIMPLE"):
        yield Weakness("`CLAUDE_CODE_SIMPLE` is set: the client starts without hooks", "unset it", present=True)
    if place.scope != "managed":
        yield Weakness(
            "`claude --bare` and `--setting-sources` start it without your settings, and so without the guard", MANAGED
        )
        yield Weakness(
            f"a project's settings can empty `{PREFIX}`; the hook still asks, and denies that change", MANAGED
        )


def _codex(place: Place, environment: Mapping[str, str]) -> Iterator[Weakness]:
    del environment
    for path in (
        expand(CONFIG, place.home, place.project, place.environment),
        os.path.join(place.project, ".codex", "config.toml"),
    ):
        if _toml(path, ("features",), TERMINALS[0]) is True:
            yield Weakness(
                f"`{path}` allows terminals: what is typed into one (`write_stdin`) is no call that a hook sees",
                f"set `{TERMINALS[0]} = false` under `[features]`",
                present=True,
            )
        if _toml(path, ("features",), "hooks") is False:
            yield Weakness(f"`{path}` switches hooks off", "take `hooks = false` out of `[features]`", present=True)
    yield Weakness(
        "Codex skips hooks that it does not trust without a word: after a change of `hooks.json` by hand, or of Codex's "
        "own reckoning, ours would be skipped",
        "`jackline connect codex` and `jackline doctor` after each upgrade of Codex",
    )
    yield Weakness("`codex -c features.hooks=false` starts it without hooks", CONTAINED)


def _gemini(place: Place, environment: Mapping[str, str]) -> Iterator[Weakness]:
    del environment
    for path in _settings("gemini", place):
        switches = _json(path).get("hooksConfig")
        switches = switches if isinstance(switches, dict) else {}
        if switches.get("enabled") is False:
            yield Weakness(f"`{path}` switches hooks off (`hooksConfig.enabled`)", "take it out", present=True)
        if "jackline" in (switches.get("disabled") or ()):
            yield Weakness(
                f"`{path}` lists our hook as disabled", "take `jackline` out of `hooksConfig.disabled`", present=True
            )
    if place.scope != "managed":
        yield Weakness("a project's settings can switch hooks off", MANAGED)


def _opencode(place: Place, environment: Mapping[str, str]) -> Iterator[Weakness]:
    del place
    if environment.get("OPENCODE_PURE"):
        yield Weakness("`OPENCODE_PURE` is set: the client starts without plugins", "unset it", present=True)
    yield Weakness("opencode goes on without a plugin that it cannot load, with a line in its log", CONTAINED)
    yield Weakness("`opencode --pure` starts it without plugins", CONTAINED)


_OF_CLIENT: Final[dict[str, Callable[[Place, Mapping[str, str]], Iterator[Weakness]]]] = {
    "claude": _claude,
    "codex": _codex,
    "gemini": _gemini,
    "qwen": lambda place, environment: iter(()),  # noqa: ARG005 - nothing beside what is common is known
    "opencode": _opencode,
}


def _settings(client: str, place: Place) -> list[str]:
    patterns = [each for each in PROFILES[client].settings if "*" not in each]
    return [expand(each, place.home, place.project, place.environment) for each in patterns]


def _json(path: str) -> dict[str, Any]:
    """A settings file's object; an empty one where it is absent or broken, which the client then ignores as well."""
    try:
        value = jsonc.parse(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ConfigurationError):
        return {}
    return value if isinstance(value, dict) else {}


def _toml(path: str, table: tuple[str, ...], key: str) -> Any:  # noqa: ANN401 - any TOML
    try:
        return tomlfile.find(Path(path).read_text(encoding="utf-8"), table, key)
    except (OSError, UnicodeDecodeError, ConfigurationError):
        return None


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()
