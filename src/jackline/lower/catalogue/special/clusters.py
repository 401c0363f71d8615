"""kubectl's files: which objects a manifest holds, so that `apply -f` and `delete -f` are judged by them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final

from jackline.core.effect import Resource
from jackline.lower.catalogue.contents import Content
from jackline.lower.catalogue.endpoints import emit_endpoint
from jackline.lower.catalogue.special.opening import NOT_COMMITTED, Opened, author, not_followed, opened
from jackline.lower.catalogue.special.rendering import (
    REMOTE,
    UNKNOWN_VALUE,
    Names,
    kustomization,
    rendered,
    would_create,
)
from jackline.lower.manifests.yamldoc import documents, listing, mapping, true
from jackline.lower.overlay import authorship_of
from jackline.lower.word import Word, weakest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.lower.catalogue.call import Call
    from jackline.lower.word import Data

_ENDINGS: Final = (".yaml", ".yml", ".json")
_MAX_FILES: Final = 40
_MAX_OBJECTS: Final = 100
_RIGHTS: Final = frozenset({"clusterrolebinding", "rolebinding", "clusterrole", "role", "serviceaccount"})
_WITH_ALL_IN_THEM: Final = frozenset(
    {"namespace", "persistentvolumeclaim", "persistentvolume", "customresourcedefinition"}
)
"""Kinds whose end is the end of what they hold."""


def files(call: Call) -> None:
    """Each object of the files behind `-f` and `-k`."""
    if call.dry:
        would_create(call)
    if call.dry or not call.scope.place.here:
        return
    count = 0
    for names, version in _files(call):
        whole = documents(version.text)
        if whole is None:
            not_followed(call, version.path, version.content.authorship)
        for found in _objects(whole or []):
            count += 1
            if count > _MAX_OBJECTS:
                call.scope.opaque(
                    f"more objects in {version.path}", at=call.command.at, authorship=version.content.authorship
                )
                return
            _object(call, found, names, version)


def _files(call: Call) -> Iterator[tuple[Names, Opened]]:
    for word in call.arguments.options.get("filename", []):
        yield from _named(call, word)
    for word in call.arguments.options.get("kustomize", []):
        yield from kustomization(call, word.text or "", Names(), 0)


def _named(call: Call, word: Word) -> Iterator[tuple[Names, Opened]]:
    if word.text == "-":
        yield from _printed(call, call.command.stdin)
    elif word.text is not None and REMOTE.match(word.text):
        emit_endpoint("connect", word.text, call.scope, at=call.at(word))
    else:
        path = call.path(word)
        written = call.scope.overlay.files.get(path)
        for version in written.versions if written is not None else ():
            if version is not None and version.renders:
                yield from _printed(call, version)
                return
        yield from ((Names(), found) for found in _below(call, path))


def _printed(call: Call, data: Data) -> Iterator[tuple[Names, Opened]]:
    """Objects that this action prints, as text or by the words that print them."""
    if data.text is not None:
        yield Names(), Opened("-", data.text, Content((data.text,), authorship_of(data)))
    elif data.renders[:1] in {("kustomize",), ("helm",)}:
        yield from rendered(call, data.renders)
    elif data.renders:
        where = [word for key in ("context", "namespace") if (text := call.text(key)) for word in (f"--{key}", text)]
        call.run(
            [Word((text,), *call.command.at, origin="trusted") for text in (data.renders[0], *where, *data.renders[1:])]
        )
    else:
        call.scope.opaque(
            data.source or data.fetched or "the standard input", at=call.command.at, authorship=authorship_of(data)
        )


def _below(call: Call, path: str) -> Iterator[Opened]:
    if call.scope.surroundings.file(path).kind != "directory":
        yield from opened(call, path)
        return
    names = [name for name in call.scope.surroundings.listing(path) or () if name.endswith(_ENDINGS)]
    for name in names[:_MAX_FILES]:
        yield from opened(call, posixpath.join(path, name))
    if len(names) > _MAX_FILES:
        authors = [author(call, posixpath.join(path, name)) for name in names[_MAX_FILES:]]
        not_followed(call, f"more of {path}", weakest(authors))


def _objects(whole: list[Any]) -> Iterator[dict[str, Any]]:
    for document in whole:
        one = mapping(document)
        if isinstance(one.get("items"), list) and str(one.get("kind", "")).endswith("List"):
            yield from (mapping(item) for item in one["items"])
        elif one:
            yield one


def _said(value: object) -> str:
    """A name in a manifest; one that a chart's values make up is any."""
    text = str(value or "*")
    return "*" if UNKNOWN_VALUE in text else text


def _object(call: Call, found: dict[str, Any], names: Names, version: Opened) -> None:
    metadata = mapping(found.get("metadata"))
    kind = _said(found.get("kind")).lower()
    name = f"{names.before}{_said(metadata.get('name') or metadata.get('generateName'))}{names.behind}"
    inside = (
        names.namespace or call.text("namespace") or (_said(metadata["namespace"]) if metadata.get("namespace") else "")
    )
    context = call.text("context") or next((word.text or "*" for word in call.values("@kube.context")), "*")
    full = f"kube/{context}/{inside or 'default'}/{kind}/{name}"
    if call.command_words()[0] == "delete":
        whole = kind in _WITH_ALL_IN_THEM
        call.emit(
            "delete",
            "infrastructure",
            full,
            reversible="no",
            extent_all=whole,
            labels=frozenset({"tree"}) if whole else frozenset(),
        )
        return
    call.emit(
        "create" if call.command_words()[0] in {"apply", "create"} else "modify",
        "infrastructure",
        full,
        reversible="with_undo",
    )
    if kind in _RIGHTS:
        call.emit("grant", "account", f"kube/{context}/{name}", reach="remote", reversible="with_undo")
    elif version.content.authorship in NOT_COMMITTED and _takes_its_machine(found, 0):
        resource = Resource("account", f"kube/{context}/node", call.environment_of("infrastructure", full), "remote")
        call.scope.emit("grant", resource, at=call.command.at, reversible="with_undo")


def _takes_its_machine(value: Any, depth: int) -> bool:  # noqa: ANN401 - YAML
    """Whether a pod in it is privileged, or gets a directory or a namespace of the machine that it runs on."""
    if depth > 16 or not isinstance(value, (dict, list)):  # noqa: PLR2004 - a pod in a cron job is nine deep
        return False
    if isinstance(value, dict):
        if any(
            true(value.get(key)) or value.get(key) == UNKNOWN_VALUE for key in ("privileged", "hostPID", "hostIPC")
        ) or isinstance(value.get("hostPath"), dict):
            return True
        return any(_takes_its_machine(inner, depth + 1) for inner in value.values())
    return any(_takes_its_machine(inner, depth + 1) for inner in listing(value))
