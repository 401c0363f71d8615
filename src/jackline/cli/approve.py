"""`jackline approve`."""

from __future__ import annotations

import click

from jackline.cli.asking import show_question, show_questions
from jackline.cli.output import json_option, line, print_json
from jackline.guard.client import call


@click.command("approve")
@click.argument("name", metavar="[ID]", default="")
@click.option("--code", default="", help="The code of the second factor, where the question needs one.")
@click.option("--list", "listing", is_flag=True, help="Show what waits, and answer nothing.")
@json_option
def command(name: str, code: str, *, listing: bool, as_json: bool) -> None:
    """Say yes to what waits: once, for ten minutes.

    Without an ID: the only action that waits; where several do, they are listed. With a session's ID: a session that
    was refused three times goes on.
    """
    waiting = call("waiting")
    if listing or (not name and len(waiting) != 1):
        print_json(waiting) if as_json else show_questions(waiting)
        return
    answer = call("approve", {"id": name, "code": code})
    if as_json:
        print_json(answer)
    elif "resumed" in answer:
        line(f"The session {answer['resumed']} goes on.")
    else:
        show_question(answer)
        line(f"\nApproved with strength {answer['strength']}: {answer['action']} may run once within ten minutes.")
        if answer["held"]:
            line("It runs when the agent asks for exactly the same again.")
