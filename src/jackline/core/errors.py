"""One base class, few leaves. A message names the input in backticks and the way out; no stack trace reaches a user."""

from __future__ import annotations


class JacklineError(Exception):
    """Something that Jackline can explain in one sentence. `exit_code` is the process's, where a command ends by it."""

    exit_code = 1


class UsageError(JacklineError):
    """The caller asked for something that does not exist or does not fit: a wrong argument, ID or file."""

    exit_code = 2


class ConfigurationError(JacklineError):
    """A file of the user's (policy, resources, client settings) that cannot be used as it stands."""

    exit_code = 2


class WireError(JacklineError):
    """Bytes from outside (a hook call, a socket message, a transcript) that are not what the protocol says."""


class PolicyError(ConfigurationError):
    """A policy or schema outside the subset. `start` and `end` are offsets in characters into `text`; `source` names
    the text for a reader, where it has a name."""

    def __init__(self, message: str, *, text: str = "", start: int = 0, end: int = 0, source: str = "") -> None:
        super().__init__(message)
        self.text, self.start, self.end, self.source = text, start, end, source

    @property
    def line(self) -> int:
        """The line, from 1, on which the span begins."""
        return self.text.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """The column, from 1, at which the span begins."""
        return self.start - (self.text.rfind("\n", 0, self.start) + 1) + 1


class LedgerError(JacklineError):
    """The ledger cannot be written, read or trusted. Whatever depended on it must not run."""


class GuardUnreachableError(JacklineError):
    """The resident guard does not answer. Whatever was asked of it must not run."""


class WorkspaceError(JacklineError):
    """A workspace, its view or its history cannot be read, published or put back as it was asked."""


class ContainmentError(JacklineError):
    """A program cannot be contained as it was planned, so it was not started."""

    exit_code = 125
