"""Power is lost: of each file system any number of its last changes since a sync are gone, and files written to but not
synced hold anything. The tree is as it was before, or as it was to be, all the same.

The store and the workspace may lie on two file systems, which lose their changes independently of each other; each keeps the
order of its own (a journal's promise). So the disk here notes how each change is taken back, and takes some back.
"""

import contextlib
import errno
import os
import random

import pytest

from jackline.contain.view.disk import Disk
from jackline.contain.view.recovery import recover
from jackline.contain.view.undo import undo
from tests.contain.view.acts import ground, script
from tests.contain.view.test_crash import changed
from tests.contain.view.world import Killed, Quick, look

CHANGES = {"create", "mkdir", "symlink", "fifo", "link", "rename", "replace", "exchange", "unlink", "rmdir", "chmod", "utime",
           "chmod_open", "utime_open", "write", "resize", "append_to", "set_attribute", "remove_attribute", "copy", "chown"}  # fmt: skip


class Losing(Disk):
    """A disk that dies before its n-th change, and then forgets."""

    def __init__(self, case, steps) -> None:
        self.case, self.steps = case, steps
        self.graves = {}
        for place in (case.at("graveyard"), case.at("history/graveyard")):
            os.makedirs(place, exist_ok=True)
            grave = os.open(place, os.O_RDONLY)
            self.graves[self.side(grave)] = grave
        self.undos = {side: [] for side in self.graves}
        self.dirty = {}
        self.dead = False

    def side(self, handle):
        return os.fstat(handle).st_dev

    def back(self, handle, undo):
        self.undos[self.side(handle)].append((os.dup(handle), undo))

    def step(self):
        self.steps -= 1
        if self.steps <= 0 or self.dead:
            self.dead = True
            raise Killed

    def create(self, at, name, mode):
        self.step()
        descriptor = super().create(at, name, mode)
        self.back(at, lambda handle: os.unlink(name, dir_fd=handle))
        self.dirty[os.fstat(descriptor).st_ino] = (os.dup(descriptor), 0)
        return descriptor

    def append_to(self, at, name):
        self.step()
        return super().append_to(at, name)

    def write(self, descriptor, data):
        self.step()
        inode = os.fstat(descriptor).st_ino
        if inode not in self.dirty:
            self.dirty[inode] = (os.dup(descriptor), os.fstat(descriptor).st_size)
        super().write(descriptor, data)

    def copy(self, source, target, start, length):
        self.step()
        super().copy(source, target, start, length)

    def mkdir(self, at, name):
        self.step()
        super().mkdir(at, name)
        self.back(at, lambda handle: os.rmdir(name, dir_fd=handle))

    def symlink(self, target, at, name):
        self.step()
        super().symlink(target, at, name)
        self.back(at, lambda handle: os.unlink(name, dir_fd=handle))

    def fifo(self, at, name):
        self.step()
        super().fifo(at, name)
        self.back(at, lambda handle: os.unlink(name, dir_fd=handle))

    def link(self, source_at, source, at, name):
        self.step()
        super().link(source_at, source, at, name)
        self.back(at, lambda handle: os.unlink(name, dir_fd=handle))

    def rename(self, source_at, source, at, name):
        self.step()
        super().rename(source_at, source, at, name)
        there = os.dup(source_at)
        self.back(at, lambda handle: os.rename(name, source, src_dir_fd=handle, dst_dir_fd=there))

    def exchange(self, source_at, source, at, name):
        self.step()
        super().exchange(source_at, source, at, name)
        there = os.dup(source_at)
        self.back(at, lambda handle: Disk.exchange(self, handle, name, there, source))

    def bury(self, at, name):
        buried, grave = f"{random.random()}", self.graves[self.side(at)]
        os.rename(name, buried, src_dir_fd=at, dst_dir_fd=grave)
        self.back(at, lambda handle: os.rename(buried, name, src_dir_fd=grave, dst_dir_fd=handle))

    def replace(self, source_at, source, at, name):
        self.step()
        if os.access(name, os.F_OK, dir_fd=at, follow_symlinks=False):
            self.bury(at, name)
        os.rename(source, name, src_dir_fd=source_at, dst_dir_fd=at)
        there = os.dup(source_at)
        self.back(at, lambda handle: os.rename(name, source, src_dir_fd=handle, dst_dir_fd=there))

    def unlink(self, at, name):
        self.step()
        self.bury(at, name)

    def rmdir(self, at, name):
        self.step()
        handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
        left = os.listdir(handle)
        os.close(handle)
        if left:
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), name)
        self.bury(at, name)  # the very directory: what was in it before comes back into it

    def _kept(self, handle, change, put_back):
        self.step()
        change()
        self.back(handle, put_back)

    def chmod(self, at, name, mode):
        before = os.stat(name, dir_fd=at, follow_symlinks=False).st_mode & 0o7777
        self._kept(at, lambda: Disk.chmod(self, at, name, mode), lambda handle: os.chmod(name, before, dir_fd=handle))

    def chmod_open(self, descriptor, mode):
        before = os.fstat(descriptor).st_mode & 0o7777
        self._kept(
            descriptor, lambda: Disk.chmod_open(self, descriptor, mode), lambda handle: os.fchmod(handle, before)
        )

    def utime(self, at, name, modified):
        before = os.stat(name, dir_fd=at, follow_symlinks=False).st_mtime_ns
        self._kept(at, lambda: Disk.utime(self, at, name, modified),
                   lambda handle: os.utime(name, ns=(before, before), dir_fd=handle, follow_symlinks=False))  # fmt: skip

    def utime_open(self, descriptor, modified):
        before = os.fstat(descriptor).st_mtime_ns
        self._kept(descriptor, lambda: Disk.utime_open(self, descriptor, modified),
                   lambda handle: os.utime(handle, ns=(before, before)))  # fmt: skip

    def set_attribute(self, descriptor, name, value):
        before = os.getxattr(descriptor, name) if name in os.listxattr(descriptor) else None

        def back(handle):
            os.removexattr(handle, name) if before is None else os.setxattr(handle, name, before)

        self._kept(descriptor, lambda: Disk.set_attribute(self, descriptor, name, value), back)

    def sync_file(self, descriptor):
        self.step()
        held = self.dirty.pop(os.fstat(descriptor).st_ino, None)
        if held is not None:
            os.close(held[0])
        self.forget(self.side(descriptor))

    def sync_all(self, descriptor):
        self.step()
        side = self.side(descriptor)
        for inode, (held, _) in list(self.dirty.items()):
            if self.side(held) == side:
                os.close(held)
                del self.dirty[inode]
        self.forget(side)

    def forget(self, side):
        """A sync of anything puts a journal's earlier changes on the disk."""
        for handle, _ in self.undos[side]:
            os.close(handle)
        self.undos[side] = []

    def lose(self, chance):
        """The power is gone: take back what was not on the disk, on each file system up to some point."""
        self.dead = True
        for side in self.undos.values():
            kept = chance.randrange(len(side) + 1)
            for handle, undo_one in reversed(side[kept:]):
                undo_one(handle)
            for handle, _ in side:
                os.close(handle)
            side.clear()
        for descriptor, size in self.dirty.values():
            whole = os.fstat(descriptor).st_size
            modified = os.fstat(descriptor).st_mtime_ns
            if whole > size and chance.random() < 0.8:
                _damage(descriptor, chance.randrange(size, whole))
                os.utime(descriptor, ns=(modified, modified))
            os.close(descriptor)
        self.dirty.clear()


def _damage(descriptor, size):
    path = f"/proc/self/fd/{descriptor}"
    mode = os.fstat(descriptor).st_mode & 0o7777
    os.fchmod(descriptor, 0o600)
    os.truncate(path, size)
    os.fchmod(descriptor, mode)


def lost(case, chance, work):
    """Do some work on a disk that loses its power on the way, or right after."""
    disk = Losing(case, 10**9)
    history = case.reopened(disk)
    disk.steps = chance.choice([10**9, chance.randrange(1, 40), chance.randrange(1, 160)])
    with contextlib.suppress(Killed):
        work(history)
    disk.lose(chance)


def loses_power(inside, seed):
    chance = random.Random(seed)
    setup, acts = ground(chance), script(chance, chance.randrange(5, 16))
    apart = chance.random() < 0.5
    case, view, before, after = changed(inside, setup, acts, apart=apart)
    try:

        def publish(history):
            view._history = history
            view.savepoint("a")

        def settle():
            history = case.reopened(Quick())
            recover(case.root, history)
            found = look(inside, case.workspace)
            assert found in [before, after], (setup, acts, apart)
            return history, found

        lost(case, chance, publish)
        if chance.random() < 0.5:
            lost(case, chance, lambda history: recover(case.root, history))
        history, found = settle()
        if before == after or found == before:
            return False
        done = history.changes(action="a")
        lost(case, chance, lambda history: undo(case.root, history, done))
        history, found = settle()
        if found == after:
            undo(case.root, history, history.changes(action="a"))
            recover(case.root, history)
            assert look(inside, case.workspace) == before
        return True
    finally:
        inside.call("unmount", case.merged)
        case.close()


@pytest.mark.parametrize("first", range(0, 100 * int(os.environ.get("VIEW_CASES", "1")), 50))
def test_whatever_power_takes_the_tree_is_as_before_or_as_it_was_to_be(inside, first):
    published = 0
    for seed in range(first, first + 50):
        try:
            published += loses_power(inside, seed)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
    assert 3 < published < 50


def test_the_disk_that_loses_things_knows_every_change():
    assert {name for name in vars(Disk) if not name.startswith("_")} == CHANGES | {"sync_file", "sync_all"}
