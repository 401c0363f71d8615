"""Timing, and tables on a terminal. A figure is a median and a 99th percentile of interleaved runs, never a best one."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PIPE_BYTES = 60_000
"""What fits into a pipe at once, so that a request can be written before its reader starts."""


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of the values lie, without interpolation."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def spawn(argv: tuple[str, ...], stdin: bytes, environment: Mapping[str, str]) -> tuple[float, int, bytes]:
    """Start a program as a client starts a hook; returns seconds from the start to its end, exit code, output.

    `posix_spawn`, so that the size of this process does not count as it would with a fork.
    """
    if len(stdin) > PIPE_BYTES:
        message = "the request does not fit into a pipe"
        raise ValueError(message)
    requests, request = os.pipe()
    answer, answers = os.pipe()
    null = os.open(os.devnull, os.O_WRONLY)
    os.write(request, stdin)
    os.close(request)
    actions = [(os.POSIX_SPAWN_DUP2, requests, 0), (os.POSIX_SPAWN_DUP2, answers, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
    start = time.perf_counter()
    child = os.posix_spawn(argv[0], argv, environment, file_actions=actions)
    os.close(answers)
    output = b""
    while piece := os.read(answer, PIPE_BYTES):
        output += piece
    _, status = os.waitpid(child, 0)
    seconds = time.perf_counter() - start
    for descriptor in (requests, answer, null):
        os.close(descriptor)
    return seconds, os.waitstatus_to_exitcode(status), output


def fsync(path: str) -> float:
    """Seconds that one small write takes to reach the disk."""
    start = time.perf_counter()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, b"x" * 512)
    os.fsync(descriptor)
    os.close(descriptor)
    return time.perf_counter() - start


def interleaved(
    measures: Mapping[str, Callable[[int], float]], rounds: int, every: Mapping[str, int]
) -> dict[str, list[float]]:
    """Run all measures round by round, so that each meets the same machine; slow ones only in every n-th round."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for turn in range(rounds):
        for name, measure in measures.items():
            if turn % every.get(name, 1) == 0:
                found[name].append(measure(turn))
    return found


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for a terminal: the first column to the left, the rest to the right."""
    widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(len(columns))]

    def line(row: Sequence[str]) -> str:
        cells = [cell.ljust(widths[0]) if at == 0 else cell.rjust(widths[at]) for at, cell in enumerate(row)]
        return "  " + "  ".join(cells).rstrip()

    return "\n".join((title, line(columns), "  " + "  ".join("-" * width for width in widths), *map(line, rows)))
