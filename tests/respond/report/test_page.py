"""The page as a text: self-contained, its policy names its own script and style, its data cannot leave their element."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.respond.report.page import page
from tests.respond.report.audits import HOSTILE, audit


class Elements(HTMLParser):
    """Every element of a document, and the text in scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] in {"script", "style"}:
            self.texts.append(data)


def parsed(document: str) -> Elements:
    elements = Elements()
    elements.feed(document)
    return elements


def shape(document: str) -> list[str]:
    return [tag for tag, _ in parsed(document).tags]


@given(
    st.text(alphabet=st.characters(codec=None), max_size=60)
    | st.sampled_from([HOSTILE, "</SCRIPT >", "<!--<script>", "\ud800", "{{script}}"])
)
@settings(max_examples=60, deadline=None)
def test_no_text_changes_the_shape_of_the_document(text):
    assert shape(page(audit(text))) == shape(page(audit("plain")))


def test_the_data_come_back_as_they_were():
    document = page(audit())
    data = json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', document, re.DOTALL)[1])
    assert data["sessions"][0]["client"] == HOSTILE
    assert data["timelines"][0]["moments"][0]["text"] == HOSTILE
    assert data["timelines"][0]["moments"][2]["effects"][0]["at"] == [0, 18]


def test_the_policy_allows_nothing_but_what_stands_in_the_page():
    document = page(audit())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', document)[1]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    style = re.search(r"<style>(.*?)</style>", document, re.DOTALL)[1]
    script = re.findall(r"<script>(.*?)</script>", document, re.DOTALL)[-1]
    for text in (style, script):
        assert "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy


def test_nothing_in_it_is_loaded_from_anywhere():
    names = {name for _, attributes in parsed(page(audit())).tags for name in attributes}
    assert not names & {"src", "srcset", "style", "onclick", "onload", "onerror"}
    assert "innerHTML" not in page(audit("x"))
    assert not re.search(r"\b(?:fetch|XMLHttpRequest|import|eval)\(", page(audit("x")))


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_huge_text_is_cut(size):
    assert len(page(audit("y" * size))) < 150_000
