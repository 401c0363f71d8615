"""Configuration files that are code, or tell what is run: read with the tool that reads them, where no commit vouches for them.

Whoever may write `webpack.config.js` has `webpack` run what it says. In a language that is read here the file is lowered;
of others the words that make them run something are looked for, and such a file is `opaque` as whoever wrote it.
"""

from __future__ import annotations

import posixpath
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from jackline.core.deferred import Deferred
from jackline.lower.catalogue.contents import contents
from jackline.lower.catalogue.roles import run_content, run_file
from jackline.lower.catalogue.special.opening import NOT_COMMITTED, author, known_text, there
from jackline.lower.places.tables import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jackline.lower.catalogue.call import Call
    from jackline.lower.manifests.notebook import Piece


class Reads(NamedTuple):
    """Files that a program reads, with these of its sub-commands only where some are named.

    Without a language, a file that has what `telling` looks for (any, without it) is opaque.
    """

    files: tuple[str, ...]
    language: str = ""
    telling: str = ""
    commands: frozenset[str] = frozenset()


_ENDINGS: Final = (".js", ".cjs", ".mjs", ".ts", ".mts", ".cts")
"""What `.*` at the end of a name stands for below."""
_STYLES: Final = "postcss.config.* tailwind.config.* babel.config.* .babelrc.*"
_COMMANDS: Final = r"\b(?:command|cmd|run|exec|hooks?|script|shell|entrypoint|tasks?)\b"
_CMAKE: Final = (
    r"(?i)\b(?:execute_process|exec_program|add_custom_(?:command|target)|ExternalProject|FetchContent|cmake_language"
    r"|file\s*\(\s*(?:REMOVE|WRITE|APPEND|RENAME|DOWNLOAD|UPLOAD|COPY)|install\s*\(\s*CODE)"
)
_CARGO: Final = r"\b(?:runner|linker|rustc|rustdoc|rustc-wrapper|rustc-workspace-wrapper|credential-provider|alias)\b"
_ZIG: Final = r"addSystemCommand|std\.(?:fs|process|posix|os|net|http)|deleteTree|ChildProcess|@cImport"
_BAZEL: Final = r"status_command|run_under|shell_executable|credential_helper|override_repository"
_BUILDS: Final = "build dev deploy"

_IN_A_LANGUAGE: Final = (
    (
        "webpack webpack-cli webpack-dev-server",
        f"webpack.config.* webpack.common.* webpack.dev.* webpack.prod.* {_STYLES}",
        "javascript",
    ),
    ("vite vitest", f"vite.config.* vitest.config.* vitest.setup.* {_STYLES}", "javascript"),
    ("rollup", "rollup.config.*", "javascript"),
    ("parcel esbuild tsup swc", f"tsup.config.* {_STYLES}", "javascript"),
    ("next", f"next.config.* {_STYLES}", "javascript"),
    ("nuxt nuxi", f"nuxt.config.* {_STYLES}", "javascript"),
    ("astro", f"astro.config.* {_STYLES}", "javascript"),
    ("svelte-kit", "svelte.config.* vite.config.*", "javascript"),
    ("remix gatsby", "remix.config.* gatsby-config.* gatsby-node.*", "javascript"),
    ("ng vue-cli-service react-scripts storybook", f"vue.config.* .storybook/main.* {_STYLES}", "javascript"),
    ("tailwindcss tailwind postcss babel", _STYLES, "javascript"),
    ("eslint", "eslint.config.* .eslintrc.*", "javascript"),
    ("prettier", "prettier.config.* .prettierrc.*", "javascript"),
    ("stylelint", "stylelint.config.* .stylelintrc.*", "javascript"),
    ("tslint", "tslint.*", "javascript"),
    ("playwright", "playwright.config.*", "javascript"),
    ("cypress", "cypress.config.* cypress/support/e2e.*", "javascript"),
    ("jest", "jest.config.* jest.setup.* babel.config.*", "javascript"),
    ("mocha", ".mocharc.*", "javascript"),
    ("karma", "karma.conf.*", "javascript"),
    ("pm2", "ecosystem.config.*", "javascript"),
    ("sphinx-build", "conf.py docs/conf.py docs/source/conf.py source/conf.py", "python"),
    ("gunicorn", "gunicorn.conf.py", "python"),
    ("alembic", "alembic/env.py migrations/env.py", "python"),
    ("flask", "app.py wsgi.py", "python"),
    ("scrapy", "settings.py", "python"),
    ("locust", "locustfile.py", "python"),
    ("behave", "features/environment.py", "python"),
    ("bundle bundler", "Gemfile", "ruby"),
    ("pod", "Podfile", "ruby"),
    ("brew", "Brewfile", "ruby"),
    ("vagrant", "Vagrantfile", "ruby"),
    ("fastlane", "Fastfile fastlane/Fastfile", "ruby"),
    ("guard", "Guardfile", "ruby"),
    ("cap", "Capfile config/deploy.rb", "ruby"),
    ("danger", "Dangerfile", "ruby"),
    ("rspec", "spec/spec_helper.rb spec/rails_helper.rb", "ruby"),
)
_TELLING: Final = (
    ("pm2", "ecosystem.config.*", _COMMANDS, ""),
    ("nodemon", "nodemon.json", _COMMANDS, ""),
    ("bun", "bunfig.toml", "preload", ""),
    ("mkdocs", "mkdocs.yml mkdocs.yaml", r"\bhooks\b|!!python", ""),
    ("rspec", ".rspec", r"(?:-r|--require)\s*[./]", ""),
    ("cmake ctest cpack", "CMakeLists.txt CMakePresets.json", _CMAKE, ""),
    ("autoreconf autoconf", "configure.ac configure.in", r"m4_(?:e?syscmd|esyscmd_s)", ""),
    ("swift", "Package.swift", r"Process\b|\bsystem\s*\(|Foundation|Glibc|Darwin|\bplugin", ""),
    ("zig", "build.zig", _ZIG, ""),
    ("cargo", ".cargo/config.toml .cargo/config", _CARGO, ""),
    ("bazel bazelisk", ".bazelrc", _BAZEL, ""),
    (
        "nix-shell nix nix-build",
        "shell.nix default.nix flake.nix",
        r"shellHook|builtins\.(?:exec|fetch)|\bfetch\w+|url\s*=",
        "",
    ),
    ("dune", "dune", r"\((?:run|system|bash|progn|write-file|copy)\b", ""),
    ("cabal stack", "Setup.hs Setup.lhs", r"import|hooks", ""),
    ("rebar3", "rebar.config rebar.config.script", r"hooks|script", ""),
    ("shards", "shard.yml", "postinstall", ""),
    ("lein", "project.clj", r"#=|shell|sh\b|:prep-tasks|:aliases|:injections", ""),
    ("clojure clj", "deps.edn", r":(?:main-opts|exec-fn|extra-paths)", ""),
    ("xmake", "xmake.lua", r"\bos\.|\bio\.|on_\w+|before_|after_", ""),
    ("premake5 premake", "premake5.lua", r"\bos\.|\bio\.|commands", ""),
    ("b2 bjam", "Jamroot Jamfile", r"SHELL|actions", ""),
    ("air", ".air.toml", _COMMANDS, ""),
    ("goreleaser", ".goreleaser.yml .goreleaser.yaml", _COMMANDS, ""),
    ("netlify ntl", "netlify.toml", _COMMANDS, _BUILDS),
    ("vercel", "vercel.json", r"[cC]ommand", _BUILDS),
    ("wrangler", "wrangler.toml wrangler.jsonc wrangler.json", r"\bcommand\b", ""),
    ("deno", "deno.json deno.jsonc", r"\btasks\b", "task"),
    ("mise", "mise.toml .mise.toml", _COMMANDS, "run r task tasks watch x exec"),
    ("dotnet", "Program.cs", "", "run watch test script"),
    ("dvc", "dvc.yaml", r"\bcmd\b", "repro exp experiments"),
    ("mlflow", "MLproject", "", "run"),
    ("nextflow", "main.nf nextflow.config", "", "run"),
    ("skaffold", "skaffold.yaml", _COMMANDS, ""),
    ("supervisord", "supervisord.conf", _COMMANDS, ""),
    ("gradlew gradle", "gradle/wrapper/gradle-wrapper.properties", "distributionUrl", ""),
    ("gradlew gradle", "gradle.properties", "javaagent", ""),
    ("mvnw mvn", ".mvn/wrapper/maven-wrapper.properties", "distributionUrl", ""),
    ("mvnw mvn", ".mvn/extensions.xml .mvn/jvm.config", "", ""),
    ("modd mill tilt dagger", "modd.conf build.sc build.mill Tiltfile dagger.json", "", ""),
    ("dart flutter", "hook/build.dart tool/build.dart", "", ""),
    ("foreman honcho overmind hivemind goreman", "Procfile", "", ""),
)
"""Programs, what they read in the directory where they run, what in it runs something, and for which sub-commands."""


def _files(names: str) -> tuple[str, ...]:
    return tuple(
        name.removesuffix(".*") + ending
        for name in names.split()
        for ending in (_ENDINGS if name.endswith(".*") else ("",))
    )


def _by_program() -> dict[str, tuple[Reads, ...]]:
    found: dict[str, tuple[Reads, ...]] = {}
    rows = [
        *((programs, Reads(_files(files), language)) for programs, files, language in _IN_A_LANGUAGE),
        *(
            (programs, Reads(_files(files), "", tells, frozenset(when.split())))
            for programs, files, tells, when in _TELLING
        ),
    ]
    for programs, reads in rows:
        for program in programs.split():
            found[program] = (*found.get(program, ()), reads)
    return found


_READS: Final = _by_program()
_GENERATE: Final = re.compile(r"^//go:generate[ \t]+(.+)$", re.MULTILINE)
_OPTIONS: Final = frozenset({"-c", "--config", "--configuration"})
_SERVED: Final = re.compile(r"([\w.]+):[\w.]+(?:\(\))?")
_SERVERS: Final = frozenset(
    {
        "uvicorn",
        "gunicorn",
        "hypercorn",
        "granian",
        "daphne",
        "flask",
        "celery",
        "luigi",
        "rq",
        "dramatiq",
        "django-admin",
        "pytest",
    }
)
"""Programs that import the module of a word `package.module:name`, or the one behind these options."""
_MODULE: Final = frozenset({"-A", "--app", "--module", "--settings", "-p"})


_cells: Final[Callable[[str], list[Piece] | None]] = Deferred("jackline.lower.manifests.notebook", "cells")
_RUNNERS: Final = words(
    "streamlit gradio marimo panel bokeh voila fastapi kernprof locust scalene viztracer austin line_profiler behave"
)
"""Programs that run a Python file that their words name."""
_NAMED: Final = {
    "mitmdump": (".py", "python"), "mitmproxy": (".py", "python"), "mitmweb": (".py", "python"), "blender": (".py", "python"),
    "java": (".java", ""), "dart": (".dart", ""), "kotlin": (".kts", ""), "kotlinc": (".kts", ""), "tcc": (".c", ""),
    "clojure": (".clj", ""), "clj": (".clj", ""), "bb": (".clj", ""), "nvim": (".lua", ""), "dotnet": (".csx", ""),
    "bpftrace": (".bt", ""), "stap": (".stp", ""), "dtrace": (".d", ""),
}  # fmt: skip
"""Programs that run a file with this ending that their words name; without a language, one of this session is opaque."""
_REQUIRES: Final = {
    "ruby": (re.compile(r"-r(.*)"), ".rb", "ruby"), "irb": (re.compile(r"-r(.*)"), ".rb", "ruby"),
    "perl": (re.compile(r"-[Mm](.*)"), ".pm", "perl"),
}  # fmt: skip
_DO_NOT_RUN: Final = frozenset({"format", "analyze", "fix", "doc", "compile", "add", "new", "restore", "-c"})
_NOTEBOOKS: Final = frozenset({"nbconvert", "execute", "run"})


def read_configuration(call: Call) -> None:
    """What the files say that the program reads by itself."""
    _run_by_name(call)
    if call.program == "go" and call.command_words()[:1] == ["generate"]:
        _generated(call)
    if call.program in _REQUIRES:
        _required(call)
    if call.program == "jupyter":
        _notebooks(call)
    if call.program in _SERVERS:
        for path in _modules(call):
            _read(call, path, Reads((), "python"))
    for path in _named(call):
        _read(call, path, Reads((), "javascript"))
    listed: dict[str, frozenset[str] | None] = {}
    acts = {word.text for word in call.command.words[1:3]}
    for reads in _READS.get(call.program, ()):
        for name in reads.files if not reads.commands or reads.commands & acts else ():
            directory, _, base = posixpath.join(call.cwd, name).rpartition("/")
            if directory not in listed:
                listed[directory] = _names(call, directory)
            names = listed[directory]
            if names is None or base in names:
                _read(call, posixpath.join(directory, base), reads)


def _named(call: Call) -> Iterator[str]:
    """Files that the words name as the configuration: `--config FILE`, `-c FILE`, `FILE.config.js`."""
    before = ""
    for word in call.command.words[1:]:
        option, equals, value = word.prefix.partition("=")
        text = value if equals and option in _OPTIONS else word.prefix
        if text.endswith(_ENDINGS) and (equals or before in _OPTIONS or ".config." in text):
            yield posixpath.normpath(posixpath.join(call.cwd, text))
        before = word.prefix


def _names(call: Call, directory: str) -> frozenset[str] | None:
    """What lies in a directory; None where that is not known."""
    found = call.scope.surroundings.listing(directory)
    return frozenset((*found, *call.scope.overlay.below(directory))) if found is not None else None


def _run_by_name(call: Call) -> None:
    """Programs that run a file that their words name."""
    for word in call.command.words[1:] if call.program in _RUNNERS else ():
        if word.prefix.endswith(".py"):
            run_file(call, word, "python")
    ending, language = _NAMED.get(call.program, ("", ""))
    words = call.command.words[1:]
    if not ending or (words and words[0].text in _DO_NOT_RUN):
        return
    for word in words:
        if word.prefix.endswith(ending):
            _read(call, call.path(word), Reads((), language), named=True)


def _generated(call: Call) -> None:
    """`go generate`: the commands that stand behind `//go:generate` in the files of this directory."""
    for name in sorted(_names(call, call.cwd) or ()):
        path = posixpath.join(call.cwd, name)
        for content in contents(path, call.scope) if name.endswith(".go") else ():
            text = known_text(content)
            for command in _GENERATE.findall(text or ""):
                run_content(call, replace(content, parts=(command,)), path, "shell", (), at=call.command.at)


def _required(call: Call) -> None:
    """`ruby -r./x`, `perl -I. -MX`: code that runs before all other, also by `RUBYOPT` and `PERL5OPT`."""
    flags = [word.prefix for word in call.command.words[1:]]
    for name in ("RUBYOPT", "PERL5OPT", "PERL5LIB", "RUBYLIB"):
        given = call.environment.get(name)
        flags += [f"-I{part}" for part in given.prefix.split(":")] if given is not None and name.endswith("LIB") else []
        flags += given.prefix.split() if given is not None and name.endswith("OPT") else []
    shape, ending, language = _REQUIRES[call.program]
    pairs = list(pairwise([*flags, ""]))
    folders = [flag[2:] or following for flag, following in pairs if flag.startswith("-I")]
    for flag, following in pairs:
        found = shape.fullmatch(flag)
        name = (found[1] or following).partition("=")[0].replace("::", "/") if found is not None else ""
        for folder in ("",) if name.startswith(("./", "../", "/")) else folders if name else ():
            path = posixpath.normpath(posixpath.join(call.cwd, folder, name.removesuffix(ending) + ending))
            _read(call, path, Reads((), language), named=True)


def _notebooks(call: Call) -> None:
    """`jupyter execute`, `jupyter run`, and `jupyter nbconvert --execute` run the cells of their notebooks."""
    given = [word.prefix for word in call.command.words[1:]]
    if not _NOTEBOOKS & set(given[:1]) or (given[0] == "nbconvert" and "--execute" not in given):
        return
    for word in call.command.words[2:]:
        path = call.path(word) if word.prefix.endswith((".ipynb", ".py")) else ""
        for content in contents(path, call.scope) if path else ():
            text = known_text(content)
            pieces = _cells(text) if text is not None else None
            for piece in pieces or ():
                if piece.language:
                    run_content(
                        call, replace(content, parts=(piece.code,)), path, piece.language, (), at=call.command.at
                    )
            if pieces is None or any(not piece.language for piece in pieces):
                call.scope.opaque(path, at=call.command.at, authorship=content.authorship)


def _modules(call: Call) -> Iterator[str]:
    before = ""
    for word in call.command.words[1:]:
        text = word.text or ""
        option, equals, value = text.partition("=")
        found = _SERVED.fullmatch(value if equals else text)
        if found is not None or (before if not equals else option) in _MODULE:
            module = found[1] if found is not None else (value or text).removesuffix(".py")
            path = posixpath.join(call.cwd, module.replace(".", "/"))
            yield from (f"{path}.py", posixpath.join(path, "__init__.py"))
        before = text


def _read(call: Call, path: str, reads: Reads, *, named: bool = False) -> None:
    """`named`: the words name it, so that it is read whoever wrote it, as a script is."""
    authorship = author(call, path)
    if authorship not in NOT_COMMITTED and not (named and reads.language and there(call, path)):
        return
    for content in contents(path, call.scope):
        text = known_text(content)
        if reads.language and text is not None:
            run_content(call, content, path, reads.language, (), at=call.command.at)
        elif text is None or not reads.telling or re.search(reads.telling, text) is not None:
            call.scope.opaque(path, at=call.command.at, authorship=authorship)


CONFIGURED: Final = frozenset(_READS) | _SERVERS | _RUNNERS | _NAMED.keys() | _REQUIRES.keys() | {"jupyter", "go"}
