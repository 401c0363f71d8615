"""Every link inside the documents leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.joinpath("docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^( *)```.*?^\1```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def anchors(page):
    """The anchors of a page's headings, as the usual renderers make them."""
    headings = re.findall(
        r"^#{1,6} +(.+?) *$",
        re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL),
        re.MULTILINE,
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links(page):
    for target in LINK.findall(CODE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", target):
            assert target.startswith(("https://", "mailto:")), target
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"`{target}` leads nowhere"
        assert path.is_relative_to(CHECKOUT), f"`{target}` leads out of the project"
        assert not anchor or anchor in anchors(path), f"`{target}`: no such heading; there are {sorted(anchors(path))}"


def test_every_document_can_be_reached():
    """From the README, by links."""
    seen, todo = set(), [CHECKOUT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen:
            continue
        seen.add(page)
        names = [name.partition("#")[0] for name in LINK.findall(page.read_text()) if not re.match(r"[a-z]+:", name)]
        for path in [(page.parent / name).resolve() for name in names if name]:
            todo += sorted(path.glob("*.md")) if path.is_dir() else [path] if path.suffix == ".md" else []
    assert set(PAGES) - seen == set()
