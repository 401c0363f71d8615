"""One sandbox's observer: a thread that answers its notices until nothing of it runs any more."""

from __future__ import annotations

import errno
import os
import select
import threading
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.contain.observe import looking, notices
from jackline.contain.observe.facts import Connection, Fact, Facts, Process, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.contain.observe.binaries import Digests
    from jackline.contain.observe.notices import Notice

_TEXTS: Final = frozenset({"path", "argv"})
_KILLED_MEANWHILE: Final = frozenset({errno.ENOENT, errno.EINTR})


class Supervisor:
    """Reads `notifier`, which becomes its own, and serves it from its beginning until everything in the sandbox is gone:
    also what the program left running behind it.

    `program` is what the sandbox was told to execute: its launcher, until it is the program, lets nobody look into it.
    """

    def __init__(self, notifier: int, program: Sequence[str], digests: Digests) -> None:
        self._notifier, self._program, self._digests = notifier, tuple(program), digests
        self._facts = Facts()
        self._first, self._hidden, self._begun = 0, False, False
        self._thread = threading.Thread(target=self._serve, name="observer", daemon=True)
        self._thread.start()

    def take(self) -> Seen:
        """What was seen since this was last asked. What a program did is there before it goes on, so all that an ended
        program did is."""
        return self._facts.take()

    def over(self, seconds: float) -> bool:
        """Wait until nothing can be seen any more; False where it can be after that time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _serve(self) -> None:
        poller = select.poll()
        poller.register(self._notifier, select.POLLIN)
        try:
            notices.hurry(self._notifier)
            while True:
                ((_, events),) = poller.poll()
                if events & select.POLLIN:
                    self._attend()
                elif events:
                    return
        finally:
            os.close(self._notifier)

    def _attend(self) -> None:
        """Answer one notice, come what may. Raises `OSError` where no answer can be given any more."""
        try:
            notice = notices.receive(self._notifier)
        except OSError as error:
            if error.errno in _KILLED_MEANWHILE:
                return
            raise
        try:
            fact = self._look(notice)
            if fact is not None and notices.still(self._notifier, notice):
                self._facts.add(fact)
        finally:
            notices.go_on(self._notifier, notice)

    def _look(self, notice: Notice) -> Fact | None:
        """What it is about; a fact that says nothing where it cannot be told."""
        try:
            if notice.call == "connect":
                return looking.connection(notice)
            if notice.call is not None:
                return self._named(looking.process(notice, self._digests), notice)
        except Exception:  # noqa: BLE001 - a defect of ours is a fact that was not read: nobody waits for ever on it
            if notice.call == "connect":
                return Connection(0, "", unread=("process", "address"))
            return Process(0, 0, "", unread=("process", "path", "argv", "binary"))
        return None

    def _named(self, fact: Process, notice: Notice) -> Process | None:
        """Mark what is the sandbox's own program: what its first process executes, once something is there.

        That process is the launcher, which tries PATH: that is our own doing, and no fact. Where it may not be looked into,
        it is known what it was told.
        """
        if self._begun or self._first not in {0, notice.thread}:
            return fact
        self._first = notice.thread
        if set(fact.unread) >= _TEXTS:
            self._hidden = True
            unread = tuple(part for part in fact.unread if part not in _TEXTS)
            return replace(fact, path=self._program[0], argv=self._program, first=True, unread=unread)
        self._begun = self._hidden or not fact.absent
        if self._hidden:
            return fact
        return replace(fact, first=True) if self._begun else None
