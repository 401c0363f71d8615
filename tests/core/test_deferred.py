import importlib
import pkgutil
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from jackline.core import deferred
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
def test_what_is_not_there_raises_at_each_call(
    module: str, name: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deferred, "_ALL", [])  # a guard that another test begins in this process need not find it
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


@pytest.fixture
def everything() -> list[Any]:
    """What is put off in any of our modules: the objects whose loading `settle` would do."""
    for package in ("core", "lower", "policy", "ledger", "clients", "guard", "cli"):
        root = importlib.import_module(f"jackline.{package}")
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            importlib.import_module(found.name)
    return [load.__self__ for load in deferred._ALL]


def test_all_that_is_put_off_is_there(everything: list[Any]) -> None:
    functions = [each for each in everything if isinstance(each, Deferred)]
    patterns = [each for each in everything if not isinstance(each, Deferred)]
    assert len(functions) > 50
    assert len(patterns) > 100
    for function in functions:
        assert callable(function.load()), (function.module, function.name)
    for pattern in patterns:
        pattern.search("")


def test_settling_loads_what_was_put_off_and_what_that_puts_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferred, "_ALL", [])
    sys.modules.pop("colorsys", None)
    late = late_pattern("x")
    convert = Deferred("colorsys", "rgb_to_hls")
    following: list[Deferred] = []
    deferred._ALL.append(lambda: following.append(Deferred("json", "loads")))
    deferred.settle()
    assert deferred._ALL == []
    assert convert._found is sys.modules["colorsys"].rgb_to_hls
    assert late.match is not None
    assert following[0]._found is importlib.import_module("json").loads


def test_a_wall_between_rooms_holds_for_what_is_imported_late_too() -> None:
    """The linter of imports reads no strings."""
    order = {"core": 0, "hook_client": 0, "guard": 2, "cli": 3}
    source = Path(deferred.__file__).parents[1]
    late = re.compile(r'"jackline\.([a-z_]+)[a-z_.]*"')
    for path in sorted(source.rglob("*.py")):
        room = path.relative_to(source).parts[0].removesuffix(".py")
        text = path.read_text()
        if "Deferred(" not in text or room == "core":
            continue
        for target in late.findall(text):
            assert target == room or order.get(target, 1) < order.get(room, 1), f"{path} reaches into {target}"
