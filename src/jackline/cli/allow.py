"""`jackline allow`."""

from __future__ import annotations

import click

from jackline.cli.output import json_option, line, print_json
from jackline.guard.client import call


@click.command("allow")
@click.option("--like", required=True, metavar="ID", help="The action whose effects are to be allowed from now on.")
@click.option("--code", default="", help="The code of the second factor, where one is enrolled.")
@click.option("--yes", is_flag=True, help="Do not ask; add it.")
@json_option
def command(like: str, code: str, *, yes: bool, as_json: bool) -> None:
    """Allow effects like those of an action from now on.

    Shows what that newly permits, and then adds it to grants.cedar. A pattern is made of effects, never of text; what
    a policy forbids stays forbidden.
    """
    preview = call("allow", {"like": like})
    if not as_json:
        line("This would be allowed without a question from now on:")
        for sentence in preview["permits"]:
            line(f"  {sentence}")
        line()
        line(preview["text"])
    if not yes and not (not as_json and click.confirm("Allow it?", default=False)):
        if as_json:
            print_json(preview)
        else:
            line("Nothing was changed.")
        return
    added = call("allow", {"like": like, "confirm": True, "code": code})
    if as_json:
        print_json(added)
    else:
        line("Allowed. `grants.cedar` holds it; take the rule out there to ask again.")
