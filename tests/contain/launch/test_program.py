"""The program itself: what it is given, how it ends, and that it behaves as it would without a sandbox."""

from __future__ import annotations

import os
import pty
import resource
import select
import signal

import pytest

from jackline.contain.launch import Sandbox, Streams
from jackline.contain.plan import Mount
from jackline.core.errors import ContainmentError
from tests.contain.launch.ground import PATIENCE


def test_it_gets_its_words_and_its_variables_and_no_others(ground):
    words = ("a b", "", "*", "$HOME", "ünï", os.fsdecode(b"\xff"))
    ran = ground.run(ground.plan("printf", "%s|", *words))
    assert ran.out == b"".join(os.fsencode(word) + b"|" for word in words)
    ran = ground.run(ground.plan("env", environment={"PATH": "/usr/bin:/bin", "A": "x=y\nz", "B": ""}))
    assert ran.out == b"PATH=/usr/bin:/bin\nA=x=y\nz\nB=\n"


def test_it_stands_where_it_was_told_under_its_own_name(ground):
    ran = ground.shell("pwd; uname -n; umask; cat /proc/sys/kernel/domainname", cwd="/usr/lib", hostname="somewhere")
    assert ran.lines == ["/usr/lib", "somewhere", "0022", "(none)"]


@pytest.mark.parametrize("code", [0, 1, 2, 77, 125, 126, 127, 128, 255])
def test_its_exit_code_is_the_launchers(ground, code):
    assert ground.shell(f"exit {code}").code == code


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT, signal.SIGPIPE])
def test_its_end_by_a_signal_is_told(ground, number):
    assert ground.shell(f"kill -{int(number)} $$").code == 128 + number


def test_a_program_that_is_not_there_or_not_executable(ground):
    path = ground.make("plain", b"no program", 0o644)
    text = ground.make("script", b"echo no interpreter is named", 0o755)
    shown = (Mount("read", "/plain", path), Mount("read", "/script", text))
    ran = ground.run(ground.plan("nonesuch"))
    assert (ran.code, ran.problem) == (127, "`nonesuch` cannot be executed: No such file or directory")
    assert ground.run(ground.plan("/nonesuch/x")).code == 127
    ran = ground.run(ground.plan("/plain", mounts=shown))
    assert (ran.code, ran.out, ran.err) == (126, b"", b"")
    assert "`/plain` cannot be executed: Permission denied" in ran.problem
    assert ground.run(ground.plan("/script", mounts=shown)).code == 126
    assert ground.run(ground.plan("", mounts=shown)).code == 127
    ran = ground.run(ground.plan(os.fsdecode(b"\x1b[2J\n\xff")))
    assert ran.problem == r"`\x1b[2J\n\udcff` cannot be executed: No such file or directory", "it may be shown as it is"


def test_it_is_found_on_its_own_path(ground):
    first = ground.make("one/tool", b"#!/bin/sh\necho one", 0o755)
    ground.make("two/tool", b"#!/bin/sh\necho two", 0o755)
    shown = (Mount("read", "/tools", os.path.dirname(os.path.dirname(first))),)
    for path, said in (("/none:/tools/one:/tools/two:/bin", "one"), ("/tools/two:/tools/one", "two"), (":/bin", "one")):
        ran = ground.run(ground.plan("tool", mounts=shown, environment={"PATH": path}, cwd="/tools/one"))
        assert ran.lines == [said], ran


def test_nothing_of_ours_is_open_or_ignored(ground):
    """Python ignores SIGPIPE, and a keeper has hundreds of descriptors."""
    with open(os.devnull, "rb") as ours:
        os.set_inheritable(ours.fileno(), True)
        assert ground.tries("descriptors", "signals") == ["EBADF", "ENOENT"]
    assert ground.shell("yes | head -1").lines == ["y"]


def test_streams_are_the_programs(ground):
    ran = ground.run(ground.plan("sh", "-c", "cat; echo complaint >&2"), b"input\n")
    assert (ran.out, ran.err) == (b"input\n", b"complaint\n")


def test_closed_streams_are_empty_ones(ground, launcher, monkeypatch):
    """No descriptor of the launcher's is taken for a stream."""
    closed = f'exec "{launcher}" "$@" <&- 2>&-'
    wrapper = ground.make("closing", f"#!/bin/sh\n{closed}\n".encode(), 0o755)
    monkeypatch.setattr("jackline.contain.launch.program.launcher", lambda: wrapper)
    ran = ground.shell(
        "ls -l /proc/self/fd | wc -l; readlink /proc/self/fd/0 /proc/self/fd/2; cat; echo into the void >&2"
    )
    assert ran.lines[1:] == ["/dev/null", "/dev/null"]
    assert ran.code == 0


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_PATH])
def test_a_directory_is_no_stream(ground, flags):
    folder = os.open("/", flags)
    with pytest.raises(ContainmentError, match="descriptor 0 is no stream"):
        Sandbox.start(ground.plan("true"), ground.holder, Streams(folder, 2, 2))
    os.close(folder)


def test_limits(ground):
    limits = {"cpu_seconds": 7, "open_files": 17, "file_bytes": 4096, "core_bytes": 0, "memory_bytes": 1 << 28}
    numbers = [
        resource.RLIMIT_CPU,
        resource.RLIMIT_NOFILE,
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_CORE,
        resource.RLIMIT_DATA,
    ]
    said = ground.tries(*(f"limit:{number}" for number in numbers), limits=limits)
    assert said == [f"{value},{value} done" for value in limits.values()]
    assert ground.shell("head -c 5000 /dev/zero >/tmp/x; stat -c %s /tmp/x", limits=limits).lines == ["4096"]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert ground.tries(f"limit:{resource.RLIMIT_NOFILE}", limits={"open_files": hard + 1}) == [f"{hard},{hard} done"]


def test_the_number_of_processes(ground):
    if ground.uid == 0:
        pytest.skip("the kernel lets root be: RLIMIT_NPROC does not bind it, a control group must")
    ran = ground.shell("for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; echo all", limits={"processes": 4})
    assert b"all" not in ran.out


def test_signals_are_passed_on(ground):
    for number, said in (
        (signal.SIGTERM, "TERM"),
        (signal.SIGUSR1, "USR1"),
        (signal.SIGHUP, "HUP"),
        (signal.SIGWINCH, "WINCH"),
    ):
        text = f"trap 'echo {said}; exit 3' {said}; echo ready; read line"
        sandbox, _, out = ground.start("sh", "-c", text)
        assert os.read(out, 100) == b"ready\n"
        sandbox.signal(number)
        assert sandbox.wait(PATIENCE) == 3
        assert os.read(out, 100) == f"{said}\n".encode()
        sandbox.close()


def test_an_interrupt_reaches_the_whole_group_and_a_stop_stops(ground):
    child = "trap 'echo child; exit' INT; echo ready; read line"
    sandbox, _, out = ground.start("sh", "-c", f'trap : INT; sh -c "{child}"; sleep 60')
    assert os.read(out, 100) == b"ready\n"
    sandbox.signal(signal.SIGTSTP)
    state = f"/proc/{program_of(sandbox)}/stat"
    assert comes_to(lambda: state_of(state) == "T")
    sandbox.signal(signal.SIGCONT)
    assert comes_to(lambda: state_of(state) in "SR")
    sandbox.signal(signal.SIGINT)
    assert os.read(out, 100) == b"child\n"
    sandbox.signal(signal.SIGKILL)
    assert sandbox.wait(PATIENCE) == 128 + signal.SIGKILL
    assert select.select([sandbox.program], [], [], PATIENCE)[0], "the program outlived its launcher"
    sandbox.close()


def program_of(sandbox):
    """The number of the program, as we see it."""
    with open(f"/proc/self/fdinfo/{sandbox.program}", encoding="ascii") as file:
        return next(line.split()[1] for line in file if line.startswith("Pid:"))


def state_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read().rpartition(") ")[2][0]


def comes_to(condition):
    """Whether it comes true: the kernel tells nobody that a process was stopped, but its parent."""
    poll = select.poll()
    return any(condition() or poll.poll(5) for _ in range(2000))


class Terminal:
    """A program on a pseudo-terminal, and who sits before it."""

    def __init__(self, ground, *argv, **changes):
        self.master, slave = pty.openpty()
        os.fchown(slave, ground.uid, -1)
        self.sandbox = Sandbox.start(
            ground.plan(*argv, terminal=True, **changes), ground.holder, Streams(slave, slave, slave)
        )
        os.close(slave)
        self.seen = b""

    def type(self, text):
        os.write(self.master, text)

    def sees(self, text):
        while text not in self.seen:
            assert select.select([self.master], [], [], PATIENCE)[0], self.seen
            self.seen += os.read(self.master, 4096)  # an error, once nobody has it open any more
        self.seen = self.seen[self.seen.index(text) + len(text) :]

    def close(self):
        code = self.sandbox.wait(PATIENCE)
        self.sandbox.close()
        os.close(self.master)
        return code


def test_a_terminal_has_a_name_and_is_the_sessions(ground):
    terminal = Terminal(ground, "sh", "-c", "tty; echo hello >/dev/tty; stty size; echo there >/dev/stdout; exit 5")
    terminal.sees(b"/dev/console\r\nhello\r\n")
    terminal.sees(b"there\r\n")
    assert terminal.close() == 5


def test_a_shell_on_a_terminal_has_job_control(ground):
    terminal = Terminal(
        ground, "bash", "--norc", "-i", environment={"PATH": "/usr/bin:/bin", "PS1": "> ", "TERM": "dumb"}
    )
    terminal.sees(b"> ")
    assert b"no job control" not in terminal.seen
    terminal.type(b"echo up; cat\n")
    terminal.sees(b"\r\nup\r\n")
    terminal.type(b"said\n")
    terminal.sees(b"said\r\nsaid")
    terminal.type(b"\x1a")  # ^Z
    terminal.sees(b"Stopped")
    terminal.sees(b"> ")
    terminal.type(b"fg\n")
    terminal.sees(b"fg\r\ncat\r\n")
    terminal.type(b"more\n")
    terminal.sees(b"more\r\nmore\r\n")
    terminal.type(b"\x03")  # ^C
    terminal.sees(b"^C\r\n> ")
    terminal.type(b"echo code $?\n")
    terminal.sees(b"code 130")
    terminal.type(b"exit 9\n")
    assert terminal.close() == 9


def test_a_terminal_that_hangs_up_ends_its_program(ground):
    terminal = Terminal(ground, "sh", "-c", "echo up; sleep 60")
    terminal.sees(b"up")
    os.close(terminal.master)
    assert terminal.sandbox.wait(PATIENCE) == 128 + signal.SIGHUP
    terminal.sandbox.close()


def test_a_pipe_is_no_terminal(ground):
    with pytest.raises(ContainmentError, match="terminal"):
        ground.run(ground.plan("true", terminal=True))
