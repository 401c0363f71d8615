"""kubectl's files: which objects a manifest holds, so that `apply -f` and `delete -f` are judged by them."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, Final

from jackline.core.effect import Resource
from jackline.lower.catalogue.contents import Content
from jackline.lower.catalogue.endpoints import emit_endpoint
from jackline.lower.catalogue.special.opening import NOT_COMMITTED, Opened, author, first_of, not_followed, opened
from jackline.lower.manifests.yamldoc import documents, listing, mapping, texts, true
from jackline.lower.overlay import authorship_of
from jackline.lower.word import weakest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.lower.catalogue.call import Call
    from jackline.lower.word import Word

_ENDINGS: Final = (".yaml", ".yml", ".json")
_KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MAX_FILES: Final = 40
_MAX_OBJECTS: Final = 100
_URL: Final = re.compile(r"(?:https?|git|ssh)://|git@|github\.com/")
_RIGHTS: Final = frozenset({"clusterrolebinding", "rolebinding", "clusterrole", "role", "serviceaccount"})
_WITH_ALL_IN_THEM: Final = frozenset(
    {"namespace", "persistentvolumeclaim", "persistentvolume", "customresourcedefinition"}
)
"""Kinds whose end is the end of what they hold."""


def files(call: Call) -> None:
    """Each object of the files behind `-f` and `-k`."""
    if call.dry or not call.scope.place.here:
        return
    count = 0
    for namespace, version in _files(call):
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
            _object(call, found, namespace, version)


def _files(call: Call) -> Iterator[tuple[str, Opened]]:
    kustomized = call.arguments.options.get("kustomize", [])
    for word in call.arguments.options.get("filename", []):
        yield from (("", version) for version in _named(call, word))
    for word in kustomized:
        yield from _kustomized(call, word.text or "", "", 0)


def _named(call: Call, word: Word) -> Iterator[Opened]:
    if word.text == "-":
        stdin = call.command.stdin
        if stdin.text is not None:
            yield Opened("-", stdin.text, Content((stdin.text,), authorship_of(stdin)))
    elif word.text is not None and _URL.match(word.text):
        emit_endpoint("connect", word.text, call.scope, at=call.at(word))
    else:
        yield from _below(call, call.path(word))


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


def _kustomized(call: Call, source: str, namespace: str, depth: int) -> Iterator[tuple[str, Opened]]:
    """A kustomization's resources, with the namespace that the outermost one sets."""
    if _URL.match(source):
        emit_endpoint("connect", source, call.scope, at=call.command.at)
        return
    directory = posixpath.normpath(posixpath.join(call.cwd, source))
    cwd, call.cwd = call.cwd, directory
    path = first_of(call, _KUSTOMIZATIONS) if depth < 8 else ""  # noqa: PLR2004 - bases of bases
    call.cwd = cwd
    for version in opened(call, path) if path else ():
        whole = mapping((documents(version.text) or [None])[0])
        inner = namespace or (whole["namespace"] if isinstance(whole.get("namespace"), str) else "")
        for resource in [*texts(whole.get("resources")), *texts(whole.get("bases"))]:
            below = posixpath.normpath(posixpath.join(directory, resource))
            if _URL.match(resource) or call.scope.surroundings.file(below).kind == "directory":
                yield from _kustomized(call, resource if _URL.match(resource) else below, inner, depth + 1)
            else:
                yield from ((inner, found) for found in opened(call, below))


def _objects(whole: list[Any]) -> Iterator[dict[str, Any]]:
    for document in whole:
        one = mapping(document)
        if isinstance(one.get("items"), list) and str(one.get("kind", "")).endswith("List"):
            yield from (mapping(item) for item in one["items"])
        elif one:
            yield one


def _object(call: Call, found: dict[str, Any], namespace: str, version: Opened) -> None:
    metadata = mapping(found.get("metadata"))
    kind = str(found.get("kind") or "*").lower()
    name = str(metadata.get("name") or metadata.get("generateName") or "*")
    inside = namespace or call.text("namespace") or str(metadata.get("namespace") or "")
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
        if any(true(value.get(key)) for key in ("privileged", "hostPID", "hostIPC")) or isinstance(
            value.get("hostPath"), dict
        ):
            return True
        return any(_takes_its_machine(inner, depth + 1) for inner in value.values())
    return any(_takes_its_machine(inner, depth + 1) for inner in listing(value))
