import sys

import pytest

from jackline.core.deferred import Deferred


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
