"""A small world for files that are read: two outputs, a few files, one variable of the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.lower.word import Hole

if TYPE_CHECKING:
    from jackline.core.words import Authorship
    from jackline.lower.manifests.parts import Parts

_INCLUDED = {
    "known.mk": ["INCLUDED = yes\nfrom-include:\n\techo included\n"], "absent.mk": [], "unknown.mk": None,
    "known.just": ["from-import:\n    echo imported\nboth:\n    echo deeper\nimport 'sub/more.just'\n"],
    "sub/more.just": ["import? 'next.just'\n"], "sub/next.just": ["from-next:\n    echo next\n"],
    "tools/mod.just": ["x := `pwd`\nexport Y := 'y'\nrun what='all':\n    rm {{what}}\nother:\n    echo {{x}}\nmod deep 'in/deep.just'\n"],
    "tools/in/deep.just": ["[working-directory: '../a']\n[group('x'), no-exit-message]\ngo:\n    echo deep\n"], "other.just": None,
}  # fmt: skip
_OUTPUTS = {"echo a b": "a b\n", "pwd": "/ws\n"}


class World:
    """Counts steps, and keeps what was run for its output."""

    def __init__(self, steps: int = 20_000) -> None:
        self.authorship: Authorship = "committed"
        self.ran: list[str] = []
        self.steps = steps

    def step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise StopIteration

    def include(self, name: str) -> list[str] | None:
        return _INCLUDED.get(name, [])

    def shell(self, code: Parts) -> str | None:
        self.ran.append(shown(code))
        return _OUTPUTS.get(shown(code))

    def variable(self, name: str) -> Parts | None:
        return {"HOME": ("/home/me",)}.get(name)

    def exists(self, name: str) -> bool:
        return name in {"a.c", "b.c", "p.y", "x.in"}

    def names(self, pattern: str) -> list[str] | None:
        return ["a.c", "b.c"] if pattern == "*.c" else None


def shown(parts: Parts) -> str:
    """Text with holes in braces."""
    return "".join("{" + part.what + "}" if isinstance(part, Hole) else part for part in parts)
