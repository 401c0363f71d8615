"""Scripts of file operations, as data: what an agent might do in its workspace, how one is made up, and how it is done."""

import os
import random

NAMES = ["a", "b", "c", "d e", "\udcff\n"]
CONTENTS = [b"", b"short\n", b"line\n" * 9, b"x" * 70, b"\0\1\2", b"more than is hashed in passing" * 2500]
MODES = [0o644, 0o600, 0o755, 0o400, 0o4755, 0o000, 0o666]
FOLDER_MODES = [0o755, 0o755, 0o700, 0o775, 0o1777, 0o500, 0o555]
TARGETS = ["a", "b/c", "/etc/passwd", "..", "../../outside"]
GROUND = [
    ("mkdir", "a", 0o755), ("mkdir", "a/a", 0o755), ("mkdir", "b", 0o775), ("mkdir", "b/b", 0o700), ("write", "a/c", b"one\n"),
    ("write", "a/a/c", b"two\n"), ("write", "b/c", b"x" * 5000), ("link", "b/c", "b/b/c"), ("symlink", "b/a", "../a/c"),
    ("write", "c", b"top\n"), ("sparse", "a/d e", 16384), ("attribute", "c", b"value"), ("fifo", "b/b/a", 0),
    ("write", "a/a/b", b"aab"), ("link", "c", "b/d e"), ("mkdir", "a/b", 0o555), ("chmod", "b/c", 0o400),
]  # fmt: skip


def path(chance: random.Random) -> str:
    parts = [chance.choice("aab") for _ in range(chance.choice([0, 0, 1, 1, 2]))]
    return "/".join([*parts, chance.choice(NAMES)])


def content(chance: random.Random) -> bytes:
    return chance.choice(CONTENTS)


KINDS = {
    "write": content, "append": content, "replace": content, "attribute": content,
    "truncate": lambda chance: chance.choice([0, 1, 100, 6000]),
    "sparse": lambda chance: 4096 * chance.randrange(12),
    "mkdir": lambda chance: chance.choice(FOLDER_MODES),
    "chmod": lambda chance: chance.choice(MODES),
    "chmod folder": lambda chance: chance.choice(FOLDER_MODES),
    "rename": path, "exchange": path, "link": path,
    "symlink": lambda chance: chance.choice(TARGETS),
    "utime": lambda chance: chance.randrange(2**31) * 10**9 + chance.randrange(10**9),
    "touch": lambda _: 0, "fifo": lambda _: 0, "unlink": lambda _: 0, "rmtree": lambda _: 0, "no attribute": lambda _: 0,
}  # fmt: skip
WEIGHTS = {"write": 3, "mkdir": 3, "rename": 2, "link": 2, "replace": 2, "unlink": 2, "rmtree": 2}


def script(chance: random.Random, length: int) -> list[tuple]:
    kinds = chance.choices(list(KINDS), [WEIGHTS.get(kind, 1) for kind in KINDS], k=length)
    return [(kind, path(chance), KINDS[kind](chance)) for kind in kinds]


def ground(chance: random.Random) -> list[tuple]:
    return [act for act in GROUND if chance.random() < 0.8] + script(chance, chance.randrange(8))


def perform(script) -> None:
    """Do all of it in the current directory. What cannot be done is not done."""
    for act, path, what in script:
        try:
            _ACTS[act](path, what)
        except OSError:
            continue


def _write(path, content, flags=os.O_TRUNC):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW | flags, 0o644)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)


def _replace(path, content):
    _write(path + "~", content)
    os.replace(path + "~", path)


def _touch(path, _):
    os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW))


def _sparse(path, offset):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW, 0o644)
    try:
        os.pwrite(descriptor, b"end", offset)
        os.ftruncate(descriptor, offset + 8192)
    finally:
        os.close(descriptor)


def _chmod(path, mode):
    if not os.path.islink(path) and not os.path.isdir(path):
        os.chmod(path, mode)


def _chmod_folder(path, mode):
    if os.path.isdir(path) and not os.path.islink(path):
        os.chmod(path, mode)


def _exchange(one, other):
    os.rename(one, "tmp~")
    os.rename(other, one)
    os.rename("tmp~", other)


def _rmtree(path, _):
    for folder, folders, files in os.walk(path, topdown=False):
        for name in files:
            os.unlink(os.path.join(folder, name))
        for name in folders:
            below = os.path.join(folder, name)
            os.unlink(below) if os.path.islink(below) else os.rmdir(below)
    os.rmdir(path)


def _truncate(path, size):
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        os.ftruncate(descriptor, size)
    finally:
        os.close(descriptor)


_ACTS = {
    "write": _write,
    "append": lambda path, content: _write(path, content, os.O_APPEND),
    "truncate": _truncate,
    "sparse": _sparse,
    "replace": _replace,
    "touch": _touch,
    "mkdir": lambda path, mode: (os.mkdir(path), os.chmod(path, mode)),
    "rename": os.rename,
    "exchange": _exchange,
    "link": lambda path, to: os.link(path, to, follow_symlinks=False),
    "symlink": lambda path, target: os.symlink(target, path),
    "fifo": lambda path, _: os.mkfifo(path),
    "unlink": lambda path, _: os.unlink(path),
    "rmtree": _rmtree,
    "chmod": _chmod,
    "chmod folder": _chmod_folder,
    "utime": lambda path, time: os.utime(path, ns=(time, time), follow_symlinks=False),
    "attribute": lambda path, value: os.setxattr(path, "user.mark", value, follow_symlinks=False),
    "no attribute": lambda path, _: os.removexattr(path, "user.mark", follow_symlinks=False),
}
