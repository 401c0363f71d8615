"""The page in a real Chromium: drawn, searched, filtered, walked by keys, light and dark, and never run by hostile text."""

from __future__ import annotations

import os
import shutil
import time

import pytest

from jackline.respond.report.page import page
from tests.respond.report.audits import HOSTILE, audit

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def chromium():
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed (Debian: chromium)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, tmp_path):
    """Opens an audit; what the page logs, asks of the network or runs by a hostile text is kept."""
    contexts = []

    def opened(subject, scheme="light", width=1200):
        path = tmp_path / "audit.html"
        path.write_text(page(subject), encoding="utf-8")
        context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        contexts.append(context)
        tab = context.new_page()
        tab.troubles = []
        tab.on("console", lambda message: tab.troubles.append(message.text))
        tab.on("pageerror", lambda error: tab.troubles.append(str(error)))
        tab.on("dialog", lambda dialog: tab.troubles.append(dialog.message))
        tab.on("request", lambda request: None if request.url.startswith("file:") else tab.troubles.append(request.url))
        tab.goto(path.as_uri())
        tab.wait_for_selector("h1")
        return tab

    yield opened
    for context in contexts:
        context.close()


def one_of(tab, selector):
    """Wait until exactly one is there; the page's own policy forbids to evaluate a condition in it."""
    tab.wait_for_selector(f":nth-match({selector}, 2)", state="detached")
    tab.wait_for_selector(selector)


def kept(tab, name):
    """A picture for a person to look at, where one is asked for."""
    folder = os.environ.get("JACKLINE_SCREENSHOTS")
    if folder:
        tab.screenshot(path=f"{folder}/{name}.png", full_page=False)


def test_hostile_text_is_shown_and_never_runs(open_page):
    tab = open_page(audit(HOSTILE))
    assert "window.owned" in tab.inner_text("#findings")
    tab.click("#findings .row >> nth=0")
    tab.wait_for_selector("#timeline .moment")
    for button in tab.query_selector_all(".more"):
        button.click()
    assert "</script><script>window.owned = 1</script>" in tab.inner_text("#timeline")
    assert "U+202E" in tab.inner_text("#timeline")
    assert tab.evaluate("window.owned") is None
    assert tab.query_selector_all("main img, main svg, main script") == []
    assert tab.troubles == []
    kept(tab, "hostile")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_overview_in_light_and_dark(open_page, scheme):
    tab = open_page(audit("a quiet text"), scheme)
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 200) == (scheme == "dark")
    assert tab.locator("#findings .row").count() == 4
    kept(tab, f"overview-{scheme}")
    tab.keyboard.press("t")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != ground
    assert tab.troubles == []


def test_findings_are_filtered_and_searched(open_page):
    tab = open_page(audit("a quiet text"))
    tab.click("[data-chip=high]")
    assert tab.locator("#findings .row").count() == 1
    tab.click("[data-chip=high]")
    tab.keyboard.press("/")
    tab.keyboard.type("tests pass")
    one_of(tab, "#findings .row")
    assert tab.inner_text(".hit") == "tests pass"
    tab.keyboard.press("Escape")
    assert tab.locator("#findings .row").count() == 4
    tab.keyboard.press("/")
    tab.keyboard.type("no such thing")
    tab.wait_for_selector(".empty")
    assert tab.troubles == []


def test_keys_walk_open_and_go_back(open_page):
    tab = open_page(audit("a quiet text"))
    for key in "jjk":
        tab.keyboard.press(key)
    assert tab.locator("#findings .row.on").count() == 1
    assert tab.locator("#findings .row >> nth=0").get_attribute("class").endswith("on")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#timeline .moment.on")
    assert "rm -rf" in tab.inner_text(".moment.on pre")
    assert tab.inner_text(".moment.on mark") == "rm -rf ~/Documents"
    assert "no undo" not in tab.inner_text(".moment.on .found")
    kept(tab, "session")
    tab.keyboard.press("j")
    assert "curl" in tab.inner_text(".moment.on pre")
    tab.keyboard.press("?")
    assert tab.locator("dialog[open]").count() == 1
    tab.keyboard.press("Escape")
    assert tab.locator("dialog[open]").count() == 0
    tab.keyboard.press("Escape")
    tab.wait_for_selector("#findings")
    assert tab.troubles == []


def test_ten_thousand_calls_are_drawn_as_they_are_looked_at(open_page):
    begin = time.monotonic()
    tab = open_page(audit("a quiet text", calls=10_000))
    tab.click("#findings .row >> nth=0")
    tab.wait_for_selector("#timeline .moment")
    assert tab.locator("#timeline .moment").count() < 1_000
    tab.keyboard.press("/")
    tab.keyboard.type("x9999.example")
    one_of(tab, "#timeline .moment")
    assert "x9999" in tab.inner_text("#timeline .moment pre")
    assert time.monotonic() - begin < 60  # a bound for a slow machine; the figure is in the documents
    assert tab.troubles == []


def test_a_narrow_screen_scrolls_in_one_direction(open_page):
    tab = open_page(audit(HOSTILE), width=390)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.click("#findings .row >> nth=0")
    tab.wait_for_selector("#timeline .moment")
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    kept(tab, "narrow")
