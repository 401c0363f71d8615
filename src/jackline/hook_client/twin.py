"""The two hook programs in Python, for machines where the package was built without a C compiler.

`python -I -S twin.py hook [OPTIONS] CLIENT` and `python -I -S twin.py shell [OPTIONS --] TEXT` behave like the programs
of `native/`, to the byte; tests/native runs one suite over both, and `native/jl1.h` tells what is guaranteed. It is one
file with no import of ours or of a package, and of few standard modules (`socket`, `typing` and `dataclasses` would
each double its start), because a client waits for it before every tool call.
"""

from __future__ import annotations

import os
import select
import stat
import sys
import time

try:
    import fcntl
    from _socket import (
        AF_UNIX,
        MSG_PEEK,
        SHUT_WR,
        SOCK_STREAM,
        SOL_SOCKET,
        socket,
    )  # `socket` imports half of the library
except ImportError:
    if __name__ != "__main__":
        raise
    sys.stderr.write("Jackline: this Python has no Unix sockets, so nothing was run; run `jackline doctor`\n")
    sys.exit(126 if sys.argv[1:2] == ["shell"] else 2)  # an unhandled error would be exit 1, which clients pass over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_BODY = 16 * 1024 * 1024
MAX_LINE = 64
MAX_DIGITS = 8
MAX_STATUS_DIGITS = 3
MAX_STATUS = 255
MAX_MS = 86_400_000
MAX_PASS = 8
MAX_NAME = 32
MAX_SOCKET_PATH = 107
MAX_OWNER_DIGITS = 10
START_S = 10.0
RETRY_S = 0.005
SO_PEERCRED = 17
"""Linux, asm-generic/socket.h. Elsewhere `getpeereid` has no binding, and the directory's owner is checked instead."""

SAID, BLOCK = 0, 2
RUN, DENIED, NO_SHELL = 0, 126, 127
LATE, CLOSED, MALFORMED = "it was silent for too long", "it closed the connection", "its reply is malformed"


class Unanswered(Exception):  # noqa: N818 - what failed, as a phrase; every caller turns it into a refusal
    """No whole reply: whatever was asked must not run."""


class Where:
    """Where the guard listens, how it is started, how long to wait (seconds), whose guard is trusted beside ours."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.socket = default_socket(environment)
        self.start = ""
        self.silence = 4.0
        self.limit = 600.0
        self.owners = {0, os.geteuid()}

    def option(self, name: str, value: str) -> bool:
        """Take one option; false if it is none of these. Raises `Unanswered` on a value that is wrong."""
        if name in {"--socket", "--start"}:
            if not value.startswith("/"):
                raise Unanswered
            setattr(self, name[2:], value)
        elif name in {"--deadline", "--limit"}:
            amount = number(value, MAX_OWNER_DIGITS)
            if not 0 < amount <= MAX_MS:
                raise Unanswered
            setattr(self, "silence" if name == "--deadline" else "limit", amount / 1000)
        elif name == "--owner":
            self.owners.add(number(value, MAX_OWNER_DIGITS))
        else:
            return False
        return True


def default_socket(environment: Mapping[str, str]) -> str:
    """The socket of this user's guard: in `JACKLINE_RUNTIME_DIR`, else below `XDG_RUNTIME_DIR`, else below `/tmp`."""
    own, session = environment.get("JACKLINE_RUNTIME_DIR", ""), environment.get("XDG_RUNTIME_DIR", "")
    if own.startswith("/"):
        return f"{own}/guard.sock"
    if session.startswith("/"):
        return f"{session}/jackline/guard.sock"
    return f"/tmp/jackline-{os.geteuid()}/guard.sock"  # noqa: S108 - its owner and mode are checked before use


def number(text: str, digits: int) -> int:
    """A decimal number without sign or space. Raises `Unanswered`."""
    if not (text.isascii() and text.isdigit() and len(text) <= digits):
        raise Unanswered(MALFORMED)
    return int(text)


# ------------------------------------------------------------------------------------------------------ bytes in and out
def ready(descriptor: int, events: int, until: float) -> bool:
    """Wait until `descriptor` is ready; false if `until`, on the monotonic clock, passes first."""
    poll = select.poll()
    poll.register(descriptor, events)
    left = until - time.monotonic()
    return left > 0 and bool(poll.poll(left * 1000))


def slurp(descriptor: int, where: Where) -> bytes:
    """Read a descriptor to its end, at most `MAX_BODY` bytes. Raises `Unanswered`."""
    limit = time.monotonic() + where.limit
    pieces: list[bytes] = []
    size = 0
    while True:
        if not ready(descriptor, select.POLLIN, min(limit, time.monotonic() + where.silence)):
            raise Unanswered("the request did not arrive whole")
        try:
            piece = os.read(descriptor, 65536)
        except BlockingIOError:
            continue
        except OSError:
            raise Unanswered("the request could not be read") from None
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BODY:
            raise Unanswered("the request is over 16 MiB")


def write(descriptor: int, data: bytes) -> bool:
    """Write all of `data`; false if the reader has gone."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
        except OSError:
            return False
    return True


def complain(problem: str) -> None:
    """Say in one sentence on standard error that nothing runs, and why."""
    sentence = f"Jackline: the guard does not answer ({problem}), so nothing was run; run `jackline doctor`\n"
    write(2, sentence.encode())


# ---------------------------------------------------------------------------------------------------- reaching the guard
def knock(path: str, until: float) -> socket:
    """Connect once; a full backlog is waited out. Raises `OSError`."""
    connection = socket(AF_UNIX, SOCK_STREAM)
    connection.setblocking(False)
    while True:
        try:
            connection.connect(path)
        except (BlockingIOError, InterruptedError):
            if time.monotonic() >= until:
                connection.close()
                raise
            time.sleep(RETRY_S)
        except OSError:
            connection.close()
            raise
        else:
            return connection


def open_directory(path: str, where: Where) -> int:
    """The directory that holds the socket, made if need be: a trusted owner's, writable by nobody else."""
    directory = os.path.dirname(path)
    try:
        if not os.path.isdir(directory):
            os.mkdir(directory, 0o700)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        about = os.fstat(descriptor)
    except OSError:
        raise Unanswered("its runtime directory is missing or not safe") from None
    if about.st_uid not in where.owners or stat.S_IMODE(about.st_mode) & 0o022:
        os.close(descriptor)
        raise Unanswered("its runtime directory is missing or not safe")
    return descriptor


def spawn(program: str) -> int:
    """Run the guard's program in a session of its own, away from the client's terminal, pipes and loader settings."""
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.closerange(3, 4096)
        default_signals()
        os.chdir("/")
        hijacks = ("LD_", "DYLD_", "PYTHON")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(hijacks)}
        os.execve(program, [program], environment)  # noqa: S606 - an absolute path that `connect` wrote
    finally:
        os._exit(127)


def default_signals() -> None:
    """What Python ignores at its start must not be inherited by another program."""
    import signal

    for each in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(each, signal.SIG_DFL)


def start(where: Where) -> socket:
    """Start the guard unless another client is doing so, and connect to it. Raises `Unanswered`."""
    until = time.monotonic() + min(START_S, where.limit)
    directory = open_directory(where.socket, where)
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        lock = os.open("start.lock", flags, 0o600, dir_fd=directory)
    except OSError:
        raise Unanswered("its start could not be locked") from None
    finally:
        os.close(directory)
    try:
        return started(where, lock, until)
    finally:
        os.close(lock)


def started(where: Where, lock: int, until: float) -> socket:
    """The holder of the lock starts the guard, once; all others wait for the socket. Raises `Unanswered`."""
    locked, child = False, 0
    while time.monotonic() < until:
        if not locked:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                locked = True
            except OSError:
                pass
        try:
            return knock(where.socket, until)
        except (FileNotFoundError, ConnectionRefusedError):
            pass
        except OSError:
            break
        if locked and not child:
            child = spawn(where.start)
        if child > 0:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended and status:
                raise Unanswered("it could not be started")
            child = -1 if ended else child
        time.sleep(RETRY_S)
    raise Unanswered("it did not start in time")


def reach(where: Where) -> socket:
    """A connection to a guard whose process belongs to a trusted user. Raises `Unanswered`."""
    if len(os.fsencode(where.socket)) > MAX_SOCKET_PATH:
        raise Unanswered("the path of its socket is too long")
    try:
        connection = knock(where.socket, time.monotonic() + where.silence)
    except (FileNotFoundError, ConnectionRefusedError):
        if not where.start:
            raise Unanswered("nobody listens on its socket") from None
        connection = start(where)
    except OSError:
        raise Unanswered("its socket cannot be reached") from None
    if peer(connection, where.socket) in where.owners:
        return connection
    connection.close()
    raise Unanswered("its socket belongs to another user")


def peer(connection: socket, path: str) -> int:
    """The user of the process that listens."""
    if os.uname().sysname == "Linux":
        return int.from_bytes(connection.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)[4:8], sys.byteorder)
    return os.stat(path).st_uid


# ------------------------------------------------------------------------------------------------------ the conversation
def send(connection: socket, data: bytes, until: float) -> bool:
    """Send all of `data`; false if the guard has closed. Raises `Unanswered` when it is late."""
    view = memoryview(data)
    while view:
        if not ready(connection.fileno(), select.POLLOUT, until):
            raise Unanswered(LATE)
        try:
            view = view[connection.send(view) :]
        except BlockingIOError:
            continue
        except OSError:
            return False
    return True


def receive(connection: socket, size: int, until: float, flags: int = 0) -> bytes:
    """Receive exactly `size` bytes (with `MSG_PEEK`: some of them). Raises `Unanswered`."""
    pieces = []
    while size > 0:
        if not ready(connection.fileno(), select.POLLIN, until):
            raise Unanswered(LATE)
        try:
            piece = connection.recv(size, flags)
        except BlockingIOError:
            continue
        except OSError:
            raise Unanswered(CLOSED) from None
        if not piece:
            raise Unanswered(CLOSED)
        if flags:
            return piece
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def receive_line(connection: socket, until: float) -> str:
    """Receive one line and no byte more: its bytes are looked at first, then taken. Raises `Unanswered`."""
    line = b""
    while len(line) < MAX_LINE:
        seen = receive(connection, MAX_LINE - len(line), until, MSG_PEEK)
        line += receive(connection, seen.find(b"\n") + 1 or len(seen), until)
        if line.endswith(b"\n"):
            return line[:-1].decode("latin-1")
    raise Unanswered(MALFORMED)


def parse_reply(line: str) -> tuple[int, int, int]:
    """`JL1 reply EXIT OUT ERR`, decimal, one space between. Raises `Unanswered`."""
    words = line.split(" ")
    if words[:2] != ["JL1", "reply"] or len(words) != 5:  # noqa: PLR2004 - the five words of the line above
        raise Unanswered(MALFORMED)
    status, out, err = number(words[2], MAX_STATUS_DIGITS), number(words[3], MAX_DIGITS), number(words[4], MAX_DIGITS)
    if status > MAX_STATUS or out > MAX_BODY or err > MAX_BODY:
        raise Unanswered(MALFORMED)
    return status, out, err


def ask(where: Where, subject: str, body: bytes) -> tuple[int, bytes, bytes]:
    """The guard's exit code, output and errors for `body`. `subject` is the header's kind and name (`hook claude`).

    Raises `Unanswered`, whose text is the phrase that says what failed.
    """
    connection = reach(where)
    try:
        limit = time.monotonic() + where.limit

        def until() -> float:
            return min(limit, time.monotonic() + where.silence)

        # A guard that refuses early may have closed its half: its reply is still there to be read.
        if send(connection, f"JL1 {subject} {len(body)}\n".encode(), until()):
            send(connection, body, until())
        try:
            connection.shutdown(SHUT_WR)
        except OSError:
            pass
        line = receive_line(connection, until())
        while line == "JL1 wait":
            line = receive_line(connection, until())
        status, out, err = parse_reply(line)
        end = until()
        return status, receive(connection, out, end), receive(connection, err, end)
    finally:
        connection.close()


# ---------------------------------------------------------------------------------------------------------- the programs
def block(problem: str) -> int:
    """Refuse in the way that every client understands."""
    complain(problem)
    return BLOCK


def is_name(text: str) -> bool:
    """Whether this can stand in the header as a name: `claude`, `gemini`, and the like."""
    return 0 < len(text) <= MAX_NAME and not text.strip("abcdefghijklmnopqrstuvwxyz0123456789-_")


def is_object(text: bytes) -> bool:
    """Whether this looks like a whole JSON object, and not like a truncated or foreign text."""
    text = text.rstrip(b" \t\r\n")
    return text[:1] == b"{" and text[-1:] == b"}" and len(text) > 1


def hook(arguments: list[str]) -> int:
    """Hand one hook call to the guard and its answer back: a JSON object and exit 0, or a reason and exit 2."""
    where = Where(os.environ)
    try:
        while len(arguments) > 1 and where.option(arguments[0], arguments[1]):
            arguments = arguments[2:]
    except Unanswered:
        arguments = []
    if len(arguments) != 1 or not is_name(arguments[0]):
        return block("its hook command is written wrongly")
    try:
        status, out, err = ask(where, f"hook {arguments[0]}", slurp(0, where))
    except Unanswered as problem:
        return block(str(problem))
    if status == BLOCK:
        if not out and not err:
            return block("it refused without a reason")
        write(1, out)
        write(2, err)
        return BLOCK
    if status != SAID or not is_object(out):
        return block("its reply is not one that a client may be given")
    write(2, err)
    return SAID if write(1, out) else BLOCK


def shell(arguments: list[str]) -> int:
    """Ask for one text, and become the shell that runs what the guard hands back."""
    where = Where(os.environ)
    passed: set[str] = set()
    if len(arguments) != 1:
        try:
            while len(arguments) > 1 and arguments[0] != "--":
                if arguments[0] == "--pass" and len(passed) < MAX_PASS:
                    passed.add(arguments[1])
                elif not where.option(arguments[0], arguments[1]):
                    break
                arguments = arguments[2:]
        except Unanswered:
            arguments = []
        if len(arguments) != 2 or arguments[0] != "--":  # noqa: PLR2004 - `--` and the text
            complain("its shell prefix is written wrongly")
            return DENIED
    text = arguments[-1]
    return run(text) if text in passed else decided(where, text)


def decided(where: Where, text: str) -> int:
    """Run what the guard hands back for `text`, or nothing."""
    try:
        session = os.environ.get("JACKLINE_SESSION", "")
        body = os.fsencode(f"{os.getcwd()}\0{session}\0{os.getppid()}\0{text}")
        if len(body) > MAX_BODY:
            raise Unanswered("the request is over 16 MiB")
        status, out, err = ask(where, "shell claude", body)
    except Unanswered as problem:
        complain(str(problem))
        return DENIED
    except OSError:
        complain("the working directory cannot be told")
        return DENIED
    if status != RUN and err:
        write(2, err)
        return DENIED
    if status != RUN or not out or b"\0" in out:
        complain("its reply is not one that a shell may be given")
        return DENIED
    return run(os.fsdecode(out))


def run(text: str) -> int:
    """Become the shell that the client would have used: the user's where it is bash or zsh, else bash."""
    own = os.environ.get("SHELL", "")
    if not (own.startswith("/") and own.endswith(("/bash", "/zsh")) and os.access(own, os.X_OK)):
        own = "/bin/bash" if os.access("/bin/bash", os.X_OK) else "/usr/bin/bash"
    default_signals()
    try:
        os.execv(own, [own, "-c", text])  # noqa: S606 - running it is this program's purpose
    except OSError:
        complain("the shell itself could not be started")
    return NO_SHELL


PROGRAMS: dict[str, tuple[Callable[[list[str]], int], int]] = {"hook": (hook, BLOCK), "shell": (shell, DENIED)}
"""Program → its function, and the exit code that stops whatever was asked."""


def main(argv: list[str]) -> int:
    """`argv[0]` is the program, the rest its arguments. Whatever goes wrong, the exit code says no."""
    program, refused = PROGRAMS.get(argv[0] if argv else "", (None, BLOCK))
    if program is None:
        return block("its hook command is written wrongly")
    try:
        return program(argv[1:])
    except BaseException as error:  # noqa: BLE001 - out of memory, interrupted: exit 1 would let the call run
        complain(f"its hook program failed with {type(error).__name__}")
        return refused


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
