"""`jackline cards`: what the tools of MCP servers do, as data that a person can check."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from jackline.cli.entries import count
from jackline.cli.escaping import visible
from jackline.cli.output import json_option, line, print_json
from jackline.cli.reading import read_text
from jackline.core.errors import UsageError
from jackline.core.packaged import packaged
from jackline.guard.paths import find_homes
from jackline.guard.world import Cards, checked_card, load_cards
from jackline.lower.drafts import draft
from jackline.lower.mcp import cards, serves

if TYPE_CHECKING:
    from jackline.lower.mcp import Card

MAX_INPUT: Final = 16 * 1024 * 1024


@click.group("cards")
def command() -> None:
    """List and show tool cards, and draft one for an MCP server.

    A card of your own goes into the folder `cards` beside the settings; it is asked before those that are shipped.
    """


@command.command("list")
@json_option
def listing(*, as_json: bool) -> None:
    """List the cards: yours, then those that are shipped."""
    found = [*((card, "yours") for card, _ in _own().cards), *((card, "shipped") for card in cards())]
    if as_json:
        print_json([{**_summary(card), "origin": origin} for card, origin in found])
        return
    width = max(len(card.name) for card, _ in found)
    for card, origin in found:
        line(f"{card.name:<{width}}  {origin:<7}  {count(len(card.tools), 'tool'):>9}, results {card.results}")


@command.command("show")
@click.argument("server")
@json_option
def show(server: str, *, as_json: bool) -> None:
    """Show the card that is used for a server of this name."""
    found = [*((card, "yours", text) for card, text in _own().cards), *((card, "shipped", "") for card in cards())]
    card, origin, text = next(
        (each for each in found if serves(each[0], server) or each[0].name == server), (None, "", "")
    )
    if card is None:
        message = (
            f"there is no card for `{server}`: `jackline cards draft --server {server} < tools-list.json` drafts one"
        )
        raise UsageError(message)
    text = text or _shipped_text(card)
    if as_json:
        print_json({**_summary(card), "origin": origin, "text": text})
    else:
        line(visible(text, lines=True).rstrip("\n"))


@command.command("draft")
@click.option(
    "--server", default="server", show_default=True, metavar="NAME", help="The name that the client gives it."
)
def draft_command(server: str) -> None:
    """Draft a card from the result of a server's `tools/list`, standard input to standard output.

    What a server says of itself is a claim: check every line, then put the card into the folder `cards`.
    """
    data = sys.stdin.buffer.read(MAX_INPUT + 1)
    if len(data) > MAX_INPUT:
        message = f"standard input is longer than {MAX_INPUT >> 20} MiB"
        raise UsageError(message)
    line(draft(server, _listed(data)).rstrip("\n"))


@command.command("check")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@json_option
def check(paths: tuple[str, ...], *, as_json: bool) -> None:
    """Read cards as the guard would. Exit 2 where one is wrong."""
    checked = [_summary(checked_card(read_text(path), Path(path).stem, path)) for path in paths]
    if as_json:
        print_json(checked)
        return
    for path, card in zip(paths, checked, strict=True):
        line(f"{path}: {count(len(card['tools']), 'tool')} of {', '.join(map(visible, card['servers']))}")


def _listed(data: bytes) -> object:
    """The tools of a `tools/list` result, with or without the JSON-RPC envelope round it."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"standard input is not JSON: {error}"
        raise UsageError(message) from error
    result: Any = value.get("result") if isinstance(value, dict) else None
    return result if isinstance(result, dict) else value


def _own() -> Cards:
    return load_cards(find_homes().cards)


def _shipped_text(card: Card) -> str:
    return packaged("jackline.lower.cards", f"{card.name}.toml")


def _summary(card: Card) -> dict[str, Any]:
    tools = [name for name, _ in card.tools]
    return {"name": card.name, "servers": card.servers, "results": card.results, "tools": tools}
