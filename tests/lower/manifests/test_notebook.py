"""Notebooks: the code of their cells, and that any text is read or refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.manifests.notebook import MAX_CELLS, cells


def notebook(*sources, language="python"):
    found = [{"cell_type": "code", "source": source} for source in sources]
    return json.dumps({"cells": found, "metadata": {"kernelspec": {"language": language}}})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = 1\nb = 2", [("python", "a = 1\nb = 2")]),
        (["a = 1\n", "b = 2"], [("python", "a = 1\nb = 2")]),
        ("!rm -rf x\nb = 2", [("shell", "rm -rf x"), ("python", "pass\nb = 2")]),
        ("if a:\n    !rm x", [("shell", "rm x"), ("python", "if a:\n    pass")]),
        ("names = !ls", [("shell", "ls"), ("python", "pass")]),
        ("%sx rm x", [("shell", "rm x"), ("python", "pass")]),
        ("%%bash\nrm -rf x\nls", [("shell", "rm -rf x\nls")]),
        ("%%script bash\nls", [("shell", "ls")]),
        ("%%bash --out found\nls", [("shell", "ls")]),
        ("%%script bash -c 'rm x'\nls", [("", "%%script bash -c 'rm x'\nls")]),
        ("%matplotlib inline\nx", [("python", "pass\nx")]),
        ("%time f(x)", [("python", "f(x)")]),
        ("%timeit -n 10 os.remove('x')", [("python", "os.remove('x')")]),
        ("  %time !rm x", [("shell", "rm x"), ("python", "  pass")]),
        ("%cd ..", [("", "%cd .."), ("python", "pass")]),
        ("%run other.py", [("", "%run other.py"), ("python", "pass")]),
        ("%%javascript\nalert(1)", [("", "%%javascript\nalert(1)")]),
        ("print?", [("", "print?"), ("python", "pass")]),
        ("", [("python", "")]),
    ],
)
def test_a_cell(source, expected):
    assert cells(notebook(source)) == expected


def test_other_kernels_other_cells_and_what_is_no_notebook():
    assert cells(notebook("x", language="R")) == [("", "x")]
    assert cells('{"cells": [{"cell_type": "markdown", "source": "!rm x"}, 3]}') == []
    assert cells(notebook(*["x"] * (MAX_CELLS + 1))) is None
    assert [cells(text) for text in ("", "[]", "{", '{"cells": 3}', "[" * 100_000)] == [None] * 5


@given(
    st.lists(st.sampled_from(["!", "%", "%%bash", "\n", " ", "a = ", "x", "?", "%sx ", "'''"]), max_size=20).map(
        "".join
    )
)
def test_no_code_of_a_cell_gets_lost(source):
    pieces = cells(notebook(source))
    assert pieces is not None
    assert sum(code.count("x") for _, code in pieces) >= source.replace("%sx", "").count("x")


@given(st.text(max_size=60) | st.recursive(st.none() | st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["cells", "source", "cell_type", "metadata", "kernelspec"]), inner), max_leaves=12).map(json.dumps))  # fmt: skip
def test_any_text_is_read_or_refused(text):
    assert cells(text) is None or isinstance(cells(text), list)
