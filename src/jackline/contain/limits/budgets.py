"""Budgets: what one session, or one sandbox, may use up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jackline.contain.plan import Limit

GIB: Final = 1024**3


class Budgets(Struct, frozen=True, kw_only=True):
    """None is no limit. Seconds and bytes; `disk_bytes` is what the view and the private folders may grow by.

    `processes`, `memory_bytes` and `cpu_seconds` are a whole session's where a cgroup holds them. `open_files` and
    `file_bytes` are each process's and each file's (getrlimit(2)).
    """

    wall_seconds: int | None = None
    cpu_seconds: int | None = None
    memory_bytes: int | None = None
    processes: int | None = 4096
    open_files: int | None = 65536
    file_bytes: int | None = 64 * GIB
    disk_bytes: int | None = None

    def limits(self) -> dict[Limit, int]:
        """What each process is limited to by itself (setrlimit(2)), whatever a cgroup holds beside it.

        Address space is not limited: Node and Go reserve far more than they use. So memory is a cgroup's, or measured.
        """
        found: dict[Limit, int] = {"core_bytes": 0}
        if self.cpu_seconds is not None:
            found["cpu_seconds"] = self.cpu_seconds
        if self.processes is not None:
            found["processes"] = self.processes
        if self.open_files is not None:
            found["open_files"] = self.open_files
        if self.file_bytes is not None:
            found["file_bytes"] = self.file_bytes
        return found


_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES: Final = {"": 1, "k": 1024, "m": 1024**2, "g": GIB, "t": 1024 * GIB}
_KEYS: Final = {
    "wall": ("wall_seconds", _UNITS), "cpu": ("cpu_seconds", _UNITS), "memory": ("memory_bytes", _SIZES),
    "processes": ("processes", {"": 1}), "files": ("open_files", {"": 1}), "file": ("file_bytes", _SIZES),
    "disk": ("disk_bytes", _SIZES),
}  # fmt: skip
KEYS: Final = tuple(_KEYS)
"""What `--budget KEY=VALUE` knows here; the gateway knows more."""


def read_budget(key: str, value: str) -> dict[str, int]:
    """`memory=2g`, `wall=30m`, `processes=200` as the field that it sets. Raises `UsageError`."""
    if key not in _KEYS:
        message = f"`{key}` is no budget; there are {', '.join(KEYS)}"
        raise UsageError(message)
    field, units = _KEYS[key]
    number = value.rstrip("kmgtshdKMGTSHDiIbB")
    unit = value[len(number) :].lower().removesuffix("b").removesuffix("i")
    if units is _UNITS and not unit:
        unit = "s"
    if not number.isascii() or not number.isdigit() or unit not in units or not 0 < int(number) * units[unit] < 2**62:
        message = f"`{value}` is no {key}; write a number" + (
            f" with one of {', '.join(filter(None, units))}" if len(units) > 1 else ""
        )
        raise UsageError(message)
    return {field: int(number) * units[unit]}


def budgets_of(given: Mapping[str, int]) -> Budgets:
    """Budgets whose fields are named so; those that are not ours (the gateway's) are left alone."""
    ours = {name: value for name, value in given.items() if name in Budgets.__struct_fields__}
    return Budgets(**ours)
