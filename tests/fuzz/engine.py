"""One target in a process of its own: `python -m tests.fuzz.engine TARGET SECONDS FOLDER SEED`.

Findings are kept and fuzzing goes on, so that one of them does not hide the next. The parent process reads `running`
(the input of the moment) where this one hangs or dies, and `state.json` at the end.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import mmap
import os
import pkgutil
import random
import signal
import sys
import time
import traceback
from pathlib import Path

try:
    import atheris
except ImportError:
    atheris = None

with atheris.instrument_imports(include=["jackline"]) if atheris is not None else contextlib.nullcontext():
    import jackline.lower

    for module in pkgutil.walk_packages(jackline.lower.__path__, "jackline.lower."):
        importlib.import_module(module.name)  # a language that is imported when it is first met would not be measured
    from tests.fuzz.mutation import MAX_INPUT, mutated
    from tests.fuzz.targets import TARGETS

SLOWEST = 10.0
"""CPU seconds of one input beyond which it is a finding. The guard's own bound is on steps; this is the fuzzer's watchdog."""
LENGTH = 4
MAX_GUIDED = 1 << 13
"""Bytes of an input that coverage is measured for: what the guard reads in line. Longer ones come by mutation alone."""
STATE_EVERY = 2.0
"""Seconds between two states that are written down."""


class Hang(BaseException):
    """An input took longer than `SLOWEST`. No `Exception`, so that no reader takes it for its own failure."""


class Session:
    """Runs inputs, keeps what they break."""

    def __init__(self, target: str, folder: Path) -> None:
        self.target, self.folder = TARGETS[target], folder
        self.seeds = self.target.seeds()
        self.runs, self.slowest, self.saved, self.found = 0, 0.0, 0.0, {}
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "running").open("wb+") as file:
            file.truncate(MAX_INPUT + LENGTH)
            self.running = mmap.mmap(file.fileno(), MAX_INPUT + LENGTH)
        signal.signal(signal.SIGVTALRM, self._hang)

    @staticmethod
    def _hang(_number, _frame):
        raise Hang

    def run(self, data: bytes) -> None:
        """Check one input."""
        data = data[:MAX_INPUT]
        self.running[:LENGTH] = len(data).to_bytes(LENGTH, "big")
        self.running[LENGTH : LENGTH + len(data)] = data
        start = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, SLOWEST)
        try:
            self.target.check(data)
        except (Exception, Hang, RecursionError, MemoryError) as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            self._keep(data, error)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        spent = time.process_time() - start
        if spent > self.slowest:
            self.slowest = spent
            (self.folder / "slowest").write_bytes(data)
        if spent > SLOWEST:  # said here too, for what is raised by a signal may be lost on its way
            self._keep(data, Hang(f"more than {SLOWEST:.0f} s"))
        self.runs += 1
        if time.monotonic() > self.saved + STATE_EVERY:
            self.save()

    def _keep(self, data: bytes, error: BaseException) -> None:
        """One finding of each sort: what was raised, and where."""
        where = (traceback.extract_tb(error.__traceback__) or [traceback.FrameSummary("", 0, "")])[-1]
        said = "".join(char for char in str(error) if not char.isdigit())[:120]
        sort = hashlib.sha256(f"{type(error).__name__}{where.filename}{where.lineno}{said}".encode()).hexdigest()[:12]
        if sort not in self.found or len(data) < self.found[sort][0]:
            self.found[sort] = (len(data), f"{type(error).__name__}: {error}"[:300])
            (self.folder / f"found-{sort}").write_bytes(data)
            self.save()

    def save(self) -> None:
        """Write down how far it came."""
        self.saved = time.monotonic()
        state = {
            "runs": self.runs,
            "slowest": self.slowest,
            "found": {sort: said for sort, (_, said) in self.found.items()},
        }
        temporary = self.folder / "state.new"
        temporary.write_text(json.dumps(state))
        temporary.replace(self.folder / "state.json")


def by_mutation(session: Session, seconds: float, seed: int) -> None:
    """Without coverage: what was new in nothing but its length is forgotten; seeds are the only corpus."""
    rng = random.Random(seed)
    end = time.monotonic() + seconds
    for data in session.seeds:
        session.run(data)
    while time.monotonic() < end:
        session.run(mutated(rng.choice(session.seeds), session.seeds, session.target.words, rng))
    session.save()


def by_coverage(session: Session, seconds: float, seed: int) -> None:
    """With atheris: half of the inputs by its own mutations, half by ours. Does not return."""
    corpus = session.folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for data in session.seeds:
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)

    def mutator(data: bytes, size: int, number: int) -> bytes:
        rng = random.Random(number)
        return (
            atheris.Mutate(data, size)
            if rng.random() < 0.5
            else mutated(data, session.seeds, session.target.words, rng)[:size]
        )

    options = [f"-max_total_time={int(seconds)}", f"-max_len={MAX_GUIDED}", f"-seed={seed}", "-timeout=1000", f"-artifact_prefix={session.folder}/", "-rss_limit_mb=4096",
               "-print_final_stats=0", "-verbosity=1", "-reload=0", str(corpus)]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], session.run, custom_mutator=mutator)
    atheris.Fuzz()


def main(target: str, seconds: str, folder: str, seed: str) -> None:
    """See the module's text."""
    session = Session(target, Path(folder))
    session.save()
    (by_coverage if atheris is not None else by_mutation)(session, float(seconds), int(seed))


if __name__ == "__main__":
    os.nice(int(os.environ.get("NICE", "0")))
    main(*sys.argv[1:])
