"""Files: opened, read, written, removed, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower import files
from jackline.lower.places import file_resource
from jackline.lower.program.values import ANYTHING, Const, Items, Made, Unknown, Value, text_value
from jackline.lower.word import Data, Hole, Word

if TYPE_CHECKING:
    from jackline.lower.program.acts.site import Act, CallSite
    from jackline.lower.scope import Scope


def _delete(call: CallSite) -> Value:
    for path in call.paths(0):
        files.emit_delete(path, call.scope, at=call.at)
    return Const(None)


def _delete_tree(call: CallSite) -> Value:
    files.emit_delete(call.path(0), call.scope, at=call.at, recursive=True)
    return Const(None)


def _move(call: CallSite) -> Value:
    files.emit_move(call.path(0), call.path(1), call.scope, at=call.at)
    return call.value(1) or ANYTHING


def _copy(call: CallSite) -> Value:
    files.emit_read(call.path(0), call.scope, at=call.at)
    files.emit_write(call.path(1), call.scope, at=call.at, emptied=call.path(0) == "/dev/null")
    if "*" not in call.path(0) + call.path(1):
        call.scope.overlay.copy(call.path(0), call.path(1), certain=call.scope.certainty == "certain")
    return call.value(1) or ANYTHING


def _copy_tree(call: CallSite) -> Value:
    files.emit_copy(call.path(0), call.path(1), call.scope, recursive=True, contents=True, at=call.at)
    return call.value(1) or ANYTHING


def _archive(call: CallSite) -> Value:
    """`shutil.make_archive`: a suffix follows from the format."""
    files.emit_read(call.path(1) if call.value(1) else call.scope.cwd, call.scope, recursive=True, at=call.at)
    files.emit_write(f"{call.path(0)}.*", call.scope, at=call.at)
    return ANYTHING


def _write(call: CallSite) -> Value:
    content = _content(call)
    for path in call.paths(0):
        edited = _was_read(call.scope, path) and (
            content is None or files.keeps_most(path, content.text or "", call.scope)
        )
        emptied = content is not None and content.text == ""
        files.emit_write(path, call.scope, at=call.at, emptied=emptied, appended=edited)
        keep(call.scope, path, content)
    return ANYTHING


def _was_read(scope: Scope, path: str) -> bool:
    """Whether this action has read the file, or each of these, so that what is written and not known is an edit of it."""
    return path.partition("*")[0].strip("/") != "" and any(
        effect.verb == "read" and effect.resource.kind == "file" and effect.resource.name == path
        for effect in scope.effects
    )


def _content(call: CallSite) -> Data | None:
    """What is written, where it stands beside the path as a text: `p.write_text("…")`, `writeFileSync(p, "…")`."""
    index = 0 if call.specs and call.specs[0] == "self" else 1
    value = call.positional[index] if index < len(call.positional) else call.named.get("data")
    if not (isinstance(value, Const) and isinstance(value.value, str | bytes)):
        return None
    text = value.value if isinstance(value.value, str) else value.value.decode("utf-8", "surrogateescape")
    return Data(text, origin="user", empty=not text)


def keep(scope: Scope, path: str, content: Data | None = None, *, fetched: str = "", append: bool = False) -> None:
    """Remember what the program wrote, for what is run later in the same action; unknown text is this session's too."""
    if "*" in path or not scope.place.here:
        return
    certain = scope.certainty == "certain"
    if content is not None:
        scope.overlay.write(path, content, append=append, certain=certain)
    else:
        scope.overlay.unknown(path, "fetched" if fetched else "session")


def _append(call: CallSite) -> Value:
    files.emit_append(call.path(0), call.scope, at=call.at)
    keep(call.scope, call.path(0))
    return ANYTHING


def _log(call: CallSite) -> Value:
    """A log is appended to, where a file is named for it."""
    return _append(call) if call.value(0) else ANYTHING


def _read(call: CallSite) -> Value:
    path = call.path(0)
    files.emit_read(path, call.scope, at=call.at)
    known = call.scope.surroundings.text(path)
    return Const(known.text) if known is not None else Unknown(f"the content of {path}")


def _empty(call: CallSite) -> Value:
    files.emit_delete(call.path(0), call.scope, at=call.at)
    return ANYTHING


def _mkdir(call: CallSite) -> Value:
    files.emit_mkdir(call.path(0), call.scope, at=call.at)
    return ANYTHING


def _list(call: CallSite) -> Value:
    files.emit_read(
        call.path(0) if call.value(0) else call.scope.cwd or call.scope.surroundings.cwd, call.scope, at=call.at
    )
    return ANYTHING


def _entries(call: CallSite) -> Value:
    """`os.walk`, `Path.iterdir`: something below the root comes out, in whatever shape it is unpacked."""
    path = call.path(0)
    files.emit_read(path, call.scope, at=call.at)
    return Items((Made("pathlib.Path", (text_value(Word((path.rstrip("*") + "/", Hole("an entry")))),)),))


def _names(call: CallSite) -> Value:
    """Node's `readdir`: the names in a directory, without it."""
    files.emit_read(call.path(0), call.scope, at=call.at)
    return Items((text_value(Word((Hole("an entry", one_word=True),))),))


def _glob(call: CallSite) -> Value:
    """The paths that a pattern matches: each below the pattern's fixed beginning."""
    pattern = call.word(len(call.specs) - 1)
    fixed = pattern.prefix
    for mark in "*?[":
        fixed = fixed.partition(mark)[0]
    base = call.path(0).rstrip("*").rstrip("/") + "/" if len(call.specs) > 1 else ""
    suffix = (pattern.text or "").rpartition("*")[2]
    entry = text_value(Word((base + fixed, Hole("a match", one_word=True), *((suffix,) if suffix else ()))))
    return Items((Made("pathlib.Path", (entry,)),))


def _open(call: CallSite) -> Value:
    mode_value = call.value(1) or call.named.get("mode")
    mode = mode_value.value if isinstance(mode_value, Const) and isinstance(mode_value.value, str) else "r"
    if mode_value is not None and not (isinstance(mode_value, Const) and isinstance(mode_value.value, str)):
        mode = "r+" if not isinstance(mode_value, Const) else "r"
    path = call.path(0)
    if "w" in mode:
        files.emit_write(path, call.scope, at=call.at)
    elif "a" in mode or "+" in mode:
        files.emit_append(path, call.scope, at=call.at)
    elif "x" in mode:
        files.emit_write(path, call.scope, at=call.at)
    if set(mode) & set("wax+"):
        keep(call.scope, path)
    else:
        files.emit_read(path, call.scope, at=call.at)
    return Made("file", (text_value(Word((path,))), Const(mode)))


def _fill(call: CallSite) -> Value:
    """What is written into a file that was opened to be written whole: where it was made from what stood there, an edit."""
    path, value = call.path(0), call.value(1)
    if not isinstance(call.value(0), Made) or not _was_read(call.scope, path) or value is None:
        return ANYTHING
    text = _known_text(value)
    if files.keeps_most(path, text, call.scope) if text is not None else isinstance(value, Unknown):
        files.take_for_edit(path, call.scope)
    return ANYTHING


def _known_text(value: Value) -> str | None:
    """The text of a value, or of several one after the other; None where it is not known or none."""
    if isinstance(value, Items):
        texts = [_known_text(item) for item in value.items]
        return "".join(text for text in texts if text is not None) if None not in texts else None
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else None


def closed_at_once(owner: Value, scope: Scope, at: tuple[int, int]) -> None:
    """`open(path, "w").close()`: nothing is written, so the file is emptied."""
    if not (isinstance(owner, Made) and owner.type == "file" and len(owner.arguments) > 1):
        return
    path, mode = owner.arguments[:2]
    if isinstance(mode, Const) and isinstance(mode.value, str) and mode.value.startswith("w"):
        name = path.value if isinstance(path, Const) else None
        if isinstance(name, str):
            files.emit_write(name, scope, at=at, emptied=True)


def _stream(call: CallSite) -> Value:
    """A file that is opened for writing, whatever is written to it."""
    path = call.path(0)
    files.emit_write(path, call.scope, at=call.at)
    keep(call.scope, path)
    return Made("file", (text_value(Word((path,))), Const("w")))


def _os_open(call: CallSite) -> Value:
    files.emit_write(call.path(0), call.scope, at=call.at)
    return ANYTHING


def _chmod(call: CallSite) -> Value:
    mode = call.value(1)
    text = f"{mode.value:o}" if isinstance(mode, Const) and isinstance(mode.value, int) else "777"
    files.emit_chmod(call.path(0), text, call.scope, at=call.at)
    return ANYTHING


def _chown(call: CallSite) -> Value:
    call.scope.emit("grant", file_resource(call.path(0), call.scope), at=call.at, reversible="with_undo")
    return ANYTHING


def _link(call: CallSite) -> Value:
    files.emit_link(call.path(0), call.path(1), call.scope, at=call.at)
    return ANYTHING


def _symlink(call: CallSite) -> Value:
    files.emit_link(call.path(0), call.path(1), call.scope, symbolic=True, at=call.at)
    return ANYTHING


ACTS: Final[dict[str, Act]] = {
    "delete": _delete,
    "delete-tree": _delete_tree,
    "move": _move,
    "archive": _archive,
    "copy": _copy,
    "copy-tree": _copy_tree,
    "write": _write,
    "append": _append,
    "read": _read,
    "empty": _empty,
    "mkdir": _mkdir,
    "list": _list,
    "walk": _entries,
    "glob": _glob,
    "entries": _names,
    "open": _open,
    "fill": _fill,
    "os-open": _os_open,
    "stream": _stream,
    "chmod": _chmod,
    "chown": _chown,
    "link": _link,
    "log": _log,
    "symlink": _symlink,
}
