"""What the program sees: what is listed, as it is listed, and nothing of the host besides."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from jackline.contain.launch import Holder
from jackline.contain.plan import Mount
from jackline.core.errors import ContainmentError

ODD_NAMES = [
    "with space",
    "new\nline",
    "ünïcödé",
    "-rf",
    "a,b:c\\d=e",
    "x" * 255,
    os.fsdecode(b"\xff\xfe raw"),
    "tab\there",
    "%s%n",
]


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_names_are_taken_as_they_are(ground, name):
    path = ground.make(f"{name}/{name}", b"content")
    target = f"/at/{name}/file"
    ran = ground.run(ground.plan("cat", target, mounts=(Mount("read", target, path),)))
    assert (ran.code, ran.out) == (0, b"content"), ran


def test_the_mounts_are_those_of_the_plan(ground):
    ground.make("file", b"")
    shown = (Mount("write", "/work", ground.folder), Mount("hide", "/work/file"))
    ran = ground.shell("cut -d' ' -f5,6 /proc/self/mountinfo", mounts=shown)
    found = dict(line.split(" ") for line in ran.lines)
    wanted = {
        "/",
        "/usr",
        "/proc",
        "/dev",
        "/dev/null",
        "/dev/pts",
        "/dev/shm",
        "/tmp",
        "/probe",
        "/work",
        "/work/file",
    }
    assert wanted <= set(found)
    extra = {name for name in set(found) - wanted if not name.startswith(("/proc/", "/dev/", "/usr/", "/lib", "/bin"))}
    assert extra == set()
    writable = {name for name, options in found.items() if "rw" in options.split(",")}
    assert writable <= {
        "/work",
        "/tmp",
        "/proc",
        "/dev/pts",
        "/dev/shm",
        *(f"/dev/{name}" for name in ["null", "zero", "full", "random", "urandom", "tty"]),
    }
    assert all("nosuid" in options.split(",") for options in found.values())
    assert {name for name, options in found.items() if "nodev" not in options.split(",")} == {
        "/dev/pts",
        *(f"/dev/{name}" for name in ["null", "zero", "full", "random", "urandom", "tty"]),
    }


def test_the_root_has_nothing_above_it(ground):
    ran = ground.shell("ls /..; ls /proc/self/root/../..; cat /proc/self/root/../etc/passwd")
    first, second = ran.lines[: len(ran.lines) // 2], ran.lines[len(ran.lines) // 2 :]
    assert first == second
    assert "etc" not in first
    assert ran.code == 1


def test_what_is_written_lands_in_the_source(ground):
    ran = ground.shell(
        "echo new >/work/made; rm /work/old; mv /work/a /work/b", mounts=(Mount("write", "/work", ground.folder),)
    )
    assert ran.code != 0  # nothing to remove yet
    ground.make("old")
    ground.make("a", b"a")
    ran = ground.shell("rm /work/old; mv /work/a /work/b", mounts=(Mount("write", "/work", ground.folder),))
    assert (ran.code, sorted(os.listdir(ground.folder))) == (0, ["b", "made"]), ran
    assert os.stat(f"{ground.folder}/made").st_uid == ground.uid


def test_a_later_mount_lies_on_an_earlier_one(ground):
    ground.make("outer/inner/file", b"outer")
    ground.make("other/file", b"other")
    shown = (
        Mount("read", "/work", f"{ground.folder}/outer"),
        Mount("write", "/work/inner", f"{ground.folder}/other"),
    )
    ran = ground.shell("cat /work/inner/file; echo x >/work/inner/new; echo x >/work/new", mounts=shown)
    assert ran.out == b"other"
    assert os.path.exists(f"{ground.folder}/other/new")
    assert not os.path.exists(f"{ground.folder}/outer/new")


def test_a_missing_place_is_made_where_the_program_may_write(ground):
    ground.make("file", b"x")
    os.mkdir(f"{ground.folder}/home")
    ground.own()
    shown = (
        Mount("write", "/home/u", f"{ground.folder}/home"),
        Mount("read", "/home/u/.cache/deep/file", f"{ground.folder}/file"),
        Mount("tmpfs", "/home/u/.config", size=4096),
    )
    ran = ground.shell("cat /home/u/.cache/deep/file; stat -c %a /home/u/.cache /home/u/.config", mounts=shown)
    assert (ran.code, ran.out.split()) == (0, [b"x755", b"755"]), ran
    with pytest.raises(ContainmentError, match="no place for a mount at `/usr/none`: Read-only"):
        ground.run(ground.plan("true", mounts=(Mount("read", "/usr/none/such", ground.folder),)))


def test_a_missing_source_starts_nothing_unless_it_may_be_missing(ground):
    none = f"{ground.folder}/none"
    with pytest.raises(ContainmentError, match="/none` cannot be found"):
        ground.run(ground.plan("true", mounts=(Mount("read", "/x", none),)))
    with pytest.raises(ContainmentError, match="cannot be hidden"):
        ground.run(ground.plan("true", mounts=(Mount("hide", "/x"),)))
    left_out = (
        Mount("read", "/x", none, optional=True),
        Mount("write", "/y", f"{none}/z", optional=True),
        Mount("hide", "/z", optional=True),
    )
    assert ground.shell("ls -d /x /y /z", mounts=left_out).out == b""


def test_a_link_as_source_shows_what_it_leads_to(ground):
    ground.make("real/file", b"real")
    os.symlink("real", f"{ground.folder}/link")
    ground.own()
    assert ground.shell("cat /x/file", mounts=(Mount("read", "/x", f"{ground.folder}/link"),)).out == b"real"


@pytest.mark.parametrize(
    "source", ["/proc/self/root", "/proc/self/cwd", "/proc/thread-self/root/etc", "/dev/stdin", "/dev/fd/0"]
)
def test_a_magic_link_is_no_source(ground, source):
    with pytest.raises(ContainmentError, match="cannot be found"):
        ground.run(ground.plan("true", mounts=(Mount("read", "/x", source),)))


def test_a_link_below_a_target_never_leads_out(ground):
    """The mistake of CVE-2026-87766: what is made for a mount must not be made on the host."""
    outside = f"{ground.folder}/outside"
    ground.make("outside/kept", b"kept")
    ground.make("file", b"shown")
    ground.make("work/x")
    for name, to in {
        "absolute": outside,
        "relative": "../outside",
        "root": "/",
        "dots": "../../../../../../tmp",
    }.items():
        os.symlink(to, f"{ground.folder}/work/{name}")
    ground.own()
    for name in ("absolute", "relative", "root", "dots"):
        shown = (
            Mount("write", "/work", f"{ground.folder}/work"),
            Mount("read", f"/work/{name}/made/here", f"{ground.folder}/file"),
        )
        with contextlib.suppress(ContainmentError):  # there is no such place in there
            assert not ground.shell("find / -name here 2>/dev/null", mounts=shown).out.startswith(os.fsencode(outside))
        assert os.listdir(outside) == ["kept"]
    assert not any(map(os.path.exists, ("/made", "/tmp/made")))
    hidden = (Mount("write", "/work", f"{ground.folder}/work"), Mount("hide", "/work/absolute/kept", optional=True))
    assert ground.shell("true", mounts=hidden).code == 0
    assert Path(f"{outside}/kept").read_bytes() == b"kept"


@pytest.mark.parametrize("target", ["/", "//", "/./", "/work/root"])
@pytest.mark.parametrize("kind", ["read", "hide", "tmpfs"])
def test_nothing_lies_on_the_root(ground, kind, target):
    os.symlink("/", f"{ground.folder}/root")
    ground.own()
    source, size = (ground.folder if kind == "read" else ""), (4096 if kind == "tmpfs" else 0)
    shown = (Mount("write", "/work", ground.folder), Mount(kind, target, source, size))
    with pytest.raises(ContainmentError, match="nothing can be mounted on the root"):
        ground.run(ground.plan("true", mounts=shown))


def test_devices(ground):
    ran = ground.shell(
        "ls /dev; echo x >/dev/null && head -c 3 /dev/zero | od -An -tx1; head -c 4 /dev/urandom | wc -c; echo y >/dev/full"
    )
    names = [
        "console",
        "core",
        "fd",
        "full",
        "null",
        "ptmx",
        "pts",
        "random",
        "shm",
        "stderr",
        "stdin",
        "stdout",
        "tty",
        "urandom",
        "zero",
    ]
    assert [line for line in ran.lines if line in names] == [name for name in names if name not in {"console", "core"}]
    assert b"00 00 00" in ran.out
    assert ran.code == 1
    assert b"I/O error" in ran.err or b"No space left" in ran.err
    assert ground.shell("mknod /tmp/null c 1 3 || mknod /tmp/disk b 8 0").code != 0
    assert ground.shell("echo a >/dev/shm/a && cat /dev/shm/a; touch /dev/new").lines == ["a"]


def test_the_kernels_own_files_are_covered_or_read_only(ground):
    """Found by looking: no file of /proc, beside those of processes, can be written, and none that is not for all be read."""
    ran = ground.shell(
        "cd /proc; for each in *; do case $each in [0-9]*|self|thread-self|net|mounts) continue;; esac; "
        "test -f $each && test -w $each && echo writable $each; done; "
        "find sys bus irq fs driver tty -writable 2>/dev/null | head -3; "
        "for each in kcore keys kmsg kallsyms sysrq-trigger timer_list slabinfo vmallocinfo; do cat $each 2>/dev/null; done; "
        "cat meminfo cpuinfo >/dev/null && echo fine; ls acpi scsi asound 2>/dev/null"
    )
    assert ran.lines == ["fine"], ran


def test_tmpfs_has_its_size_and_mode(ground):
    shown = (Mount("tmpfs", "/small", size=65536, mode=0o700),)
    ran = ground.shell(
        "stat -c %a /small; head -c 200000 /dev/zero >/small/x; stat -c %s /small/x; for i in $(seq 3000); do touch /small/$i || break; done 2>/dev/null; ls /small | wc -l",
        mounts=shown,
    )
    assert (ran.lines[0], int(ran.lines[1])) == ("700", 65536)
    assert int(ran.lines[2]) < 2000


def test_the_directory_must_exist(ground):
    with pytest.raises(ContainmentError, match="the directory `/none` cannot be entered"):
        ground.run(ground.plan("true", cwd="/none"))
    assert ground.run(ground.plan("pwd", cwd="/usr/lib/..".removesuffix("/.."))).lines == ["/usr/lib"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount on the host")
def test_what_is_mounted_below_a_read_only_source_is_read_only(ground):
    inner = f"{ground.folder}/tree/inner"
    ground.make("tree/inner/x")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=777", "none", inner], check=True)
    try:
        with Holder.start() as holder:
            ground.holder, kept = holder, ground.holder
            shown = (Mount("read", "/tree", f"{ground.folder}/tree"),)
            ran = ground.shell("grep -c /tree/inner /proc/self/mountinfo; echo x >/tree/inner/y", mounts=shown)
            ground.holder = kept
        assert (ran.lines, ran.code) == (["1"], 2), ran
        assert b"Read-only" in ran.err
        assert os.listdir(inner) == []
    finally:
        subprocess.run(["umount", "-l", inner], check=True)


def test_a_source_that_became_a_link_since_it_was_looked_at_is_not_followed(ground):
    real = ground.make("real/file", b"content")
    os.symlink("real", f"{ground.folder}/swapped")
    shown = Mount("read", "/file", f"{ground.folder}/swapped/file", direct=True)
    with pytest.raises(ContainmentError, match="swapped/file` cannot be found: Too many levels"):
        ground.run(ground.plan("cat", "/file", mounts=(shown,)))
    ran = ground.run(ground.plan("cat", "/file", mounts=(Mount("read", "/file", os.path.realpath(real), direct=True),)))
    assert ran.out == b"content"
