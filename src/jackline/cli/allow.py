"""`jackline allow`."""

from __future__ import annotations

from typing import Any

import click

from jackline.cli.entries import clock
from jackline.cli.escaping import visible
from jackline.cli.moments import coming, length, now
from jackline.cli.output import json_option, line, print_json
from jackline.core.errors import UsageError
from jackline.guard.client import call


@click.command("allow")
@click.option("--like", default="", metavar="ID", help="The action whose effects are to be allowed.")
@click.option("--for", "for_", default="", metavar="LENGTH", help="Only that long: `30m`, `2h`, `3d`.")
@click.option("--until", default="", metavar="TIME", help="Only until then: `18:00`, or `2026-11-22 14:00`.")
@click.option("--list", "listing", is_flag=True, help="Show what is allowed for a while, and until when.")
@click.option("--end", default="", metavar="ID", help="End what was allowed for a while, before its time.")
@click.option("--code", default="", help="The code of the second factor, where one is enrolled.")
@click.option("--yes", is_flag=True, help="Do not ask; add it.")
@json_option
def command(*, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - the options above
    """Allow effects like those of an action, from now on or for a while.

    Shows what that newly permits. From now on: a rule in grants.cedar. With --for or --until (seven days at most): an
    approval that ends by itself. A pattern is made of effects, never of text; what a policy forbids stays forbidden.
    """
    chosen = [name for name in ("like", "listing", "end") if options[name]]
    if len(chosen) != 1 or (chosen != ["like"] and (options["for_"] or options["until"])):
        message = "give `--like ID` (with `--for` or `--until`, if only for a while), `--list`, or `--end ID`"
        raise UsageError(message)
    if options["listing"]:
        _list(as_json=as_json)
    elif options["end"]:
        ended = call("end_class", {"id": options["end"]})
        print_json(ended) if as_json else line(f"Effects like those of {ended['id']} are judged by the policy again.")
    else:
        _allow(options, as_json=as_json)


def _allow(options: dict[str, Any], *, as_json: bool) -> None:
    until = _until(options["for_"], options["until"])
    method, parameters = ("allow_until", {"until": until}) if until else ("allow", {})
    parameters = {**parameters, "like": options["like"], "code": options["code"]}
    preview = call(method, parameters)
    if not as_json:
        _show(preview)
    if not options["yes"] and (as_json or not click.confirm("Allow it?", default=False)):
        print_json(preview) if as_json else line("Nothing was changed.")
        return
    added = call(method, {**parameters, "confirm": True})
    if as_json:
        print_json(added)
    elif until:
        line(f"Allowed until {clock(until)}. `jackline allow --end {added['id']}` ends it before.")
    else:
        line("Allowed. `grants.cedar` holds it; take the rule out there to ask again.")


def _until(length_: str, moment: str) -> int:
    if length_ and moment:
        message = "give `--for` or `--until`, not both"
        raise UsageError(message)
    if length_:
        return now() + length(length_)
    return coming(moment) if moment else 0


def _show(preview: dict[str, Any]) -> None:
    until = f"until {clock(preview['until'])}" if "until" in preview else "from now on"
    line(f"This would be allowed without a question {until}:")
    for sentence in preview["permits"]:
        line(f"  {visible(sentence)}")
    if "text" in preview:
        line()
        line(visible(preview["text"], lines=True))


def _list(*, as_json: bool) -> None:
    classes = call("classes")
    if as_json:
        print_json(classes)
        return
    if not classes:
        line("Nothing is allowed for a while. What is allowed for good stands in `grants.cedar`.")
    for each in classes:
        line(f"like {visible(each['id'])}, until {clock(each['until'])}")
        for pattern in each["patterns"]:
            line(f"  {_pattern(pattern)}")


def _pattern(pattern: dict[str, Any]) -> str:
    labels = f" ({', '.join(pattern['labels'])})" if pattern.get("labels") else ""
    port = f" port {pattern['port']}" if pattern.get("port") else ""
    return f"{pattern['verb']} {pattern['kind']} `{visible(pattern.get('name', '*'))}`{port}{labels}"
