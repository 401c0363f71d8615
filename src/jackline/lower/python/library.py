"""What the interpreter knows of Python: built-in names, pure functions, what star imports bring."""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
import re
import shlex
import warnings
import zlib
from typing import TYPE_CHECKING, Any, Final

from jackline.lower.program import specials
from jackline.lower.program.library import Library
from jackline.lower.program.values import MAX_FOLDED, Const, Made, Value, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.program.interpreter import Interpreter
    from jackline.lower.program.library import Special

MAX_SOURCE: Final = 262_144

BUILTINS: Final = frozenset({
    "open", "exec", "eval", "compile", "__import__", "chr", "ord", "str", "int", "len", "bytes", "bytearray", "reversed", "list", "tuple",
    "sorted", "hex", "bool", "float", "set", "repr", "range", "getattr", "globals", "locals", "vars", "map", "filter", "print", "zip",
    "enumerate", "iter", "next", "input", "execfile", "setattr", "abs", "round", "min", "max", "sum", "dict", "frozenset",
})  # fmt: skip

STAR_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "os": ("remove", "unlink", "rmdir", "removedirs", "rename", "renames", "replace", "system", "popen", "listdir", "walk", "makedirs",
           "mkdir", "chmod", "kill", "execv", "execvp", "path", "environ", "getcwd", "truncate", "symlink", "link"),
    "shutil": ("rmtree", "move", "copy", "copy2", "copyfile", "copytree", "make_archive", "unpack_archive", "chown"),
    "subprocess": ("run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput"),
    "pathlib": ("Path", "PosixPath"), "glob": ("glob", "iglob"), "requests": ("get", "post", "put", "patch", "delete"),
    "urllib.request": ("urlopen", "urlretrieve", "Request"), "base64": ("b64decode", "b64encode"),
    "socket": ("socket", "create_connection"),
}  # fmt: skip
"""What `from MODULE import *` brings, as far as it matters."""

_PATH_TYPES: Final = frozenset(
    {"pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath", "pathlib.PurePosixPath", "pathlib.WindowsPath"}
)

_ATTRIBUTES: Final[dict[str, Value]] = {
    "os.sep": Const("/"), "os.path.sep": Const("/"), "os.linesep": Const("\n"), "os.devnull": Const("/dev/null"),
    "sys.platform": Const("linux"),
    "os.name": Const("posix"), "string.ascii_lowercase": Const("abcdefghijklmnopqrstuvwxyz"),
    "string.ascii_uppercase": Const("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "string.digits": Const("0123456789"), "sys.executable": Const("python3"),
}  # fmt: skip


ALIASES: Final = {
    "posix.system": "os.system", "posix.remove": "os.remove", "posix.unlink": "os.unlink", "nt.remove": "os.remove",
    "pathlib.PosixPath": "pathlib.Path", "pathlib.PurePath": "pathlib.Path", "builtins.open": "open", "builtins.__import__": "__import__",
    "_io.open": "open", "subprocess.Popen.__init__": "subprocess.Popen", "pathlib.Path.cwd": "os.getcwd",
}  # fmt: skip
"""Other names of the same calls."""


def _rot13(text: str, encoding: str) -> Any:  # noqa: ANN401
    if encoding.replace("-", "").replace("_", "").lower() in {"rot13", "hex", "base64", "utf8", "latin1", "ascii"}:
        data: Any = text
        return codecs.decode(data, encoding)
    raise LookupError


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "chr": chr, "ord": ord, "str": str, "int": int, "len": len, "bytes": bytes, "bytearray": bytearray, "reversed": lambda v: list(v)[::-1],
    "list": list, "tuple": list, "sorted": sorted, "hex": hex, "bool": bool, "float": float, "set": list, "repr": repr, "abs": abs,
    "base64.b64decode": base64.b64decode, "base64.b64encode": base64.b64encode, "base64.b32decode": base64.b32decode,
    "base64.b16decode": base64.b16decode, "base64.b85decode": base64.b85decode, "base64.a85decode": base64.a85decode,
    "base64.urlsafe_b64decode": base64.urlsafe_b64decode, "base64.standard_b64decode": base64.standard_b64decode,
    "base64.decodebytes": base64.decodebytes, "binascii.unhexlify": binascii.unhexlify, "binascii.a2b_hex": binascii.unhexlify,
    "binascii.a2b_base64": binascii.a2b_base64, "bytes.fromhex": bytes.fromhex, "bytearray.fromhex": bytes.fromhex,
    "codecs.decode": _rot13, "bytes.decode": lambda value, *rest: value.decode(*rest), "str.join": lambda sep, parts: sep.join(parts),
    "zlib.decompress": lambda data: zlib.decompressobj().decompress(data, MAX_FOLDED),
    "shlex.quote": shlex.quote, "shlex.split": shlex.split, "str.lower": str.lower,
    "range": range, "round": round, "min": min, "max": max, "sum": sum,
}  # fmt: skip
"""Pure functions that fold over constants. None of them can run code, allocate without bound or do I/O."""


_CLOUD_CLIENTS: Final = (
    (re.compile(r"google\.cloud\.[\w.]+\.[A-Z]\w*Client$|google\.cloud\.[\w.]+\.Client$"), "google.cloud.Client"),
    (re.compile(r"azure\.[\w.]+\.[A-Z]\w*Client$"), "azure.Client"),
    (re.compile(r"kubernetes\.client\.[A-Z]\w*Api$"), "kubernetes.client.Api"),
)
"""Classes of the clouds' packages: one name for all clients of a cloud."""


def canonical(name: str) -> str:
    """One name for a call that has several."""
    return next((one for pattern, one in _CLOUD_CLIENTS if pattern.match(name)), ALIASES.get(name, name))


def parse(source: str) -> ast.Module | None:
    """The syntax tree; None where it does not parse (Python 2, a fragment, too deep, too long, NULs)."""
    if len(source) > MAX_SOURCE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _path(_run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    return Made("pathlib.Path", (joined(flat, "/") if flat else Const("."),))


def _home(run: Interpreter, _flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    return Made("pathlib.Path", (Const(run.scope.surroundings.home),))


_SPECIALS: Final[dict[str, Special]] = {
    **dict.fromkeys(sorted(_PATH_TYPES), _path), "pathlib.Path.home": _home,
    "os.path.join": specials.join, "posixpath.join": specials.join, "os.path.expanduser": specials.expanded,
    "os.path.abspath": specials.same, "os.path.realpath": specials.same, "os.path.normpath": specials.same, "os.fspath": specials.same,
    "os.path.expandvars": specials.same, "os.getcwd": specials.cwd, "pathlib.Path.cwd": specials.cwd, "os.getenv": specials.variable,
    "os.environ.get": specials.variable, "os.chdir": specials.directory, "os.path.dirname": specials.dirname,
    "functools.partial": specials.partial, "enumerate": specials.enumerated, "iter": specials.same, "asyncio.run": specials.same,
    "shlex.split": specials.split_words, "getattr": specials.chosen_attribute, "builtins.getattr": specials.chosen_attribute,
    "map": specials.mapped, "filter": specials.mapped, "globals": specials.names, "locals": specials.names, "vars": specials.names,
    "print": specials.printed, "pprint.pprint": specials.printed, "sys.stdout.write": specials.printed,
}  # fmt: skip

_TEXT_METHODS: Final = frozenset({
    "join", "replace", "format", "lower", "upper", "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "encode", "decode",
    "title", "swapcase", "capitalize", "removeprefix", "removesuffix", "partition", "rpartition", "translate", "hex", "startswith",
    "endswith", "casefold", "count", "find", "index", "isdigit",
})  # fmt: skip
"""Pure methods of text and bytes whose results are no larger than a small multiple of what goes in."""

PYTHON: Final = Library(
    language="Python",
    package="jackline.lower.python",
    parse=parse,
    tails=(".py", "/__init__.py"),
    builtins=BUILTINS,
    arguments=frozenset({"sys.argv"}),
    attributes=_ATTRIBUTES,
    star_names=STAR_NAMES,
    specials=_SPECIALS,
    folds=FUNCTIONS,
    methods=_TEXT_METHODS,
    canonical=canonical,
    module_file=lambda name: name.replace(".", "/"),
    guards=("jackline.cli", "jackline.guard", "jackline.hook_client", "jackline.ledger", "jackline.__main__"),
)
