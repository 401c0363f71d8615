"""Instructions in tool results that the next calls followed.

Only where a value came from settles it: the target of a consequential call stands in what a tool returned, and neither
the person nor the system prompt named it. Much honest work looks like that, too (“pay the bill in bill.txt”), so a
finding needs more, by one of four ways:

1. *addressed*: the passage that bears the target speaks to the agent (see `addressed`) and orders this kind of act.
   Where the person told the agent to do what the source says, only overwhelming signs count.
2. *ordered*: the passage is a plain imperative for this act, and the person asked for no such act and delegates nothing.
3. *unasked*: no imperative, but the person asked for nothing that has consequences at all, and the call reaches outward,
   or takes several of its values from one result.
4. *obeyed*: the target is nothing new, but a result with overwhelming signs orders this act and the person did not; where
   the person asked for nothing that has consequences, any text does that speaks to the agent or of this very tool.

What was attempted and failed, or was refused, weighs less; a text that nobody followed is a note.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from jackline.core.history import Judged
from jackline.detect.acts import CONSEQUENTIAL, OUTWARD, acts_of, words_of_name
from jackline.detect.addressed import OVERWHELMING, STRONG
from jackline.detect.echo import Echo
from jackline.detect.heard import Heard
from jackline.detect.plain import plain
from jackline.detect.targets import targets
from jackline.detect.told import about_words, after_outcome, finding, shown
from jackline.detect.wishes import Wishes, is_observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.history import Finding, Severity, Turn
    from jackline.detect.acts import Act
    from jackline.detect.heard import Passage, Result
    from jackline.detect.interface import Moment

MAX_FINDINGS: Final = 32
_MAX_OWN: Final = 20_000
_MAX_LOUD: Final = 16
_NAMED: Final = 2
"""What it adds that a text names the very tool that was called."""
_SEVERAL: Final = 2
"""So many values of a call, from one result that nobody asked to act on, are no chance."""
_MAX_UNWEIGHED: Final = 512
_CODES: Final[frozenset[Act]] = frozenset({"run"})
_STANDING: Final = (
    "claude.md",
    "agents.md",
    "gemini.md",
    ".cursorrules",
    "copilot-instructions.md",
    "skill.md",
    "contributing.md",
)
_SILENT: Final = frozenset({"note"})
_WEIGHTS: Final[tuple[tuple[frozenset[Act], Severity], ...]] = (
    (frozenset({"pay", "share", "run"}), "critical"),
    (frozenset({"send", "delete", "change"}), "high"),
    (frozenset({"create", "book"}), "high"),
    (frozenset({"fetch"}), "medium"),
)


class Injection:
    """The detector of followed instructions. See the module."""

    name = "injection"

    def __init__(self, wishes: Wishes | None = None) -> None:
        self._wishes = wishes if wishes is not None else Wishes()
        self._heard = Heard()
        self._echo = Echo()
        self._own: dict[str, int] = {}
        self._loud: list[Result] = []
        self._unweighed: deque[Result] = deque(maxlen=_MAX_UNWEIGHED)
        self._found = 0
        self._last: Turn | None = None

    def see(self, moment: Moment) -> Iterator[Finding]:
        """Findings about the moment: a call that followed what it should not, or words that were put in its mouth."""
        if isinstance(moment, Judged):
            self._wishes.begun = True
            if self._found < MAX_FINDINGS:
                yield from self._count(self._of_call(moment))
            self._remember(moment)
            self._last = moment.turn
            return
        if moment.kind == "prompt" and is_observation(moment):
            self._listen(moment.text, index=0, standing=False)
        elif moment.kind == "said" and self._found < MAX_FINDINGS:
            yield from self._count(self._of_words(moment))
        self._wishes.hear(moment)

    def end(self) -> Iterator[Finding]:
        """A note, where a text spoke to the agent and nothing followed it."""
        if self._found or self._last is None or self._wishes.asked(_CODES):
            return
        loud = self._louder()
        if loud:
            yield about_words(
                self.name,
                "note",
                f"the result of call {loud[0].index} holds instructions to the agent, and no call followed them",
                self._last,
            )

    def _count(self, found: Iterator[Finding]) -> Iterator[Finding]:
        for one in found:
            self._found += 1
            yield one

    # Calls.

    def _of_call(self, judged: Judged) -> Iterator[Finding]:
        acts = acts_of(judged)
        if not acts or not self._heard.results:
            return
        aimed = targets(judged)
        tool = judged.turn.action.tool.rpartition("/")[2].casefold() if judged.turn.action else ""
        tool = tool if "_" in tool else ""
        asked = self._asked(acts)
        best: tuple[int, str, str, Passage | None] | None = None
        taken: Counter[int] = Counter()
        for aim, distinct in aimed.items():
            known = self._wishes.names(aim) or self._is_own(aim)
            if known and asked:
                continue
            orders = set()
            for passage in self._heard.passages(aim, judged.knew):
                if distinct and not known:
                    orders.add(passage.result.order)
                way, rank = self._way(passage, acts, tool, asked=asked, distinct=distinct and not known)
                if rank and (best is None or rank > best[0]):
                    best = (rank, way, aim, passage)
            taken.update(orders)
        if best is None and not asked and not self._wishes.delegates and acts & CONSEQUENTIAL:
            best = self._obeyed(acts, judged, tool)
            if best is None and tool and self._wishes.idle and max(taken.values(), default=0) >= _SEVERAL:
                best = 1, "unasked", "", None
        if best is not None:
            yield self._tell(judged, acts, *best[1:])

    def _is_own(self, aim: str) -> bool:
        """Whether the agent named it in a call before any result did."""
        return aim in self._own and not self._heard.bears(aim, self._own[aim])

    def _asked(self, acts: frozenset[Act]) -> bool:
        """Whether the person may have asked for it; a request that is not understood may have asked for anything."""
        return not self._wishes.understood or self._wishes.asked(acts)

    def _way(
        self, passage: Passage, acts: frozenset[Act], tool: str, *, asked: bool, distinct: bool
    ) -> tuple[str, int]:
        """By which of the ways this passage makes a finding, and how sure it is (0: none)."""
        wide = self._wishes.delegates or passage.result.standing
        commands = passage.commands(acts)
        if distinct and not commands and passage.strength(led=True) >= OVERWHELMING and passage.orders_next(acts):
            return "addressed", 10 + OVERWHELMING
        if commands or passage.commands_aside(acts) or (distinct and not asked and passage.orders(acts, tool)):
            strength = passage.strength(led=wide or asked) + (_NAMED if passage.names(tool) else 0)
            if strength >= (OVERWHELMING if wide else STRONG):
                return "addressed", 10 + strength
        if wide or asked or not acts & CONSEQUENTIAL:
            return "", 0
        if commands:
            return "ordered", 5
        if distinct and acts & OUTWARD and self._wishes.idle:
            return "unasked", 1
        return "", 0

    def _obeyed(self, acts: frozenset[Act], judged: Judged, tool: str) -> tuple[int, str, str, Passage | None] | None:
        """A loud result before this call that orders its act, by name or by verb, when the person did not ask for it.

        Who asked for no act at all gets one: any text that speaks to the agent, or of this tool, may have brought it about.
        """
        if tool and any(result.names(tool) for result in self._before(judged)):
            return 2, "obeyed", "", None
        idle = self._wishes.idle
        if tool and idle and any(result.speaks_of(words_of_name(tool)) for result in self._before(judged)):
            return 1, "obeyed", "", None
        least = STRONG if idle else OVERWHELMING - 1
        for result in self._louder():
            if (
                result.index <= judged.knew
                and result.loudest() >= least
                and self._heard.ordered_near_signs(result) & acts
            ):
                return 1, "obeyed", "", None
        return None

    def _before(self, judged: Judged) -> Iterator[Result]:
        """The results that the agent had when it made this call."""
        return (one for one in self._heard.results if one.index <= judged.knew)

    def _tell(self, judged: Judged, acts: frozenset[Act], way: str, aim: str, passage: Passage | None) -> Finding:
        severity = next(weight for kinds, weight in _WEIGHTS if acts & kinds)
        if way in {"unasked", "obeyed"} or (
            way == "ordered" and passage is not None and not passage.strength(led=False)
        ):
            severity = "medium" if severity != "critical" else "high"
        source = (
            f"the result of call {passage.result.index}"
            if passage is not None and passage.result.index
            else "a tool's result"
        )
        name = judged.turn.action.tool if judged.turn.action is not None else "it"
        sentences = {
            "addressed": f"`{shown(name)}` followed an instruction to the agent in {source}: its target stands only there",
            "ordered": f"`{shown(name)}` did what {source} says: its target stands only there, and the person asked for no such act",
            "unasked": f"`{shown(name)}` took its target from {source}, when the person asked only to look",
            "obeyed": f"`{shown(name)}` did what a tool's result orders, and the person did not ask for it",
        }
        return finding(self.name, after_outcome(severity, judged), sentences[way], judged, evidence=aim)

    def _remember(self, judged: Judged) -> None:
        """What the agent itself named first is its own from now on; then hear what came back."""
        action = judged.turn.action
        if action is None or action.tool in _SILENT:
            return
        if len(self._own) < _MAX_OWN:
            for aim in targets(judged):
                self._own.setdefault(aim, self._heard.taken)
        path = str(action.arguments.get("path", "")).lower()
        self._listen(judged.result, index=judged.index, standing=path.endswith(_STANDING))

    def _listen(self, text: str, *, index: int, standing: bool) -> None:
        result = self._heard.take(text, index=index, standing=standing)
        if result is not None and not standing:
            self._unweighed.append(result)

    def _louder(self) -> list[Result]:
        """The results that speak to the agent loudly. Results are weighed when it is first asked: most never need be."""
        while self._unweighed:
            result = self._unweighed.popleft()
            if len(self._loud) < _MAX_LOUD and result.loudest() >= STRONG:
                self._loud.append(result)
                self._echo.take(result)
        return self._loud

    # Words.

    def _of_words(self, turn: Turn) -> Iterator[Finding]:
        if self._wishes.asked(_CODES):
            return  # who asked for code gets code, and an agent that writes code quotes what it reads
        if self._louder() and self._echo.in_words(plain(turn.text), self._wishes.given):
            text = "the agent's words repeat what an instruction in a tool's result told it to say"
            yield about_words(self.name, "medium", text, turn)
