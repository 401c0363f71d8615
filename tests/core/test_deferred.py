import gc
import importlib
import pkgutil
import re
import sys
from typing import Any

import pytest

from jackline.core.deferred import Deferred, late_pattern


def test_a_module_is_imported_at_the_first_call_and_its_function_answers() -> None:
    name = "colorsys"  # small, and nothing else here imports it
    sys.modules.pop(name, None)
    convert = Deferred(name, "rgb_to_hls")
    assert name not in sys.modules
    assert convert(0.0, 0.0, b=1.0) == sys.modules[name].rgb_to_hls(0.0, 0.0, 1.0)
    assert convert.load() is sys.modules[name].rgb_to_hls


@pytest.mark.parametrize(
    ("module", "name", "error"), [("jackline.core.nowhere", "f", ImportError), ("colorsys", "g", AttributeError)]
)
def test_what_is_not_there_raises_at_each_call(module: str, name: str, error: type[Exception]) -> None:
    missing = Deferred(module, name)
    for _ in range(2):
        with pytest.raises(error):
            missing()


def test_an_expression_is_compiled_at_its_first_use_and_then_is_as_any() -> None:
    early, late = re.compile(r"(?P<word>[a-z]+)", re.IGNORECASE), late_pattern(r"(?P<word>[a-z]+)", re.IGNORECASE)
    for text in ("abc DEF", "12", ""):
        assert late.findall(text) == early.findall(text)
        assert late.split(text) == early.split(text)
        assert late.sub("x", text) == early.sub("x", text)
        assert [found.span() for found in late.finditer(text)] == [found.span() for found in early.finditer(text)]
        for method in ("match", "search", "fullmatch"):
            found, wanted = getattr(late, method)(text), getattr(early, method)(text)
            assert (found and found["word"]) == (wanted and wanted["word"])
    assert late.groupindex == early.groupindex


def made(kind: type) -> list[Any]:
    """Everything of a kind that any of our modules makes when it is imported."""
    for package in ("core", "lower", "policy", "ledger", "clients", "guard", "cli"):
        root = importlib.import_module(f"jackline.{package}")
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            importlib.import_module(found.name)
    gc.unfreeze()  # a test that began a guard may have put everything out of sight
    return [each for each in gc.get_objects() if type(each) is kind]


def test_every_expression_of_ours_compiles() -> None:
    found = made(type(late_pattern("")))
    assert len(found) > 100
    for pattern in found:
        pattern.search("")


def test_every_function_of_ours_is_where_it_is_said_to_be() -> None:
    found = [each for each in made(Deferred) if each.module.startswith("jackline.") and "nowhere" not in each.module]
    assert len(found) > 50
    for function in found:
        assert callable(function.load())
