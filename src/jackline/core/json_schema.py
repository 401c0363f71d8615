"""The JSON Schema of everything that crosses an edge, generated from the types so that the two cannot drift apart."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any, Final

import msgspec

from jackline.core.action import Action
from jackline.core.decision import Decision
from jackline.core.effect import Effect
from jackline.core.event import Event

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
EXCHANGED: Final = (Action, Effect, Decision, Event)
"""The types that cross an edge; what they are made of comes with them."""


def json_schema() -> dict[str, Any]:
    """One document: each exchanged type, and all that it refers to, under `$defs`."""
    _, components = msgspec.json.schema_components(EXCHANGED, ref_template="#/$defs/{name}")
    for component in components.values():
        if "description" in component:  # Python 3.13 takes the indentation out of docstrings, earlier ones leave it in
            component["description"] = cleandoc(component["description"])
    return {"$schema": DIALECT, "title": "Jackline", "$defs": dict(sorted(components.items()))}
