"""Build tools that run what the project's own files say: make, just, cmake, cargo, go, and task runners."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.acts import emit_acts
from jackline.lower.catalogue.packages import install
from jackline.lower.catalogue.special.compiling import built
from jackline.lower.catalogue.special.opening import NOT_COMMITTED, author, not_followed, opened
from jackline.lower.catalogue.special.world import World
from jackline.lower.catalogue.store import program
from jackline.lower.manifests.playbook import tasks
from jackline.lower.manifests.tasks import filled
from jackline.lower.overlay import authorship_of
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call

_FILES: Final[dict[str, tuple[str, ...]]] = {
    "rake": ("Rakefile",), "task": ("Taskfile.yml", "Taskfile.yaml"), "go-task": ("Taskfile.yml",), "tox": ("tox.ini", "pyproject.toml"),
    "nox": ("noxfile.py",), "invoke": ("tasks.py",), "inv": ("tasks.py",), "fab": ("fabfile.py",), "doit": ("dodo.py",),
    "gulp": ("gulpfile.js", "gulpfile.mjs"), "grunt": ("Gruntfile.js",), "scons": ("SConstruct",), "ant": ("build.xml",),
    "ninja": ("build.ninja",), "meson": ("meson.build",), "bazel": ("BUILD", "BUILD.bazel", "WORKSPACE"), "earthly": ("Earthfile",),
    "gradle": ("build.gradle", "build.gradle.kts", "settings.gradle"), "mvn": ("pom.xml",), "sbt": ("build.sbt",), "mage": ("magefile.go",),
    "gradlew": ("build.gradle", "build.gradle.kts"), "mvnw": ("pom.xml",), "rails": ("Rakefile", "config/application.rb"),
    "mix": ("mix.exs",), "composer": ("composer.json",), "dotnet": (), "stack": ("Setup.hs",), "tilt": ("Tiltfile",),
    "skaffold": ("skaffold.yaml",),
    "clj": ("deps.edn",), "clojure": ("deps.edn",), "waf": ("wscript",), "autoconf": ("configure.ac",), "configure": ("configure",),
}  # fmt: skip
"""The files that tell these runners what to do."""
_TEMPLATE: Final = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_TOOLS: Final = {"remove_directory": ("rm", "-rf"), "rm": ("rm",), "remove": ("rm", "-f"), "copy": ("cp",), "rename": ("mv",),
                 "copy_directory": ("cp", "-r"), "make_directory": ("mkdir", "-p"), "touch": ("touch",), "env": ("env",),
                 "create_symlink": ("ln", "-s"), "create_hardlink": ("ln",), "time": ("time",), "tar": ("tar",), "cat": ("cat",),
                 "copy_if_different": ("cp",)}  # fmt: skip
"""What `cmake -E TOOL` does, as the program that does the same (cmake(1))."""


def cmake(call: Call) -> None:
    """`cmake -E TOOL` is a small tool of its own."""
    tool = call.value("E")
    target = call.value("build")
    if target is not None:
        built(call, call.path(target), ("CMakeLists.txt",))
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
        if authorship in NOT_COMMITTED:
            call.scope.opaque(posixpath.basename(path), at=call.command.at, authorship=authorship)


def playbook(call: Call) -> None:
    """The tasks that run on this machine, line by line; all else is opaque with the playbook's authorship."""
    everywhere_here = call.text("connection") == "local" or call.text("c") == "local"
    for given in call.values("playbook"):
        for version in opened(call, call.path(given)) if not call.dry and call.scope.place.here else ():
            found = tasks(version.text)
            if found is None or not found[1] or any(not task.code for task in found[0]):
                not_followed(call, version.path, version.content.authorship)
            world = World(call, version.content.authorship, version.path, version.content.digest)
            for task in found[0] if found is not None else ():
                if task.code and (task.here or everywhere_here):
                    world.run(filled(task.code, _TEMPLATE, lambda _: None, world))
                elif task.code and version.content.authorship in NOT_COMMITTED:
                    call.scope.opaque(task.code[:60], at=call.at(given), authorship=version.content.authorship)


def cargo_build(call: Call) -> None:
    """build.rs runs at every build, the program and its tests at `run` and `test`."""
    built(call, posixpath.join(call.cwd, "target"), ("Cargo.toml",))
    names = ["build.rs"]
    if call.command_words()[:1] and call.command_words()[0] in {"run", "r", "test", "t", "bench", "nextest", "miri"}:
        names += ["src/main.rs", "src/lib.rs"]
    _sources(call, names)


def _run_fetched(call: Call, given: Word, module: str) -> None:
    """`go run MODULE@VERSION ARGS…`: one that the catalogue knows by its last name is judged as itself."""
    arguments = call.operands.get("arguments", [])
    name = posixpath.basename(module.partition("@")[0])
    install(call, given, "go")
    if program(name) is not None:
        call.output = call.run([Word((name,), given.start, given.end), *arguments])
    else:
        call.scope.opaque(f"go:{module}", at=call.at(given), authorship="installed")
        emit_acts(name, arguments, call.scope, call.at(given))


def go_run(call: Call) -> None:
    """The files or packages that are run; `go test` runs the tests beside the code."""
    names: list[str] = []
    for word in call.values("data"):
        text = word.text or "."
        if text == "-":
            call.scope.opaque("go code", at=call.command.at, authorship=authorship_of(call.command.stdin))
            return
        if "." in text.partition("/")[0].strip(".") and "/" in text:  # a module that is fetched and run
            _run_fetched(call, word, text)
            break
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
        if authorship in NOT_COMMITTED:
            call.scope.opaque(path, at=call.command.at, authorship=authorship)
            return
