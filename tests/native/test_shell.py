"""The shell prefix: what the guard hands back is what runs; without an answer nothing does."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.native.fake_guard import reply

PATIENT = ("--deadline", "20000")


def call(command, *arguments, env=None, cwd=None):
    environment = {"PATH": os.environ["PATH"], **(env or {})}
    return subprocess.run(
        [*command, *arguments],
        capture_output=True,
        timeout=30,
        check=False,
        env=environment,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
    )


def ask(programs, guard, text, **keywords):
    return call(programs("shell"), "--socket", str(guard.path), *PATIENT, "--", text, **keywords)


def is_refused(done):
    text = done.stderr.decode()
    assert (done.returncode, done.stdout) == (126, b""), (done.returncode, done.stdout, text)
    assert text.startswith("Jackline: ")
    assert text.count("\n") == text.endswith("\n") == 1
    return text


def test_what_the_guard_hands_back_is_what_runs(programs, guard):
    guard.says(reply(0, b"echo wrapped; exit 7"))
    done = ask(programs, guard, "echo as asked")
    assert (done.returncode, done.stdout, done.stderr) == (7, b"wrapped\n", b"")


def test_the_question_names_directory_session_process_and_text(programs, guard, tmp_path):
    guard.says(reply(0, b"true"))
    text = "echo 'é' \udcff && eval \"$X\""
    ask(programs, guard, text, cwd=tmp_path, env={"JACKLINE_SESSION": "s-1"})
    header, _, body = guard.requests[0].partition(b"\n")
    cwd, session, pid, asked = body.split(b"\0")
    assert header == b"JL1 shell claude %d" % len(body)
    assert (cwd, session, int(pid), asked) == (os.fsencode(tmp_path), b"s-1", os.getpid(), os.fsencode(text))


def test_one_argument_is_the_text_whatever_it_looks_like(programs, guard):
    guard.says(reply(0, b"echo ok"))
    for text in ("--socket", "--", "--pass", "-c"):
        done = call(programs("shell"), text, env={"JACKLINE_RUNTIME_DIR": str(guard.path.parent)})
        assert done.stdout == b"ok\n", done.stderr
        assert guard.requests[-1].split(b"\0")[-1] == text.encode()


@pytest.mark.parametrize("status", [126, 2, 1, 255])
def test_a_denial_is_shown_and_nothing_runs(programs, guard, tmp_path, status):
    guard.says(reply(status, b"touch ran", b"Jackline: no, it deletes production\n"))
    done = ask(programs, guard, "touch ran", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (126, b"", b"Jackline: no, it deletes production\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"JL1 wait\n",
        b"JL1 reply 0 9\n",
        reply(0),
        reply(1, b"touch ran"),
        reply(126),
        reply(126, b"touch ran"),
        reply(0, b"true\0; touch ran"),
        reply(0, b"touch ran\0"),
    ],
)
def test_without_a_whole_answer_nothing_runs(programs, guard, tmp_path, answer):
    guard.says(answer)
    is_refused(ask(programs, guard, "touch ran", cwd=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_without_a_guard_nothing_runs(programs, runtime, tmp_path):
    done = call(programs("shell"), "--socket", str(runtime / "none"), "--", "touch ran", cwd=tmp_path)
    assert "nobody listens" in is_refused(done)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a", "b"],
        ["--"],
        ["--socket", "/x"],
        ["--socket", "/x", "a"],
        ["--socket", "x", "--", "a"],
        ["--", "a", "b"],
        ["--pass", "--"],
        ["--pass", "a", "a"],
    ],
)
def test_a_wrong_prefix_runs_nothing(programs, arguments, tmp_path):
    if len(arguments) != 1:
        is_refused(call(programs("shell"), *arguments, env={"JACKLINE_RUNTIME_DIR": str(tmp_path)}))
    else:
        assert "nobody listens" in is_refused(
            call(programs("shell"), *arguments, env={"JACKLINE_RUNTIME_DIR": str(tmp_path)})
        )


def test_a_passed_text_runs_unasked_and_only_that_text(programs, runtime):
    ours = "echo ours; exit 3"
    options = ("--socket", str(runtime / "none"), "--pass", "other", "--pass", ours, "--")
    done = call(programs("shell"), *options, ours)
    assert (done.returncode, done.stdout) == (3, b"ours\n")
    for near in (ours + " ", " " + ours, ours + "; echo more", ours[:-1], ""):
        is_refused(call(programs("shell"), *options, near))


def test_the_users_own_bash_or_zsh_is_used_and_no_other_shell(programs, guard, tmp_path):
    for name, expected in (("zsh", b"own zsh -c"), ("bash", b"own bash -c"), ("fish", b"")):
        own = tmp_path / name
        own.write_text('#!/bin/sh\necho "own ${0##*/} $1"\n')
        own.chmod(0o700)
        guard.says(reply(0, b"true"))
        assert ask(programs, guard, "true", env={"SHELL": str(own)}).stdout.strip() == expected


def test_no_signal_stays_ignored(programs, guard):
    guard.says(reply(0, b"grep SigIgn /proc/self/status"))
    ignored = int(ask(programs, guard, "x").stdout.split()[1], 16)
    assert ignored & 0x7FFF_FFFF == 0  # 32 and above belong to the C library


def test_no_descriptor_stays_open(programs, guard):
    guard.says(reply(0, b"echo /proc/$$/fd/*"))
    names = {name.rsplit("/", 1)[1] for name in ask(programs, guard, "x").stdout.decode().split()}
    assert names - {"255"} <= {"0", "1", "2", "3"}  # 3: the directory that the shell itself is listing
