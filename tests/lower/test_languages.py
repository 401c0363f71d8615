from functools import partial
from inspect import signature

import pytest

from jackline.core.deferred import Deferred
from jackline.lower.catalogue import special
from jackline.lower.languages import LANGUAGES
from jackline.lower.scope import Language

PARAMETERS = [name for name in signature(Language.__call__).parameters if name != "self"]


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_every_language_is_there_and_is_called_as_all_are(name: str) -> None:
    found = LANGUAGES[name]
    given = found.args if isinstance(found, partial) else ()
    function = found.func if isinstance(found, partial) else found
    loaded = function.load() if isinstance(function, Deferred) else function
    assert list(signature(partial(loaded, *given)).parameters) == PARAMETERS


def test_a_language_that_nobody_knows_is_opaque_and_not_in_the_table() -> None:
    assert LANGUAGES.get("cobol") is None
    assert isinstance(LANGUAGES["cobol"], partial)


@pytest.mark.parametrize("name", sorted([*special.SPECIALS, "run_alias", "npm_other"]))
def test_every_special_is_a_function_of_a_call(name: str) -> None:
    found = special.SPECIALS.get(name) or getattr(special, name)
    loaded = found.load() if isinstance(found, Deferred) else found
    assert list(signature(loaded).parameters) == ["call"]
