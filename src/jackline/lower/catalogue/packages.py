"""Packages that are installed: from a configured registry, from an address, or from files here."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.deferred import late_pattern
from jackline.lower.catalogue.acts import emit_acts
from jackline.lower.catalogue.contents import contents
from jackline.lower.catalogue.endpoints import emit_endpoint, host_and_port
from jackline.lower.places import file_resource
from jackline.lower.places.tables import words

if TYPE_CHECKING:
    from jackline.core.words import Authorship, Label, Reach
    from jackline.lower.catalogue.call import Call
    from jackline.lower.word import Word

_BUILD_FILES: Final = ("setup.py", "pyproject.toml", "setup.cfg", "package.json", "Cargo.toml", "go.mod")
_ADDRESS: Final = late_pattern(
    r"^(?:[a-z0-9.+_-]+ ?@ ?)?(?:git\+|hg\+|svn\+)?(?:https?|ssh|git|ftp)://|^git@|^(?:github|gitlab|bitbucket|gist):"
)
_LOCAL: Final = late_pattern(
    r"^(?:\.{0,2}/|\.{1,2}$|~|(?:@?[\w./-]+@)?(?:file:|link:|portal:|workspace:))|\.(?:whl|tgz|tar\.gz|zip|deb|rpm|gem|crate|nupkg|vsix)$"
)
_VERSION: Final = late_pattern(r"(?<=.)(?:\[[^\]]*\])?(?:@(?!/)[^/]*|[=<>!~;].*)?$")
_REGISTRY: Final[frozenset[Label]] = frozenset({"registry"})
_SYSTEM: Final = frozenset({"apt", "dpkg", "rpm", "pacman", "apk"})
"""Kinds of packages that are the system's."""
_GO_HOSTS: Final = words(
    "github.com gitlab.com bitbucket.org codeberg.org git.sr.ht golang.org google.golang.org cloud.google.com gopkg.in go.uber.org "
    "k8s.io sigs.k8s.io honnef.co mvdan.cc rsc.io gotest.tools modernc.org go.opentelemetry.io go.etcd.io go.mongodb.org "
    "gocloud.dev filippo.io gorm.io gonum.org go.dev connectrpc.com buf.build charm.land dario.cat helm.sh istio.io knative.dev "
    "tailscale.com tinygo.org go.temporal.io go.mozilla.org cuelang.org upspin.io launchpad.net dagger.io entgo.io gioui.org"
)
_SETTINGS: Final = (
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    "bunfig.toml",
    ".config/pip/pip.conf",
    ".pip/pip.conf",
    "pip.conf",
)
_REGISTRY_LINE: Final = late_pattern(
    r"(?:registry|npmRegistryServer|index-url|extra-index-url)[ \t]*[=:]?[ \t]*\"?(https?://[^\s\"]+)"
)
_MAX_REQUIREMENTS: Final = 500
"""Lines of a file of requirements that are read."""
_INDEX_OPTIONS: Final = (
    "index-url",
    "extra-index-url",
    "index",
    "default-index",
    "registry",
    "find-links",
    "source",
    "server",
    "only-server",
    "channel",
)


def install(call: Call, given: Word, kind: str) -> None:
    """Write what installing one package does: `install`, and where it does not come from a configured registry
    the connection and the authorship."""
    text = given.text
    at = call.at(given)
    reach: Reach | None = "system" if kind in _SYSTEM and call.scope.place.here else None
    if call.dry:
        return
    if kind in _SYSTEM and call.scope.place.here and not call.scope.as_root:
        call.emit(
            "grant", "account", "root", at=at, reach="system", reversible="with_undo"
        )  # it has to be root for that
    if text is None:
        shown = "".join(part if isinstance(part, str) else "*" for part in given.parts)
        call.emit(
            "install", "package", f"{kind}:{shown}", at=at, reversible="with_undo", authorship="unknown", reach=reach
        )
    elif _ADDRESS.search(text):
        _from_address(call, text, kind, at)
    elif _LOCAL.search(text) or (kind == "go" and text.startswith(".")) or _made_here(call, given):
        path = call.path(given)
        authorship = _builder(call, path) if call.scope.place.here else "unknown"
        call.emit(
            "install", "package", f"{kind}:{path}", at=at, reversible="with_undo", authorship=authorship, reach=reach
        )
    else:
        name = _VERSION.sub("", text) or text
        foreign = foreign_index(call)
        if kind == "go" and not _known_forge(name):
            foreign = [*foreign, name.partition("/")[0]]
        call.emit(
            "install", "package", f"{kind}:{name}", at=at, reversible="with_undo",
            reach=reach,
            labels=frozenset() if foreign else _REGISTRY, authorship="fetched" if foreign else "none",
        )  # fmt: skip
        for address in foreign:
            emit_endpoint("connect", address, call.scope, at=at)


def _made_here(call: Call, given: Word) -> bool:
    """Whether the name is that of a directory that this very action made: `git clone U x && pip install -e x`."""
    return call.scope.place.here and call.scope.overlay.find(call.path(given)) is not None


def _known_forge(module: str) -> bool:
    """Whether a Go module's path leads to a public forge or a well-known project, not to any machine (go.dev/ref/mod)."""
    host = module.partition("/")[0]
    return (
        "." not in host
        or host in _GO_HOSTS
        or host.endswith((".googlesource.com", ".golang.org", ".google.golang.org"))
    )


def _builder(call: Call, path: str) -> Authorship:
    """Who wrote what a local package builds itself with: its build file where it is a directory, else the file itself."""
    around = call.scope.surroundings
    written = call.scope.overlay.find(path)
    if written is not None:
        return written.authorship
    built = _author_of_a_build(call, path)
    if built is not None:
        return built
    if around.file(path).kind == "directory":
        for name in _BUILD_FILES:
            if around.file(f"{path}/{name}").kind == "file":
                author = around.authorship(f"{path}/{name}")
                return "installed" if author == "unknown" and _builds_by_a_backend(call, f"{path}/{name}") else author
        made = any(call.scope.overlay.find(f"{path}/{name}") is not None for name in _BUILD_FILES)
        if around.listing(path) is not None and not made:
            return "installed"  # a directory without any of these holds nothing that could be installed
    return around.authorship(path)


def _author_of_a_build(call: Call, path: str) -> Authorship | None:
    """Who wrote what an archive in the project's own `dist` was built from; None for others, or such as did not come of it."""
    directory, _, shape = path.rpartition("/")
    place = file_resource(directory, call.scope)
    if "*" in directory or place.reach != "workspace" or "build_output" not in place.labels:
        return None
    around = call.scope.surroundings
    names = [name for name in around.listing(directory) or () if fnmatchcase(name, shape)]
    if call.scope.overlay.below(directory) or any(
        around.authorship(f"{directory}/{name}") in {"fetched", "session"} for name in names
    ):
        return None
    return _builder(call, posixpath.dirname(directory))


def _builds_by_a_backend(call: Call, path: str) -> bool:
    """Whether a pyproject.toml names a build system of the registry, none that lies in the project (PEP 517)."""
    text = call.scope.surroundings.text(path) if path.endswith("/pyproject.toml") else None
    return text is not None and "backend-path" not in text.text and "file:" not in text.text


def install_fetched(call: Call, given: Word, kind: str) -> None:
    """A package is fetched and its program run in one go: installed, where it comes from a configured registry."""
    before = len(call.scope.effects)
    install(call, given, kind)
    name = _VERSION.sub("", given.text or "*") or "*"
    registered = all("registry" in effect.resource.labels for effect in call.scope.effects[before:])
    call.scope.opaque(f"{kind}:{name}", at=call.at(given), authorship="installed" if registered else "fetched")
    emit_acts(name, call.operands.get("argv", [])[1:], call.scope, call.at(given))


def _from_address(call: Call, text: str, kind: str, at: tuple[int, int]) -> None:
    address = text.split("@", 1)[1].strip() if re.match(r"^[\w.-]+ ?@ ?\S+://", text) else text
    for short, host in (
        ("github:", "github.com"),
        ("gitlab:", "gitlab.com"),
        ("bitbucket:", "bitbucket.org"),
        ("gist:", "gist.github.com"),
    ):
        if address.startswith(short):
            address = f"https://{host}/{address.removeprefix(short)}"
    bare = re.sub(r"^(?:git|hg|svn)\+", "", address)
    call.emit("install", "package", f"{kind}:{bare}", at=at, reversible="with_undo", authorship="fetched")
    emit_endpoint("connect", bare, call.scope, at=at)


def foreign_index(call: Call) -> list[str]:
    """Addresses of package indexes given on the command line that no package manager here is configured with."""
    known = call.scope.surroundings.registries()
    given = [value.text or "*" for name in _INDEX_OPTIONS for value in call.arguments.options.get(name, ())]
    given += _written_registries(call)
    return [address for address in given if "://" in address and host_and_port(address)[0] not in known]


def _written_registries(call: Call) -> list[str]:
    """Registries that a settings file names which this very action wrote: `echo registry=… > .npmrc; npm i`."""
    found: list[str] = []
    for name in _SETTINGS if call.scope.overlay.writes and call.scope.place.here else ():
        for directory in (call.cwd, call.scope.surroundings.home):
            written = call.scope.overlay.files.get(f"{directory}/{name}")
            for version in written.versions if written is not None else ():
                found += _REGISTRY_LINE.findall((version.text if version is not None else None) or "")
    return found


def install_named_elsewhere(call: Call, kind: str, at: tuple[int, int]) -> None:
    """What a file names is installed from an index that nothing here is configured with."""
    for address in foreign_index(call):
        call.emit(
            "install", "package", f"{kind}:*", at=at, reversible="with_undo", extent_all=True, authorship="fetched"
        )
        emit_endpoint("connect", address, call.scope, at=at)


def requirements(call: Call) -> None:
    """The files behind `-r`: what they name is installed."""
    if call.values("requirement"):
        install_named_elsewhere(call, "pip", call.at(call.values("requirement")[0]))
    for given in call.values("requirement"):
        if _ADDRESS.search(given.text or ""):
            _from_address(call, given.text or "", "pip", call.at(given))
            continue
        known = False
        for content in contents(call.path(given), call.scope):
            if content.parts is not None and all(isinstance(part, str) for part in content.parts):
                known = True
                _lines(call, given, "".join(str(part) for part in content.parts))
        if not known:
            call.emit(
                "install",
                "package",
                "pip:*",
                at=call.at(given),
                labels=_REGISTRY,
                reversible="with_undo",
                extent_all=True,
            )


def _lines(call: Call, given: Word, text: str) -> None:
    plain = 0
    for raw in text.splitlines()[:_MAX_REQUIREMENTS]:
        line = raw.partition(" #")[0].strip()
        if line.startswith(("-e ", "--editable ")):
            line = line.partition(" ")[2].strip()
        if not line or line.startswith(("#", "-")):
            continue
        if _ADDRESS.search(line) or _LOCAL.search(line.partition(";")[0].strip()):
            install(call, replace(given, parts=(line,)), "pip")
        else:
            plain += 1
    if plain:
        call.emit(
            "install", "package", "pip:*", at=call.at(given), labels=_REGISTRY, reversible="with_undo", extent_all=True
        )
