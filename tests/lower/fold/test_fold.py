"""What is folded is what the tools themselves print; what is not sure is not folded."""

from __future__ import annotations

import base64
import bz2
import gzip
import lzma
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.lower.fold import FOLDERS, fold
from jackline.lower.word import Data

TEXT = "beta\nalpha\nalpha\n10:x:y\n9:u:v\n\nlast a/b\n"
SAME_AS_THE_TOOL = """
cat
cat -
tac
rev
head
head -n 2
head -2
head -n -2
head -c 5
tail
tail -n 1
tail -2
tail -n +3
tail -c 4
sort
sort -r
sort -u
uniq
wc -l
wc -w
wc -c
cut -d: -f1
cut -d: -f2- -s
cut -c1-3
cut -c 2,4-
paste -sd,
paste -s -d +
fold -w 3
sed s/a/b/
sed s/a/b/g
sed s|a/b|c|
sed -n 2p
sed -n 2,3p
sed 1d
sed 2,$d
sed 2q
sed -e s/alpha/rm/g
base64
base64 -w 0
base32
od -An -tx1
xxd -p
basename /a/b.txt .txt
basename /a/b/
dirname /a/b /c d
seq 3
seq 2 5
seq 5 -2 1
seq -s , 3
openssl base64
openssl enc -base64 -A
""".strip().splitlines()


def folded(line: str, text: str = TEXT) -> str | None:
    name, *arguments = line.split(" ")
    found = fold(name, arguments, Data(text, origin="trusted"), lambda _path: Data())
    return None if found is None else found.text


@pytest.mark.parametrize("line", SAME_AS_THE_TOOL)
def test_prints_what_the_tool_prints(line):
    name, *arguments = line.split(" ")
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"no {name} on this machine to compare with")
    done = subprocess.run(
        [program, *arguments], input=TEXT.encode(), capture_output=True, check=True, env={"LC_ALL": "C"}
    )
    assert folded(line) == done.stdout.decode()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([line for line in SAME_AS_THE_TOOL if line[0] not in "xo"]), st.text("ab:/ \n1", max_size=30))
def test_prints_what_the_tool_prints_for_any_input(line, text):
    name, *arguments = line.split(" ")
    program = shutil.which(name)
    found = folded(line, text)
    if program is None or found is None:
        return
    done = subprocess.run(
        [program, *arguments], input=text.encode(), capture_output=True, check=False, env={"LC_ALL": "C"}
    )
    # A last line without its end is printed without, or with one: no command hangs on it.
    assert found.rstrip("\n") == done.stdout.decode().rstrip("\n")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("base64 -d", base64.b64encode(b"rm f\n").decode()),
        ("base64 --decode", base64.b64encode(b"rm f\n").decode() + "\n"),
        ("base32 -d", base64.b32encode(b"rm f\n").decode()),
        ("openssl enc -d -base64", base64.b64encode(b"rm f\n").decode()),
        ("openssl base64 -d -A", base64.b64encode(b"rm f\n").decode()),
        ("xxd -r -p", "726d20660a"),
        ("xxd -rp", "726d 2066\n0a"),
        ("xxd -r", "00000000: 726d 2066 0a                             rm f.\n"),
        ("jq -r .a.b", '{"a": {"b": "rm f"}}'),
        ("jq -r .[0]", '["rm f"]'),
        ("jq -r .a[].b", '{"a": [{"b": "rm f"}]}'),
    ],
)
def test_decodes(line, text):
    assert folded(line, text).rstrip("\n") == "rm f"


@pytest.mark.parametrize(
    ("line", "pack"),
    [("gzip -dc", gzip.compress), ("zcat", gzip.compress), ("bunzip2 -c", bz2.compress), ("xz -d", lzma.compress)],
)
def test_expands(line, pack):
    packed = base64.b64encode(pack(b"rm f\n")).decode()
    raw = folded("base64 -d", packed)
    assert folded(line, raw) == "rm f\n"


@pytest.mark.parametrize(
    "line",
    ["sed s/a.*/b/", "sed s/a/&/", "sed w/tmp/x", "sed -i s/a/b/", "sed 1e", "sort -k2", "cut -d: -f2 --complement", "cat --nosuch",
     "openssl enc -d -aes-256-cbc -k x", "jq map(.a)", "head -n x", "seq 1 99999999", "base64 -d -x"],
)  # fmt: skip
def test_what_is_not_sure_is_not_folded(line):
    assert folded(line) is None


def test_a_bomb_is_not_expanded_past_the_bound():
    packed = gzip.compress(b"a" * 50_000_000)
    found = folded("zcat", packed.decode("utf-8", "surrogateescape"))
    assert found is None or len(found) <= 256 * 1024


def test_labels_and_origin_of_all_inputs_go_along():
    files = {"a": Data("1\n", frozenset({"secret"}), "trusted"), "b": Data("2\n", origin="untrusted", fetched="x.org")}
    found = fold("cat", ["a", "b"], Data("no"), lambda path: files[path])
    assert found == Data("1\n2\n", frozenset({"secret"}), "untrusted", "x.org")
    assert fold("cat", ["a", "gone"], Data("no"), lambda path: files.get(path, Data())) is None


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(FOLDERS)),
    st.lists(st.text('-abdnrspw0123,/.[]"=\0\ud800', max_size=6), max_size=3),
    st.text(max_size=20),
)
def test_nothing_raises(name, arguments, text):
    fold(name, arguments, Data(text), lambda _path: Data(text))
