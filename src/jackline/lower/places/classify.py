"""What a path is by its name alone: labels, reach, and whether it is a client's setting. Pure, and remembered."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.deferred import late_pattern
from jackline.lower.places.paths import within
from jackline.lower.places.patterns import Patterns, contains_home, home_starts, split
from jackline.lower.places.tables import (
    BUILD_DIRECTORIES,
    BUILD_FILES,
    BUILD_IF_IGNORED,
    BUILD_NAMES,
    DATA,
    RUNS_LATER,
    SECRETS,
    SETTINGS,
    SPARE,
    SYSTEM,
    TOKEN_LOOK,
    TOP,
)

if TYPE_CHECKING:
    from jackline.core.words import Label, Reach
    from jackline.lower.places.tables import Mark

_REMEMBERED: Final = 16_384
_KINDS_OF_PLACE: Final = Patterns((*SECRETS, *RUNS_LATER, *SYSTEM, *DATA, *SETTINGS))
_SPARE: Final = Patterns(SPARE)
_TOKEN: Final = late_pattern(TOKEN_LOOK)
_NOT_LABELS: Final = frozenset({"?secret", "guard"})
_TESTS: Final = frozenset({"test", "ci"})
RAW_DEVICE: Final = late_pattern(
    r"^/dev/(?:[shv]d[a-z]+\d*|xvd[a-z]+\d*|nvme\d+(?:n\d+(?:p\d+)?)?|mmcblk\d+\w*|dm-\d+|md\d+\w*|loop\d+|nbd\d+|zram\d+|zd\d+|ram\d+"
    r"|sr\d+|sg\d+|st\d+|r?disk\d+(?:s\d+)?|mapper/[^/]+|disk/.*|block/.*|mtd\w*|pmem\w*|vg[^/]*/.*|mem|kmem|port|\*|[a-z]*\*)$"
)


_SECRET_NAME: Final = late_pattern(
    r"(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|API_?KEY|ACCESS_?KEY(?:_ID)?|SECRET_?KEY|PRIVATE_?KEY|CREDENTIALS?|PAT"
    r"|AUTH_KEY|DATABASE_URL|DSN)$"
)
"""Names that environment variables with secrets in them are given."""


class Marks(NamedTuple):
    """`labels` hold whatever stands there; `token` asks for a look at the content; `guard` is a client's own setting."""

    labels: frozenset[Label]
    token: bool
    guard: bool


def _marks(found: frozenset[Mark]) -> Marks:
    labels: frozenset[Label] = found - _NOT_LABELS  # type: ignore[assignment]  # Mark less these two is Label
    return Marks(labels, "?secret" in found, "guard" in found)


@lru_cache(maxsize=_REMEMBERED)
def marks_of(path: str, home: str) -> Marks:
    """The marks of one path."""
    return _marks(_KINDS_OF_PLACE.match(path, home))


@lru_cache(maxsize=_REMEMBERED)
def marks_beneath(path: str, home: str) -> frozenset[Label]:
    """The labels of what may lie at and below a directory, tests and CI left out (every tree has some)."""
    return _marks(_KINDS_OF_PLACE.beneath(path, home)).labels - _TESTS


@lru_cache(maxsize=_REMEMBERED)
def spare_marks(path: str, home: str) -> frozenset[Label]:
    """`temporary` and `cache`: what may be lost."""
    return _marks(_SPARE.match(path, home)).labels


def names_secret(variable: str) -> bool:
    """Whether an environment variable is called as those are that hold a secret."""
    return _SECRET_NAME.search(variable) is not None


def holds_token(text: str) -> bool:
    """Whether a settings file's content holds a token or password itself, not only a reference to one."""
    return _TOKEN.search(text) is not None


_THROWAWAY: Final = late_pattern(
    r"(?:tmp|temp|scratch|junk|deleteme)\d*(?:[._-][\w-]*)?\.(?!sql|db|bak|dump|pem|key)\w{1,5}"
)


def is_throwaway(name: str) -> bool:
    """Whether a file's name says that nobody means to keep it: `tmp.txt`, `scratch_2.py`, `temp-output.json`."""
    return _THROWAWAY.fullmatch(name) is not None


@lru_cache(maxsize=_REMEMBERED)
def build_directory(inside: str) -> tuple[str, bool] | None:
    """The first part of a path inside a workspace that tools make, and whether git must ignore it to count as such."""
    names = inside.split("/")
    for index, name in enumerate(names):
        lower = name.lower()
        if lower in BUILD_DIRECTORIES or lower.endswith(".egg-info"):
            return "/".join(names[: index + 1]), False
        if lower in BUILD_IF_IGNORED:
            return "/".join(names[: index + 1]), True
    last = names[-1].lower()
    if last in BUILD_NAMES or (last.rpartition(".")[2] in BUILD_FILES and "." in last) or is_throwaway(last):
        return inside, False
    return None


@lru_cache(maxsize=_REMEMBERED)
def reach_of(path: str, workspace: str, home: str) -> Reach:
    """Whose part of the machine a path lies in. A name that is not known at all may be anything of the user's: the home.

    A workspace that is `/`, a home or a parent of a home is none: everything would be in it.
    """
    if path.startswith("*"):
        return "home"
    if "*" in path:
        known = path[: path.index("*")]
        path = known.rsplit("/", 1)[0] or "/"
    if is_workspace(workspace, home) and within(path, workspace):
        return "workspace"
    if within(path, home) and home != "/":
        return "home"
    return "system"


@lru_cache(maxsize=_REMEMBERED)
def is_workspace(path: str, home: str) -> bool:
    """Whether a directory can be a workspace: not `/`, a home, or a parent of one."""
    return bool(path) and path.startswith("/") and path not in {"/", home} and not contains_home(path, home)


@lru_cache(maxsize=_REMEMBERED)
def is_root(path: str, home: str) -> bool:
    """Whether a tree is the top of the file system or a whole home: `/`, `/etc`, `/usr/*`, `~`, `/home`, `~/*`."""
    names = [name for name in split(path) if name != "*"]
    if path.startswith("*"):
        return False
    return (
        not names
        or (len(names) == 1 and names[0] in TOP)
        or len(names) in home_starts(names, home)
        or contains_home(path, home)
    )


@lru_cache(maxsize=_REMEMBERED)
def others_home(path: str, home: str) -> bool:
    """Whether a path lies in the home of somebody else."""
    return bool(home_starts(split(path), "/")) and not within(path, home) and not path.startswith("*")
