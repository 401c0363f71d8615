"""What prints a cluster's objects: kustomize(1), `helm template`, `kubectl create --dry-run`.

What they print is not computed. It keeps the words that print it (`Data.renders`), and whoever hands it to a cluster is
judged by the objects that the kustomization or the chart holds, each as far as it can be read.
"""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.lower.catalogue.endpoints import emit_endpoint
from jackline.lower.catalogue.special.opening import Opened, author, first_of, not_followed, opened
from jackline.lower.manifests.yamldoc import documents, listing, mapping, texts
from jackline.lower.word import Data, weakest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jackline.lower.catalogue.call import Call

UNKNOWN_VALUE: Final = "\N{WHITE CIRCLE}"
"""Stands for what a chart's values put into a text."""
REMOTE: Final = re.compile(r"(?:https?|git|ssh|oci)://|git@|github\.com/")
_KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_GENERATED: Final = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
_PLUGINS: Final = ("helmCharts", "generators", "transformers")
_TEMPLATES: Final = (".yaml", ".yml", ".tpl")
_MAX_TEMPLATES: Final = 40
_MAX_DEPTH: Final = 8
_CONTROL: Final = re.compile(r"^[ \t]*\{\{-?\s*(?:/\*.*?\*/|[^{}]*?)\s*-?\}\}[ \t]*(?:\n|\Z)", re.MULTILINE | re.DOTALL)
_VALUE: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_OUTPUT: Final = re.compile(r"-o\S*|--output\S*|--dry-run\S*")


class Names(NamedTuple):
    """What a kustomization makes of its objects' names; empty where it says nothing of them."""

    namespace: str = ""
    before: str = ""
    behind: str = ""


def kustomize(call: Call) -> None:
    """`kustomize build DIRECTORY` prints a kustomization's objects; so does `kubectl kustomize DIRECTORY`."""
    if call.text("act") == "build" and call.value("output") is None:
        _prints(call, "kustomize", call.text("data") or ".")


def kubectl_prints(call: Call) -> None:
    """`kubectl kustomize DIRECTORY`."""
    if call.command_words()[:1] == ["kustomize"]:
        _prints(call, "kustomize", call.text("kind") or ".")


def helm(call: Call) -> None:
    """`helm template [NAME] CHART` prints a chart's objects."""
    if call.command_words()[:1] == ["template"] and call.value("output-dir") is None:
        words = [word.text for name in ("act", "name") for word in call.values(name)]
        if words and words[-1]:
            _prints(call, "helm", words[-1])


def would_create(call: Call) -> None:
    """`kubectl create --dry-run=client -o yaml …` prints what it would make: the same words, without these two, make it."""
    words = [word.text for word in call.command.words]
    if call.value("output") is None or any(word is None for word in words):
        return
    kept: list[str] = []
    skip = False
    for word in words:
        text = word or ""
        if not skip and not _OUTPUT.fullmatch(text):
            kept.append(text)
        skip = not skip and text in {"-o", "--output"}
    call.output = Data(origin="trusted", renders=tuple(kept))


def _prints(call: Call, program: str, source: str) -> None:
    remote = REMOTE.match(source) or (
        program == "helm" and not source.startswith((".", "/")) and not _is_there(call, source)
    )
    where = source if remote else posixpath.normpath(posixpath.join(call.cwd, source))
    call.output = Data(origin="trusted", renders=(program, where))


def _is_there(call: Call, source: str) -> bool:
    return call.scope.surroundings.file(posixpath.normpath(posixpath.join(call.cwd, source))).kind == "directory"


def rendered(call: Call, words: Sequence[str]) -> Iterator[tuple[Names, Opened]]:
    """The objects that a command prints."""
    program, source = words[0], words[1]
    if program == "kustomize":
        yield from kustomization(call, source, Names(), 0)
    else:
        yield from ((Names(), found) for found in _chart(call, source))


def kustomization(call: Call, source: str, outer: Names, depth: int) -> Iterator[tuple[Names, Opened]]:
    """A kustomization's resources, in the namespace that the outermost one sets."""
    if REMOTE.match(source):
        emit_endpoint("connect", source, call.scope, at=call.command.at)
        call.scope.opaque(source, at=call.command.at, authorship="fetched")
        return
    directory = posixpath.normpath(posixpath.join(call.cwd, source))
    cwd, call.cwd = call.cwd, directory
    path = first_of(call, _KUSTOMIZATIONS) if depth < _MAX_DEPTH else ""
    call.cwd = cwd
    if not path:
        not_followed(call, directory, author(call, directory))
    for version in opened(call, path) if path else ():
        whole = mapping((documents(version.text) or [None])[0])
        inner = _inner(whole, outer)
        if not whole or any(whole.get(plugin) for plugin in _PLUGINS):
            not_followed(call, path, version.content.authorship)
        for key, kind in _GENERATED.items():
            for one in listing(whole.get(key)):
                text = json.dumps({"kind": kind, "metadata": {"name": mapping(one).get("name")}})
                yield inner, Opened(path, text, version.content)
        for resource in [item for key in ("resources", "bases", "components") for item in texts(whole.get(key))]:
            below = posixpath.normpath(posixpath.join(directory, resource))
            if REMOTE.match(resource) or call.scope.surroundings.file(below).kind == "directory":
                yield from kustomization(call, resource if REMOTE.match(resource) else below, inner, depth + 1)
            else:
                yield from ((inner, found) for found in opened(call, below))


def _inner(whole: dict[str, object], outer: Names) -> Names:
    namespace, before, behind = (
        value if isinstance(value := whole.get(key), str) else "" for key in ("namespace", "namePrefix", "nameSuffix")
    )
    return Names(outer.namespace or namespace, outer.before + before, behind + outer.behind)


def _chart(call: Call, source: str) -> Iterator[Opened]:
    """A chart's templates with their values left open, and every branch of theirs taken."""
    if not source.startswith("/"):
        call.scope.opaque(source, at=call.command.at, authorship="fetched")
        return
    paths = [
        path for below in ("templates", "crds") for path in _below(call, posixpath.join(source, below))
        if path.endswith(_TEMPLATES) and not posixpath.basename(path).startswith("_")
    ]  # fmt: skip
    left = [*paths[_MAX_TEMPLATES:], *_below(call, posixpath.join(source, "charts"))]
    if left or not paths:
        authors = [author(call, path) for path in left or [posixpath.join(source, "Chart.yaml")]]
        not_followed(call, source, weakest(authors))
    for path in paths[:_MAX_TEMPLATES]:
        for found in opened(call, path):
            call.scope.bounds.step(1 + len(found.text) // 256)
            text = _VALUE.sub(UNKNOWN_VALUE, _CONTROL.sub("", found.text))
            yield found._replace(text=text)


def _below(call: Call, directory: str) -> list[str]:
    names = {*(call.scope.surroundings.listing(directory) or ()), *call.scope.overlay.below(directory)}
    return [posixpath.join(directory, name) for name in sorted(names)]
