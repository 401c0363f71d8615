"""Each wall: what it refuses, what it lets through, and what another still refuses where it is missing."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from jackline.contain.launch import Sandbox, Streams
from jackline.contain.plan import Mount
from jackline.core.errors import ContainmentError
from tests.contain.launch.ground import drain

REFUSED = [
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "pidfd_getfd",
    "process_madvise",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "setns",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "open_by_handle_at",
    "swapon",
    "swapoff",
    "fanotify_init",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "add_key",
    "request_key",
    "keyctl",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "acct",
    "syslog",
    "settimeofday",
    "clock_settime",
    "quotactl",
]

NAMESPACES = {
    "user": 0x10000000,
    "mount": 0x20000,
    "pid": 0x20000000,
    "net": 0x40000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
    "cgroup": 0x02000000,
}

SOCKETS = {  # family, type, protocol
    "1,1,0": "done",  # unix
    "1,2,0": "done",
    "1,5,0": "done",
    "2,1,0": "done",  # inet
    "2,1,6": "done",
    "2,2,0": "done",
    "2,2,17": "done",
    "10,1,0": "done",  # inet6
    "10,524289,0": "done",  # with SOCK_CLOEXEC
    "10,2,17": "done",
    "2,3,1": "EPERM",  # raw
    "2,3,255": "EPERM",
    "10,3,58": "EPERM",
    "2,1,132": "EPROTONOSUPPORT",  # SCTP
    "2,5,132": "EPERM",
    "2,6,33": "EPERM",  # DCCP
    "2,2,136": "EPROTONOSUPPORT",  # UDP-Lite
    "2,1,262": "EPROTONOSUPPORT",  # MPTCP: libraries fall back to TCP
    "16,3,0": "done",  # netlink: route
    "16,2,0": "done",
    "16,3,4": "EPROTONOSUPPORT",  # sock_diag
    "16,3,9": "EPROTONOSUPPORT",  # audit
    "16,3,12": "EPROTONOSUPPORT",  # netfilter
    "16,3,15": "EPROTONOSUPPORT",  # uevent
    "16,3,16": "EPROTONOSUPPORT",  # generic
    "17,3,768": "EAFNOSUPPORT",  # packet
    "40,1,0": "EAFNOSUPPORT",  # vsock
    "38,5,0": "EAFNOSUPPORT",  # alg
    "15,3,2": "EAFNOSUPPORT",  # key
    "29,3,1": "EAFNOSUPPORT",  # can
    "31,3,0": "EAFNOSUPPORT",  # bluetooth
    "30,5,0": "EAFNOSUPPORT",  # tipc
    "44,3,0": "EAFNOSUPPORT",  # xdp
    "0,1,0": "EAFNOSUPPORT",
}

ALLOWED = [
    "call:getpid",
    "call:sched_yield",
    "call:getuid",
    "clone:0",
    "unshare:0x400",
    "pair:1",
    "personality:0xFFFFFFFF",
]


def test_the_calls_of_the_table_are_refused(ground):
    attempts = [f"call:{name}" for name in REFUSED]
    assert dict(zip(REFUSED, ground.tries(*attempts), strict=True)) == dict.fromkeys(REFUSED, "EPERM")


def test_what_programs_need_goes_through(ground):
    assert dict(zip(ALLOWED, ground.tries(*ALLOWED), strict=True)) == dict.fromkeys(ALLOWED, "done")


def test_no_namespace_is_made(ground):
    flags = [*NAMESPACES.values(), NAMESPACES["user"] | NAMESPACES["mount"]]
    attempts = [f"{how}:{each:#x}" for how in ("clone", "unshare") for each in flags] + ["unshare:0x80"]
    assert set(ground.tries(*attempts)) == {"EPERM"}
    assert ground.tries("clone3") == ["ENOSYS"]


def test_no_user_namespace_is_made_without_the_filter_either(ground):
    """The session's own limit is the second wall."""
    attempts = ("clone:0x10000000", "unshare:0x10000000", "clone3")
    assert set(ground.tries(*attempts, without=("seccomp",))) == {"ENOSPC"}


def test_only_sockets_that_the_gateway_and_the_mounts_bound(ground):
    assert dict(zip(SOCKETS, ground.tries(*(f"socket:{each}" for each in SOCKETS)), strict=True)) == SOCKETS
    assert ground.tries("pair:1", "pair:30", "pair:2") == ["done", "EAFNOSUPPORT", "EAFNOSUPPORT"]


def test_calls_that_are_newer_than_the_filter_do_not_exist(ground):
    assert (
        ground.tries("number:457", "number:458", "number:470", "number:511", "number:5000", "number:0x7fffffff")
        == ["ENOSYS"] * 6
    )


@pytest.mark.skipif(platform.machine() != "x86_64", reason="other machines have no second set of calls")
def test_calls_of_foreign_architectures_are_none(ground):
    assert ground.tries(f"number:{0x40000000 + 39:#x}") == ["ENOSYS"]
    ran = ground.run(ground.plan("/probe", "foreign"))
    assert (ran.code, ran.out) == (128 + 31, b"")


def test_a_personality_that_weakens_the_program_is_refused(ground):
    """READ_IMPLIES_EXEC and the layouts of other systems."""
    assert ground.tries("personality:0x400000", "personality:0x6", "personality:0x40000") == ["EPERM", "EPERM", "done"]


def test_nothing_is_typed_into_a_terminal(ground):
    wanted = {"ioctl:0x5412": "EPERM", "ioctl:0x541C": "EPERM", "ioctl:0x5423": "EPERM", "ioctl:0x5401": "ENOTTY"}
    assert dict(zip(wanted, ground.tries(*wanted), strict=True)) == wanted
    assert ground.tries("ioctl:0x100005412") == ["EPERM"], "the kernel takes the low half"


@pytest.mark.parametrize(
    "without", [(), ("seccomp",), ("landlock",), ("landlock", "seccomp")], ids=lambda walls: "-".join(walls) or "all"
)
class TestEachWallAlone:
    """What holds whichever of the other walls are missing."""

    def test_there_are_no_capabilities_and_no_way_to_one(self, ground, without):
        ran = ground.shell("grep -E '^(Cap|NoNewPrivs)' /proc/self/status", without=without)
        values = dict(line.split(":\t") for line in ran.lines)
        assert values.pop("NoNewPrivs") == "1"
        assert set(values.values()) == {"0" * 16}, ran
        assert len(values) == 5

    def test_what_is_shown_for_reading_is_not_written(self, ground, without):
        path = ground.make("kept", b"before")
        shown = (Mount("read", "/shown", ground.folder),)
        tries = ground.tries(
            "read:/shown/kept", "write:/shown/kept", "create:/shown/new", mounts=shown, without=without
        )
        assert tries[0] == "done"
        assert set(tries[1:]) <= {"EROFS", "EACCES"}
        assert Path(path).read_bytes() == b"before"

    def test_what_is_hidden_is_not_read(self, ground, without):
        ground.make("tree/secret", b"canary")
        ground.make("tree/folder/secret", b"canary")
        shown = (
            Mount("write", "/tree", f"{ground.folder}/tree"),
            Mount("hide", "/tree/secret"),
            Mount("hide", "/tree/folder"),
        )
        tries = ("read:/tree/secret", "read:/tree/folder", "write:/tree/secret")
        assert set(ground.tries(*tries, mounts=shown, without=without)) <= {"EACCES", "EROFS"}
        ran = ground.shell(
            "chmod 777 /tree/secret /tree/folder; mv /tree/secret /tree/other; rmdir /tree/folder; cat /tree/secret; ls /tree/folder",
            mounts=shown,
            without=without,
        )
        assert b"canary" not in ran.out
        assert ran.code != 0

    def test_nothing_that_is_not_listed_exists(self, ground, without):
        ran = ground.shell("ls -A / /home /root /sys /run /mnt 2>/dev/null", without=without)
        assert set(ran.out.split()) <= {
            b"/:",
            b"bin",
            b"dev",
            b"lib",
            b"lib32",
            b"lib64",
            b"probe",
            b"proc",
            b"tmp",
            b"usr",
        }

    def test_the_kernel_is_not_written_to(self, ground, without):
        tries = (
            "write:/proc/sys/kernel/core_pattern",
            "write:/proc/sys/kernel/hostname",
            "write:/proc/sys/vm/drop_caches",
        )
        assert set(ground.tries(*tries, without=without)) <= {"EROFS", "EACCES"}

    def test_pid_1_is_not_looked_into(self, ground, without):
        tries = (
            "read:/proc/1/root/etc/passwd",
            "read:/proc/1/environ",
            "read:/proc/1/mem",
            "read:/proc/1/exe",
            "read:/proc/1/cwd",
            "read:/proc/1/ns/mnt",
            "read:/proc/1/maps",
        )
        assert set(ground.tries(*tries, without=without)) <= {"EACCES", "EPERM"}

    def test_processes_outside_have_no_number(self, ground, without):
        ran = ground.shell(
            f"kill -0 {os.getpid()}; kill -9 {ground.holder.pid}; ls /proc | grep -c '^[0-9]'", without=without
        )
        assert int(ran.lines[-1]) < 10
        assert ground.holder.alive


class TestLandlock:
    """What it adds."""

    def test_ports(self, ground):
        limited = {"connects": (443,), "binds": (8080,)}
        wanted = ["ECONNREFUSED", "EACCES", "done", "EACCES"]
        assert ground.tries("connect:443", "connect:80", "bind:8080", "bind:8081", **limited) == wanted
        assert ground.tries("connect:80", connects=()) == ["EACCES"]
        assert ground.tries("connect:80") == ["ECONNREFUSED"]

    def test_another_sandbox_of_the_session_is_not_looked_into(self, ground):
        sandbox, _, _ = ground.start("sleep", "60", environment={"PATH": "/usr/bin:/bin", "SECRET": "canary"})
        inside = ground.shell("grep -l '^sleep' /proc/[0-9]*/comm").lines[0].split("/")[2]
        tries = [f"read:/proc/{inside}/{name}" for name in ("environ", "mem", "root/tmp", "cwd", "fd/0", "maps")]
        assert set(ground.tries(*tries)) <= {"EACCES", "EPERM"}
        assert ground.tries(f"signal:{inside}") == ["EPERM"]
        assert ground.tries(f"signal:{inside}", signals=True) == ["done"]
        sandbox.kill()
        sandbox.close()

    def test_a_stream_is_opened_again_only_as_it_was(self, ground):
        path = ground.make("input", b"before", 0o666)
        given = os.open(path, os.O_RDONLY)
        out, to_out = os.pipe()
        plan = ground.plan("/probe", "reopen-read", "reopen-write")
        sandbox = Sandbox.start(plan, ground.holder, Streams(given, to_out, to_out))
        os.close(given)
        os.close(to_out)
        assert drain(out)[0].split() == [b"done", b"EACCES"]
        sandbox.close()

    def test_where_it_is_missing_files_are_no_streams(self, ground, tmp_path):
        with open(tmp_path / "file", "wb") as file, pytest.raises(ContainmentError, match="must not be a file"):
            Sandbox.start(ground.plan("true", without=("landlock",)), ground.holder, Streams(*[file.fileno()] * 3))
