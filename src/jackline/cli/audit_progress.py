"""How far the audit is: a bar with rate and time left on standard error, where that is a terminal; nothing elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

import click

from jackline.cli.audit_screen import finding_lines

if TYPE_CHECKING:
    from jackline.core.history import Finding
    from jackline.guard.audit.auditing import Step

WIDTH: Final = 24
MAX_SHOWN: Final = 8
_EVERY: Final = 0.1
_MIB: Final = 1024 * 1024
_MINUTE: Final = 60
_LOUD: Final = frozenset({"critical", "high"})


class Progress:
    """Shows steps. The first serious findings are printed as they come: nobody waits for the end to see what matters."""

    def __init__(self, *, wanted: bool) -> None:
        """`wanted`: standard error is a terminal, and nothing else is written to it meanwhile."""
        self._wanted = wanted and sys.stderr.isatty()
        self._begun = time.monotonic()
        self._drawn = 0.0
        self._shown: set[tuple[str, str]] = set()

    def show(self, step: Step) -> None:
        """The next step."""
        if not self._wanted:
            return
        for finding in step.findings:
            self._find(finding)
        now = time.monotonic()
        if now - self._drawn >= _EVERY or step.done >= step.total:
            self._drawn = now
            click.echo(f"\r\x1b[K{bar(step.done, step.total, step.calls, now - self._begun)}", err=True, nl=False)

    def end(self) -> None:
        """Take the bar away."""
        if self._wanted:
            click.echo("\r\x1b[K", err=True, nl=False)

    def _find(self, finding: Finding) -> None:
        key = (finding.kind, finding.text)
        if finding.severity not in _LOUD or key in self._shown or len(self._shown) >= MAX_SHOWN:
            return
        self._shown.add(key)
        click.echo("\r\x1b[K" + "\n".join(finding_lines(finding)), err=True)


def bar(done: int, total: int, calls: int, seconds: float) -> str:
    """The bar: part done, calls, rate and time left."""
    part = done / total if total else 1.0
    filled = round(WIDTH * part)
    rate = done / seconds if seconds > 0 else 0.0
    left = f", {_span((total - done) / rate)} left" if rate and done < total else ""
    return f"{'█' * filled}{'░' * (WIDTH - filled)} {part:4.0%}  {calls:,} calls, {rate / _MIB:.1f} MiB/s{left}"


def _span(seconds: float) -> str:
    whole = int(seconds + 0.5)
    return f"{whole // _MINUTE} min {whole % _MINUTE} s" if whole >= _MINUTE else f"{whole} s"
