"""What the interpreter knows of JavaScript: names, pure functions and methods, modules."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from jackline.lower.javascript.translate import parse
from jackline.lower.program import specials
from jackline.lower.program.expressions import MAX_ITEMS, environment, item_of
from jackline.lower.program.library import Library
from jackline.lower.program.values import (
    ANYTHING,
    MAX_FOLDED,
    Const,
    Items,
    Made,
    Ref,
    Unknown,
    Value,
    constant,
    joined,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.program.interpreter import Interpreter
    from jackline.lower.program.library import Special

_SHELL_CALLS: Final = frozenset({"execSync"})
_MODULE_PREFIX: Final = re.compile(r"^node:")


def canonical(name: str) -> str:
    """One name for a call: `node:fs`, `fs/promises`, `fs.promises`, `fs-extra`'s copies of `fs`, and `xSync`."""
    name = (
        _MODULE_PREFIX.sub("", name).replace("fs/promises.", "fs.").replace(".promises.", ".").replace(".default", "")
    )
    name = name.removeprefix("process.mainModule.").removeprefix("require.main.")
    name = name.removeprefix("globalThis.").removeprefix("window.").removeprefix("global.")
    if name.endswith("Sync") and name.rpartition(".")[2] not in _SHELL_CALLS:
        name = name.removesuffix("Sync")
    for pattern, one in _CLOUD_CLIENTS:
        if pattern.match(name):
            return one
    module, dot, call = name.rpartition(".")
    if module == "graceful-fs" or (module == "fs-extra" and call in _FS_EXTRA):
        return f"fs.{call}"
    return f"{module}{dot}{call}"


_CLOUD_CLIENTS: Final = (
    (re.compile(r"@aws-sdk/[^.]+\.[A-Z]\w*Command$"), "aws-sdk.command"),
    (re.compile(r"@aws-sdk/[^.]+\.[A-Z]\w*$|aws-sdk\.[A-Z]\w*$"), "aws-sdk.client"),
    (re.compile(r"@google-cloud/[^.]+\.[A-Z]\w*$"), "google-cloud.client"),
    (re.compile(r"@azure/[^.]+\.[A-Z]\w*Client$"), "azure.client"),
)
"""Classes of the clouds' packages: one name for all clients of a cloud, one for the requests that are made of a class each."""
_FS_EXTRA: Final = frozenset(
    {"rm", "rmdir", "unlink", "writeFile", "readFile", "rename", "copyFile", "mkdir", "readdir", "appendFile"}
)

BUILTINS: Final = frozenset({
    "require", "eval", "Function", "fetch", "Buffer", "String", "Array", "Object", "process", "Deno", "Bun", "atob", "btoa", "globalThis",
    "console", "JSON", "Math", "Promise", "setTimeout", "setInterval", "setImmediate", "decodeURIComponent", "unescape",
    "encodeURIComponent",
    "parseInt", "Number", "WebSocket", "XMLHttpRequest", "·item", "$", "window", "global", "module", "queueMicrotask", "Reflect",
})  # fmt: skip


def _decoded(text: Any, encoding: str = "utf8") -> Any:  # noqa: ANN401 - folding works on any constant
    if isinstance(text, list):
        return bytes(text)
    if encoding in {"base64", "base64url"}:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_" if encoding == "base64url" else None)
    if encoding == "hex":
        return binascii.unhexlify(text)
    return str(text).encode("latin-1" if encoding in {"latin1", "binary"} else "utf-8")


FOLDS: Final[dict[str, Callable[..., Any]]] = {
    "Buffer.from": _decoded, "atob": lambda text: base64.b64decode(text).decode("latin-1"),
    "btoa": lambda text: base64.b64encode(text.encode("latin-1")).decode(), "String.fromCharCode": lambda *codes: "".join(map(chr, codes)),
    "String.fromCodePoint": lambda *codes: "".join(map(chr, codes)), "String": str, "decodeURIComponent": unquote, "unescape": unquote,
    "encodeURIComponent": quote, "parseInt": lambda text, base=10: int(str(text), base), "Number": int, "Array.from": list,
    "JSON.stringify": str,
}  # fmt: skip


def fold_method(run: Interpreter, owner: Value, name: str, flat: list[Value], at: tuple[int, int]) -> Value | None:
    """Pure methods of texts, buffers and arrays; and the ones that call a function for each item."""
    if isinstance(owner, Items):
        return _array_method(run, owner, name, flat, at)
    if name in {"then", "catch", "finally"}:
        results = [run.apply(function, [owner], {}, at) for function in flat]
        return results[0] if results else owner
    if name == "concat":
        return joined([owner, *flat])
    if isinstance(owner, Const) and isinstance(owner.value, str | bytes):
        return _text_method(owner.value, name, flat)
    return None


def _array_method(run: Interpreter, owner: Items, name: str, flat: list[Value], at: tuple[int, int]) -> Value | None:
    if name in {"forEach", "map", "filter", "flatMap", "some", "every", "find", "reduce"} and flat:
        results = tuple(run.apply(flat[0], [item], {}, at) for item in owner.items[:MAX_ITEMS])
        return Items(owner.items) if name == "filter" else Items(results) if name in {"map", "flatMap"} else ANYTHING
    if name == "join":
        separator = flat[0].value if flat and isinstance(flat[0], Const) else ","
        return joined(list(owner.items), str(separator))
    if name == "reverse":
        return Items(owner.items[::-1])
    if name == "concat":
        return Items(
            (*owner.items, *(item for part in flat for item in (part.items if isinstance(part, Items) else (part,))))
        )
    return None


def _text_method(text: Any, name: str, flat: list[Value]) -> Value | None:  # noqa: ANN401 - text or bytes
    plain = [value.value for value in flat if isinstance(value, Const)]
    if len(plain) != len(flat):
        return None
    try:
        if isinstance(text, bytes):
            encoding = plain[0] if plain else "utf8"
            made = {"base64": base64.b64encode(text).decode(), "hex": text.hex()}.get(encoding)
            return Const(made if made is not None else text.decode("utf-8", "replace")) if name == "toString" else None
        method = _TEXT_METHODS.get(name)
        return constant(method(text, *plain)) if method is not None else None
    except (TypeError, ValueError, IndexError, AttributeError):
        return None


def _repeat(text: str, count: int) -> str:
    if len(text) * count > MAX_FOLDED:
        raise ValueError
    return text * count


_TEXT_METHODS: Final[dict[str, Callable[..., Any]]] = {
    "toLowerCase": str.lower, "toUpperCase": str.upper, "trim": str.strip, "toString": str, "valueOf": str,
    "split": lambda text, separator="": text.split(separator) if separator else list(text),
    "slice": lambda text, start=0, end=None: text[start:end], "substring": lambda text, start=0, end=None: text[start:end],
    "substr": lambda text, start, length=None: text[start : None if length is None else start + length],
    "charAt": lambda text, index=0: text[index],
    "at": lambda text, index: text[index], "charCodeAt": lambda text, index=0: ord(text[index]), "repeat": _repeat,
    "replace": lambda text, old, new: text.replace(old, new, 1) if len(new) < MAX_FOLDED // 64 else None,
    "replaceAll": lambda text, old, new: text.replace(old, new) if len(text) * len(new) < MAX_FOLDED else None,
    "startsWith": str.startswith, "endsWith": str.endswith, "includes": lambda text, part: part in text,
}  # fmt: skip


def _item(run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """`owner[index]`: an item, or an attribute whose name is worked out."""
    owner, index = flat[0], flat[1] if len(flat) > 1 else ANYTHING
    if isinstance(index, Const) and isinstance(index.value, str):
        return run.attribute(owner, index.value)
    if isinstance(owner, Items) and isinstance(index, Const) and isinstance(index.value, int):
        return owner.items[index.value] if -len(owner.items) <= index.value < len(owner.items) else ANYTHING
    if (
        isinstance(owner, Const)
        and isinstance(owner.value, str)
        and isinstance(index, Const)
        and isinstance(index.value, int)
    ):
        return Const(owner.value[index.value]) if 0 <= index.value < len(owner.value) else ANYTHING
    if isinstance(owner, Made):
        return item_of(owner)
    return Unknown(
        "a name chosen at run time", dynamic=isinstance(owner, Ref) or (isinstance(owner, Unknown) and owner.dynamic)
    )


def _timer(run: Interpreter, flat: list[Value], _named: dict[str, Value], at: tuple[int, int]) -> Value:
    """`setTimeout`: a function is called later, a text is code."""
    if flat and isinstance(flat[0], Const) and isinstance(flat[0].value, str):
        run.run_source(flat[0].value, at)
    return ANYTHING


def _home(run: Interpreter, _flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    return Const(run.scope.surroundings.home)


def _temporary(_run: Interpreter, _flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    return Const("/tmp")  # noqa: S108 - what os.tmpdir() answers


def _all(_run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    return flat[0] if flat else ANYTHING


def _environment(run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    return environment(run, flat[0]) if flat else ANYTHING


def _resolve(run: Interpreter, flat: list[Value], named: dict[str, Value], at: tuple[int, int]) -> Value:
    return specials.join(run, [specials.cwd(run, [], named, at), *flat], named, at)


_SPECIALS: Final[dict[str, Special]] = {
    "path.join": specials.join, "path.resolve": _resolve, "path.dirname": specials.dirname, "path.normalize": specials.same,
    "process.cwd": specials.cwd, "process.chdir": specials.directory, "os.homedir": _home, "os.tmpdir": _temporary, "·item": _item,
    "setTimeout": _timer, "setInterval": _timer, "setImmediate": _timer, "Promise.all": _all, "Promise.resolve": _all,
    "Promise.allSettled": _all,
    "Object.values": specials.same, "util.promisify": specials.same, "Reflect.get": specials.chosen_attribute, "Deno.env.get": _environment,
    "Reflect.apply": specials.same, "console.log": specials.printed, "console.info": specials.printed, "console.error": specials.printed,
    "process.stdout.write": specials.printed,
}  # fmt: skip

JAVASCRIPT: Final = Library(
    language="JavaScript",
    package="jackline.lower.javascript",
    parse=parse,
    tails=("", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", "/index.js", "/index.ts"),
    builtins=BUILTINS,
    arguments=frozenset({"process.argv", "Deno.args", "Bun.argv"}),
    attributes={"process.env": Made("environment"), "process.platform": Const("linux"), "os.EOL": Const("\n")},
    specials=_SPECIALS,
    folds=FOLDS,
    method=fold_method,
    canonical=canonical,
    module_file=lambda name: name if name.startswith(("./", "../", "/")) else "",
    assigns_outward=True,
    keys_are_attributes=True,
)
