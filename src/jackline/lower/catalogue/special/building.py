"""Build tools that run what the project's own files say: make, just, cmake, cargo, go, and task runners."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.contents import Content, contents
from jackline.lower.catalogue.roles import run_content
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.core.words import Authorship
    from jackline.lower.catalogue.call import Call

_JUSTFILES: Final = ("justfile", "Justfile", ".justfile")
_FILES: Final[dict[str, tuple[str, ...]]] = {
    "rake": ("Rakefile",), "task": ("Taskfile.yml", "Taskfile.yaml"), "go-task": ("Taskfile.yml",), "tox": ("tox.ini", "pyproject.toml"),
    "nox": ("noxfile.py",), "invoke": ("tasks.py",), "inv": ("tasks.py",), "fab": ("fabfile.py",), "doit": ("dodo.py",),
    "gulp": ("gulpfile.js", "gulpfile.mjs"), "grunt": ("Gruntfile.js",), "scons": ("SConstruct",), "ant": ("build.xml",),
    "ninja": ("build.ninja",), "meson": ("meson.build",), "bazel": ("BUILD", "BUILD.bazel", "WORKSPACE"), "earthly": ("Earthfile",),
    "gradle": ("build.gradle", "build.gradle.kts", "settings.gradle"), "mvn": ("pom.xml",), "sbt": ("build.sbt",), "mage": ("magefile.go",),
    "gradlew": ("build.gradle", "build.gradle.kts"), "mvnw": ("pom.xml",), "rails": ("Rakefile", "config/application.rb"),
    "mix": ("mix.exs",), "composer": ("composer.json",), "dotnet": (), "stack": ("Setup.hs",), "tilt": ("Tiltfile",),
    "skaffold": ("skaffold.yaml",), "waf": ("wscript",), "autoconf": ("configure.ac",), "configure": ("configure",),
}  # fmt: skip
"""The files that tell these runners what to do."""
_WRITTEN_HERE: Final = frozenset({"session", "fetched"})
_TOOLS: Final = {"remove_directory": ("rm", "-rf"), "rm": ("rm",), "remove": ("rm", "-f"), "copy": ("cp",), "rename": ("mv",),
                 "copy_directory": ("cp", "-r"), "make_directory": ("mkdir", "-p"), "touch": ("touch",), "env": ("env",),
                 "create_symlink": ("ln", "-s"), "create_hardlink": ("ln",), "time": ("time",), "tar": ("tar",), "cat": ("cat",),
                 "copy_if_different": ("cp",)}  # fmt: skip
"""What `cmake -E TOOL` does, as the program that does the same (cmake(1))."""


def author(call: Call, path: str) -> Authorship:
    """Who wrote a file, what this action writes included."""
    written = call.scope.overlay.find(path)
    return written.authorship if written is not None else call.scope.surroundings.authorship(path)


def _first(call: Call, names: tuple[str, ...], given: str) -> str:
    """The file that is used: the one that was given, else the first name that is there; empty where none is."""
    option = call.value(given)
    if option is not None:
        return call.path(option)
    if not call.scope.place.here:
        return posixpath.join(call.cwd, names[-1])
    for name in names:
        path = posixpath.join(call.cwd, name)
        if call.scope.overlay.find(path) is not None or call.scope.surroundings.file(path).kind == "file":
            return path
    unknown = posixpath.join(call.cwd, names[-1])
    return unknown if call.scope.surroundings.file(unknown).kind == "unknown" else ""


def just(call: Call) -> None:
    """A recipe of the justfile: its lines where they are plain, else opaque with the file's authorship."""
    if call.value("command") is not None:
        call.output = call.run([*call.values("command"), *call.arguments.rest])
        return
    path = _first(call, _JUSTFILES, "file")
    if not path:
        return
    recipe = call.text("recipe")
    for content in contents(path, call.scope):
        lines = _recipe(content, recipe)
        if lines is None:
            call.scope.opaque(posixpath.basename(path), at=call.command.at, authorship=content.authorship)
            continue
        for line in lines:
            run_content(call, Content((line,), content.authorship, content.digest), path, "shell", ())


def _recipe(content: Content, name: str) -> list[str] | None:
    text = content.parts[0] if content.parts and len(content.parts) == 1 else None
    if not isinstance(text, str) or not name:
        return None
    match = re.search(
        rf"^@?{re.escape(name)}[^\n:=]*:(?!=)([^\n]*)\n((?:[ \t]+[^\n]*\n?|[ \t]*\n)+)", text + "\n", re.MULTILINE
    )
    if match is None or match[1].strip() or "{{" in match[2] or re.match(r"\s*#!", match[2]):
        return None
    return [line.strip().lstrip("@-") for line in match[2].splitlines() if line.strip()]


def cmake(call: Call) -> None:
    """`cmake -E TOOL` is a small tool of its own."""
    tool = call.value("E")
    if tool is None or tool.text not in _TOOLS:
        return
    spelled = [Word((part,), *call.at(tool)) for part in _TOOLS[tool.text]]
    call.output = call.run([*spelled, *call.arguments.rest])


def project_tasks(call: Call) -> None:
    """What these runners run stands in a file of the project: opaque with its authorship, where that is not a commit's."""
    option = call.value("file")
    paths = (
        [call.path(option)]
        if option is not None
        else [posixpath.join(call.cwd, name) for name in _FILES.get(call.program, ())]
    )
    for path in paths:
        authorship = author(call, path) if call.scope.place.here else "unknown"
        if authorship in _WRITTEN_HERE:
            call.scope.opaque(posixpath.basename(path), at=call.command.at, authorship=authorship)


def playbook(call: Call) -> None:
    """A playbook's authorship is that of its file; the entry says `committed` where nothing else is known."""
    for given in call.values("playbook"):
        authorship = author(call, call.path(given)) if call.scope.place.here else "unknown"
        if authorship in _WRITTEN_HERE and not call.dry:
            call.scope.opaque(given.shown, at=call.at(given), authorship=authorship)


def cargo_build(call: Call) -> None:
    """build.rs runs at every build, the program and its tests at `run` and `test`."""
    names = ["build.rs"]
    if call.command_words()[:1] and call.command_words()[0] in {"run", "r", "test", "t", "bench", "nextest", "miri"}:
        names += ["src/main.rs", "src/lib.rs"]
    _sources(call, names)


def go_run(call: Call) -> None:
    """The files or packages that are run; `go test` runs the tests beside the code."""
    names: list[str] = []
    for word in call.values("data"):
        text = word.text or "."
        if text.endswith(".go"):
            names.append(text)
        elif text.startswith(".") or "/" not in text:
            directory = call.path(Word((text.removesuffix("...") or ".",)))
            listing = call.scope.surroundings.listing(directory) if call.scope.place.here else None
            names += [posixpath.join(directory, name) for name in listing or () if name.endswith(".go")]
        if call.command_words() == ["run"]:
            break
    _sources(call, names)


def _sources(call: Call, names: list[str]) -> None:
    for name in names:
        path = posixpath.normpath(posixpath.join(call.cwd, name))
        authorship = author(call, path) if call.scope.place.here else "unknown"
        if authorship in _WRITTEN_HERE:
            call.scope.opaque(path, at=call.command.at, authorship=authorship)
            return
