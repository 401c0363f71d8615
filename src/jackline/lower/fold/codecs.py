"""Encodings and compressions: base64, base32, xxd, od, gzip, bzip2, xz, openssl's encodings, uudecode's kin."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from functools import partial
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import Deferred
from jackline.lower.fold.options import Fold, options

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.fold.options import Folder

MAX_EXPANDED: Final = 256 * 1024
_LONG: Final = {"decode": "d", "ignore-garbage": "i", "wrap": "w", "stdout": "c", "to-stdout": "c", "decompress": "d",
                "uncompress": "d", "force": "f", "keep": "k", "quiet": "q"}  # fmt: skip
_GZIP: Final = 16 + zlib.MAX_WBITS
_LINE: Final = 76
_BUNZIP2: Final[Callable[[bytes, int], bytes]] = Deferred("jackline.lower.fold.unpacking", "bunzip2")
_UNXZ: Final[Callable[[bytes, int], bytes]] = Deferred("jackline.lower.fold.unpacking", "unxz")


def bytes_of(text: str) -> bytes:
    """The bytes that a text stands for."""
    return text.encode("utf-8", "surrogateescape")


def text_of(data: bytes) -> str:
    """The text that stands for some bytes."""
    return data.decode("utf-8", "surrogateescape")


def _base(wide: int, arguments: list[str]) -> Fold | None:
    read = options(arguments, "diD", "w", _LONG)
    if read is None:
        return None
    given, files = read
    encode, decode = _BASES[wide]

    def apply(text: str) -> str | None:
        try:
            if "d" in given or "D" in given:
                return text_of(decode("".join(text.split())))
        except (binascii.Error, ValueError):
            return None
        line = encode(bytes_of(text)).decode()
        width = int(given["w"]) if given.get("w", "").isdecimal() else _LINE
        return line if width == 0 else "".join(f"{line[n : n + width]}\n" for n in range(0, len(line), width))

    return Fold(apply, tuple(files))


_BASES: Final[dict[int, tuple[Callable[[bytes], bytes], Callable[[str], bytes]]]] = {
    64: (base64.b64encode, base64.b64decode), 32: (base64.b32encode, base64.b32decode), 16: (base64.b16encode, base64.b16decode),
}  # fmt: skip


def _xxd(arguments: list[str]) -> Fold | None:
    words = [f"-{argument[1:]}" for argument in arguments if argument[:1] == "-"]
    files = tuple(argument for argument in arguments if argument[:1] != "-")
    letters = set("".join(word[1:] for word in words))
    if letters <= set("rp") | set("plain") | set("revert") and {"r", "p"} <= letters:
        return Fold(_from_hexadecimal, files)
    if letters and letters <= set("plain") and "r" not in letters:
        return Fold(_to_hexadecimal, files)
    return Fold(_from_dump, files) if letters == {"r"} else None


def _to_hexadecimal(text: str) -> str:
    digits = bytes_of(text).hex()
    return "".join(f"{digits[n : n + 60]}\n" for n in range(0, len(digits), 60))


def _from_hexadecimal(text: str) -> str | None:
    digits = "".join(text.split())
    try:
        return text_of(bytes.fromhex(digits))
    except ValueError:
        return None


def _from_dump(text: str) -> str | None:
    """`xxd -r`: `00000000: 726d 2066  rm f`."""
    found: list[str] = []
    for line in text.splitlines():
        match = re.match(r"[0-9a-fA-F]+: ((?:[0-9a-fA-F]{2,4} ?)+)", line)
        if match is None:
            return None
        found.append(match[1].replace(" ", ""))
    return _from_hexadecimal("".join(found))


def _expand(how: Callable[[bytes], bytes], arguments: list[str], *, always: bool) -> Fold | None:
    read = options(arguments, "dcfkqvn123456789", "", _LONG)
    if read is None:
        return None
    given, files = read
    if not always and "d" not in given:
        return None
    if files and not ("c" in given or always):
        return None

    def apply(text: str) -> str | None:
        try:
            return text_of(how(bytes_of(text)))
        except (OSError, EOFError, ValueError, zlib.error):
            return None

    return Fold(apply, tuple(files))


def _gunzip(data: bytes) -> bytes:
    return zlib.decompressobj(_GZIP).decompress(data, MAX_EXPANDED)


def _bunzip2(data: bytes) -> bytes:
    return _BUNZIP2(data, MAX_EXPANDED)


def _unxz(data: bytes) -> bytes:
    return _UNXZ(data, MAX_EXPANDED)


def _openssl(arguments: list[str]) -> Fold | None:
    """`openssl base64 -d`, `openssl enc -base64 -d`: encodings; a cipher's output is not folded."""
    rest = [argument for argument in arguments if argument not in {"enc", "base64", "-base64", "-a", "-A", "-d", "-e"}]
    if not set(arguments) & {"base64", "-base64", "-a"} or arguments[:1] not in (["base64"], ["enc"]):
        return None
    files: tuple[str, ...] = ()
    if len(rest) == len(["-in", "FILE"]) and rest[0] == "-in":
        files = (rest[1],)
    elif rest:
        return None
    inner = _base(64, ["-d"] if "-d" in arguments else ["-w", "0"] if "-A" in arguments else ["-w", "64"])
    return inner._replace(files=files) if inner is not None else None


def _od(arguments: list[str]) -> Fold | None:
    """`od -An -tx1` and `-c` are not undone by a shell; only the plain hexadecimal form is worth knowing."""
    joined = " ".join(arguments)
    if joined not in {"-An -tx1", "-A n -t x1", "-An -t x1", "-t x1 -An", "-tx1 -An"}:
        return None
    return Fold(_dumped)


def _dumped(text: str) -> str:
    data = bytes_of(text)
    return "".join("".join(f" {byte:02x}" for byte in data[n : n + 16]) + "\n" for n in range(0, len(data), 16))


TABLE: Final[dict[str, Folder]] = {
    "base64": partial(_base, 64), "base32": partial(_base, 32), "base16": partial(_base, 16), "gbase64": partial(_base, 64),
    "xxd": _xxd, "od": _od, "openssl": _openssl,
    "gzip": partial(_expand, _gunzip, always=False), "gunzip": partial(_expand, _gunzip, always=True),
    "zcat": partial(_expand, _gunzip, always=True), "gzcat": partial(_expand, _gunzip, always=True),
    "pigz": partial(_expand, _gunzip, always=False), "bzip2": partial(_expand, _bunzip2, always=False),
    "bunzip2": partial(_expand, _bunzip2, always=True), "bzcat": partial(_expand, _bunzip2, always=True),
    "xz": partial(_expand, _unxz, always=False), "unxz": partial(_expand, _unxz, always=True),
    "xzcat": partial(_expand, _unxz, always=True), "lzma": partial(_expand, _unxz, always=False),
}  # fmt: skip
