"""The plan: what is written is what is read, and whatever is not exactly a plan starts nothing."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.contain.launch import View, encode, encode_views
from jackline.contain.plan import Listener, Mount, Plan
from jackline.core.errors import ContainmentError

BRISK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
ODD = st.binary(max_size=40).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"")))
PATHS = st.lists(st.one_of(TEXT, ODD).map(lambda part: part.replace("/", "")), max_size=5).map(
    lambda parts: "/" + "/".join(part for part in parts if part != "..")
)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)
PORT = st.integers(0, 65535)
PORTS = st.none() | st.lists(PORT, max_size=5).map(tuple)
MOUNTS = st.one_of(
    st.builds(
        Mount,
        st.sampled_from(["read", "write"]),
        PATHS,
        PATHS,
        st.integers(0, 2**63 - 1),
        st.integers(0, 0o1777),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(Mount, st.sampled_from(["hide", "proc", "dev"]), PATHS, optional=st.booleans()),
    st.builds(Mount, st.just("tmpfs"), PATHS, size=st.integers(1, 2**63 - 1), mode=st.integers(0, 0o1777)),
)
PLANS = st.builds(
    Plan,
    argv=st.lists(st.one_of(TEXT, ODD), min_size=1, max_size=5).map(tuple),
    cwd=PATHS,
    environment=st.dictionaries(NAMES, st.one_of(TEXT, ODD), max_size=5),
    mounts=st.lists(MOUNTS, max_size=6).map(tuple),
    hostname=NAMES,
    listeners=st.lists(st.builds(Listener, st.sampled_from(["tcp", "udp"]), TEXT, PORT), max_size=4).map(tuple),
    connects=PORTS,
    binds=PORTS,
    limits=st.dictionaries(
        st.sampled_from(["cpu_seconds", "open_files", "file_bytes", "processes", "core_bytes", "memory_bytes"]),
        st.integers(0, 2**63 - 1),
    ),
    observed=st.booleans(),
    terminal=st.booleans(),
    signals=st.booleans(),
    without=st.sets(st.sampled_from(["landlock", "seccomp"])).map(tuple),
)


def show(launcher, data, verb="enter"):
    """The launcher reads `data`, and writes what it understood."""
    reader, writer = os.pipe()
    with open(writer, "wb") as file:
        process = subprocess.Popen([launcher, "show", verb, str(reader)], stdout=-1, stderr=-1, pass_fds=(reader,))
        os.close(reader)
        with contextlib.suppress(BrokenPipeError):
            file.write(data)
            file.flush()
        file_closed(file)
        done = process.communicate(timeout=30)
    return process.returncode, *done


def file_closed(file):
    with contextlib.suppress(BrokenPipeError):
        file.close()


@BRISK
@given(PLANS)
def test_what_is_written_is_what_is_read(reader, plan):
    written = encode(plan)
    assert show(reader, written) == (0, written, b"")


@BRISK
@given(st.lists(st.builds(View, PATHS, PATHS, PATHS, PATHS), max_size=4))
def test_so_it_is_for_views(compiled, views):
    written = encode_views(views)
    assert show(compiled, written, "hold") == (0, written, b"")


SMALL = encode(
    Plan(
        argv=("true", "a b", ""),
        cwd="/",
        environment={"A": "b"},
        mounts=(Mount("read", "/usr", "/usr"), Mount("tmpfs", "/tmp", size=1)),
        listeners=(Listener("udp", "127.0.0.1", 53),),
        connects=(443,),
        limits={"open_files": 9},
        observed=True,
        without=("landlock",),
    )
)


@BRISK
@given(st.data())
def test_hostile_bytes_are_read_whole_or_refused(reader, data):
    """Whatever is accepted means exactly what it says: written again, it is the same, or the same in its one order."""
    hostile = data.draw(
        st.one_of(
            st.binary(max_size=300),
            st.tuples(st.integers(0, len(SMALL)), st.binary(min_size=1, max_size=8)).map(
                lambda at: SMALL[: at[0]] + at[1] + SMALL[at[0] :]
            ),
            st.tuples(st.integers(0, len(SMALL)), st.integers(0, 40)).map(lambda at: SMALL[: at[0]] + SMALL[sum(at) :]),
            st.permutations(SMALL.split(b"\0")).map(b"\0".join),
        )
    )
    code, out, err = show(reader, hostile)
    assert code in {0, 125}, err
    if code == 0:
        assert show(reader, out) == (0, out, b"")
        assert sorted(out.split(b"\0")) == sorted(hostile.split(b"\0"))
    else:
        assert err.startswith(b"failed ")
        assert out == b""


CUT = [(SMALL[:at], "cut short") for at in (len(SMALL) - 1, len(SMALL) - 4, 20)]
HEAD = b"jackline-plan-1\0"
WRONG = [
    *CUT,
    (b"", "cut short"),
    (b"jackline-plan-2\0end\0", "another version"),
    (SMALL + b"argv\0x\0", "goes on after its end"),
    (SMALL + b"\0", "goes on after its end"),
    (HEAD + b"end\0", "names no program"),
    (HEAD + b"argv\0true\0hostname\0h\0end\0", "names no directory"),
    (HEAD + b"argv\0true\0cwd\0/\0end\0", "names no host"),
    (HEAD + b"user\x000\0end\0", "unknown record, `user`"),
    (HEAD + b"view\0/a\0/b\0/c\0/d\0end\0", "unknown record, `view`"),
    (HEAD + b"cwd\0/\0cwd\0/\0end\0", "twice"),
    (HEAD + b"observed\0observed\0end\0", "twice"),
    (HEAD + b"without\0seccomp\0without\0seccomp\0end\0", "twice"),
    (HEAD + b"limit\0open_files\x001\0limit\0open_files\x001\0end\0", "twice"),
    (HEAD + b"cwd\0relative\0end\0", "absolute path"),
    (HEAD + b"cwd\0/a/../b\0end\0", "upwards"),
    (HEAD + b"cwd\0/..\0end\0", "upwards"),
    (HEAD + b"cwd\0/" + b"a" * 4096 + b"\0end\0", "absolute path"),
    (HEAD + b"env\0=x\0end\0", "variable is wanted"),
    (HEAD + b"env\0x\0end\0", "variable is wanted"),
    (HEAD + b"hostname\0" + b"h" * 65 + b"\0end\0", "1 to 64 bytes"),
    (HEAD + b"mount\0bind\0/\0/\x000\x000\x000\0end\0", "kind of mount"),
    (HEAD + b"mount\0tmpfs\0/\0\x000\x000\x000\0end\0", "no size"),
    (HEAD + b"mount\0proc\0/proc\0/proc\x000\x000\x000\0end\0", "gives a source"),
    (HEAD + b"mount\0read\0/\0/\x00-1\x000\x000\0end\0", "number is wanted"),
    (HEAD + b"mount\0read\0/\0/\x00+1\x000\x000\0end\0", "number is wanted"),
    (HEAD + b"mount\0read\0/\0/\x0001\x000\x000\0end\0", "number is wanted"),
    (HEAD + b"mount\0read\0/\0/\x000x1\x000\x000\0end\0", "number is wanted"),
    (HEAD + b"mount\0read\0/\0/\x009223372036854775808\x000\x000\0end\0", "too large"),
    (HEAD + b"mount\0read\0/\0/\x0099999999999999999999\x000\x000\0end\0", "number is wanted"),
    (HEAD + b"mount\0read\0/\0/\x000\x00512\x002\0end\0", "too large"),
    (HEAD + b"mount\0read\0/\0/\x000\x002048\x000\0end\0", "too large"),
    (HEAD + b"direct\0end\0", "where nothing is shown"),
    (HEAD + b"mount\0proc\0/proc\0\x000\x000\x000\0direct\0end\0", "where nothing is shown"),
    (HEAD + b"mount\0read\0/\0/\x000\x000\x000\0direct\0direct\0end\0", "twice"),
    (HEAD + b"connect\x00443\0end\0", "does not limit them"),
    (HEAD + b"connects\0connect\x0065536\0end\0", "too large"),
    (HEAD + b"listen\0sctp\0::\x001\0end\0", "protocol is wanted"),
    (HEAD + b"limit\0stack\x001\0end\0", "limit is wanted"),
    (HEAD + b"without\0mounts\0end\0", "wall is wanted"),
    (HEAD + b"mount\0proc\0/p\0\x000\x000\x000\0" * 513 + b"end\0", "more than 512 mounts"),
    (HEAD + b"argv\0x\0" * 65537 + b"end\0", "more than 65536 arguments"),
    (HEAD + b"argv\0" + b"x" * (4 << 20) + b"\0end\0", "more than 4194304 bytes"),
]


@pytest.mark.parametrize(("data", "why"), WRONG, ids=[why for _, why in WRONG])
def test_each_mistake_has_its_sentence(reader, data, why):
    code, out, err = show(reader, data)
    assert (code, out) == (125, b"")
    assert why in err.decode()


def test_a_plan_that_is_refused_starts_nothing(ground, launcher):
    """Not by `show` alone: the same bytes end `enter`, and the starter is told why."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    reader, writer = os.pipe()
    os.write(writer, SMALL[:-4])
    os.close(writer)
    passed = (theirs.fileno(), reader, ground.holder.pidfd)
    done = subprocess.run([launcher, "enter", *map(str, passed)], pass_fds=passed, check=False, capture_output=True)
    os.close(reader)
    theirs.close()
    assert (done.returncode, done.stdout, done.stderr) == (125, b"", b"")
    assert ours.recv(1000) == b"failed the plan is cut short"
    ours.close()


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_no_program_can_be_given_is_not_written(text):
    with pytest.raises(ContainmentError):
        encode(Plan(argv=(text,), cwd="/", environment={}, mounts=()))


CALLS = [
    [],
    ["hold"],
    ["enter", "3"],
    ["hold", "3", "4"],
    ["run", "3", "4", "5"],
    ["enter", "0", "1", "2"],
    ["show", "enter", "x"],
    ["dial", "3", "4", "5", "1"],
]


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_a_wrong_call_starts_nothing(compiled, words):
    done = subprocess.run([compiled, *words], check=False, capture_output=True)
    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.startswith(b"failed ")
