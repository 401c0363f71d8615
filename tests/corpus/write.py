"""Draft the decisions and effects of the corpus: `python -m tests.corpus.write [FILE…]`, then review the difference.

What is written is what is said now, not what is right: that is the reviewer's part.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.corpus.cases import FOLDER, decided, files, read, shown, written


def main(names: list[str]) -> None:
    """Rewrite the files, all or those that are named."""
    for path in [Path(name) for name in names] or files():
        head, cases = read(path)
        for case in cases:
            decision = decided(case.command, case.surroundings)
            case.decision = decision.verdict
            case.effects = shown(decision, case.surroundings)
        path.write_text(written(head, cases), encoding="utf-8")
    readme = FOLDER / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, after = text.partition("<!-- counts -->\n")
    _, _, after = after.partition("<!-- end of counts -->\n")
    readme.write_text(f"{before}<!-- counts -->\n{counts()}<!-- end of counts -->\n{after}", encoding="utf-8")


def counts() -> str:
    """The table of the README: how many commands each class has, by decision."""
    rows = ["| class | surroundings | deny | ask | allow | all |", "|---|---|---|---|---|---|"]
    total = {"deny": 0, "ask": 0, "allow": 0}
    for path in files():
        _, cases = read(path)
        found = {word: sum(case.decision == word for case in cases) for word in total}
        total = {word: total[word] + found[word] for word in total}
        numbers = " | ".join(str(found[word]) for word in total)
        rows.append(f"| {path.stem} | {cases[0].surroundings} | {numbers} | {len(cases)} |")
    numbers = " | ".join(f"**{count}**" for count in total.values())
    rows.append(f"| **all** | | {numbers} | **{sum(total.values())}** |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
