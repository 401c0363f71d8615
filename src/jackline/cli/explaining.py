"""An explanation drawn for a terminal: the effects under the words that caused them, why, and what would have it allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jackline.cli.drawing import draw_head, draw_reason, tell_effect
from jackline.cli.escaping import visible
from jackline.cli.output import style
from jackline.core.tools import main_text
from jackline.policy.reasons import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jackline.core.effect import Effect
    from jackline.guard.explaining import Explanation
    from jackline.policy.remedies import Choice

MAX_LINES: Final = 200
MAX_WIDTH: Final = 2000
MAX_SPANS: Final = 60
_QUOTED: Final = 60
_INDENT: Final = 60
"""No effect is drawn further right than this, however late in the line its words stand."""

_MARK: Final = "─"


def draw_explanation(found: Explanation) -> str:
    """Several lines, coloured."""
    lines = [draw_head(found.decision), ""]
    lines += [f"  {line}".rstrip() for line in _drawn(found)]
    if found.decision.reasons:
        lines += [
            "",
            style("Why", "white", bold=True),
            *(f"  {draw_reason(reason)}" for reason in found.decision.reasons),
        ]
    lines += ["", style("What would have it allowed", "white", bold=True), f"  {visible(found.way)}"]
    return "\n".join(line.rstrip() for line in lines)


def explanation_json(found: Explanation) -> dict[str, Any]:
    """The same as values: what each effect needs by itself, all least ways, the sentence."""
    return {
        "needs": [
            {"effect": index, "never": need is None, **_choice(need)} for index, need in enumerate(found.ways.each)
        ],
        "ways": [_choice(way) for way in found.ways.all],
        "way": found.way,
    }


def _choice(choice: Choice | None) -> dict[str, Any]:
    return (
        {"remedies": list(choice.remedies), "approval": choice.approval} if choice else {"remedies": [], "approval": 0}
    )


def _drawn(found: Explanation) -> Iterator[str]:
    """The text with marks and effects below its lines; then what was read in files, and what has no place at all."""
    effects = found.decision.effects
    text = main_text(found.action.arguments)
    told = [_told(found, index) for index in range(len(effects))]
    spans, files, rest = _placed(effects, text)
    for start, line in _lines(text):
        yield visible(line[:MAX_WIDTH]) + ("…" if len(line) > MAX_WIDTH else "")
        for (begin, end), indices in spans.items():
            if start <= begin <= start + len(line):
                before = len(visible(line[: begin - start]))
                width = len(visible(line[begin - start : end - start]))
                yield " " * before + style(_MARK * max(1, width), "cyan")
                yield from (" " * min(before, _INDENT) + told[index] for index in indices)
    for source, indices in files.items():
        yield ""
        yield f"in `{visible(source)}`:"
        for index in indices:
            yield f"  {_quoted(effects[index])}  {told[index]}"
    if rest and text:
        yield ""
    yield from (told[index] for index in rest)
    if not told:
        yield "no effects"


def _placed(
    effects: Sequence[Effect], text: str
) -> tuple[dict[tuple[int, int], list[int]], dict[str, list[int]], list[int]]:
    """The effects by the words that they were read from, in the order of the text; by the file, for what was read in
    one; and those of no known place."""
    spans: dict[tuple[int, int], list[int]] = {}
    files: dict[str, list[int]] = {}
    rest = []
    for index, effect in enumerate(effects):
        evidence = effect.evidence
        if evidence.source:
            files.setdefault(evidence.source, []).append(index)
        elif 0 <= evidence.start < evidence.end <= len(text) and len(spans) < MAX_SPANS:
            spans.setdefault((evidence.start, evidence.end), []).append(index)
        else:
            rest.append(index)
    return dict(sorted(spans.items())), files, rest


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n")[:MAX_LINES] if text else ():
        yield start, line
        start += len(line) + 1


def _told(found: Explanation, index: int) -> str:
    effect = found.decision.effects[index]
    need = found.ways.each[index] if index < len(found.ways.each) else None
    return tell_effect(effect) + (_needed(need) if index < len(found.ways.each) else "")


def _needed(need: Choice | None) -> str:
    if need is None:
        return ": " + style("never", "red")
    if need.remedies or need.approval:
        return ": " + style(words(need), "yellow")
    return ""


def _quoted(effect: Effect) -> str:
    text = " ".join(effect.evidence.text.split())
    return f"`{visible(text[:_QUOTED])}{'…' if len(text) > _QUOTED else ''}`"
