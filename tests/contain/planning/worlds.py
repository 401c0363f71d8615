"""A host as a value, and effects on it: what the tests of planning plan for."""

from __future__ import annotations

from hypothesis import strategies as st

from jackline.contain.planning.clients import pieces
from jackline.contain.planning.host import Found, Host, at_home
from jackline.contain.planning.outfit import Command, Session
from jackline.contain.planning.tables import SECRETS, SYSTEM, TOOLCHAINS
from jackline.core.effect import Effect, Resource

HOME = "/home/ada"
WORKSPACE = "/home/ada/work/app"
PROTECTED = ("/home/ada/.config/jackline", "/home/ada/.local/state/jackline", "/run/user/1000/jackline")
FOLDER = "/home/ada/.local/state/jackline/sessions/s1"
SESSION = Session(
    WORKSPACE, FOLDER + "/view", FOLDER, FOLDER + "/door", {"jackline-hook": "/usr/lib/jl/jackline-hook"}, PROTECTED
)
COMMAND = Command(
    ("true",), WORKSPACE, {"PATH": "/usr/bin", "GITHUB_TOKEN": "x", "LD_PRELOAD": "/tmp/x.so", "TERM": "xterm"}
)

FILES = (
    "notes.txt", ".ssh/id_ed25519", ".ssh/config", ".aws/credentials", ".netrc", ".bashrc", "docs/a.txt", "docs/.env",
    "docs/deep/b.txt", "other/app/.env", "other/app/main.py", ".claude.json", ".claude/settings.json",
    ".claude/.credentials.json", ".gitconfig", ".config/jackline/config.toml", ".local/state/jackline/ledger.db",
)  # fmt: skip
DIRECTORIES = (
    "", "docs", "docs/deep", "other", "other/app", ".ssh", ".aws", ".claude", ".claude/projects", ".config", ".config/jackline",
    ".local", ".local/bin", ".local/state", ".local/state/jackline", "work", "work/app", ".nvm",
)  # fmt: skip
SYSTEM_FILES = (
    "/etc/shadow",
    "/etc/passwd",
    "/usr/bin/env",
    "/var/log/syslog",
    "/data/report.csv",
    "/proc/1/environ",
    "/dev/sda",
)
SYSTEM_DIRECTORIES = ("/", "/etc", "/home", "/var", "/var/log", "/data", "/run", "/tmp", *SYSTEM)
LINKS = {HOME + "/latest": HOME + "/.ssh", HOME + "/link.txt": "/etc/shadow"}
SOCKETS = ("/run/docker.sock", HOME + "/docs/agent.sock")


def host(client: str = "claude") -> Host:
    """A user's machine."""
    known = {
        **{f"{HOME}/{name}": Found("file", f"{HOME}/{name}", 100) for name in FILES},
        **{f"{HOME}/{name}".rstrip("/"): Found("directory", f"{HOME}/{name}".rstrip("/")) for name in DIRECTORIES},
        **{name: Found("file", name, 100) for name in SYSTEM_FILES},
        **{name: Found("directory", name) for name in SYSTEM_DIRECTORIES},
        **{name: Found("directory" if real.endswith("ssh") else "file", real) for name, real in LINKS.items()},
        **{name: Found("other", name) for name in SOCKETS},
    }
    hidden = {
        f"{HOME}/docs": (f"{HOME}/docs/.env", f"{HOME}/docs/agent.sock"), f"{HOME}/docs/deep": (),
        f"{HOME}/other": (f"{HOME}/other/app/.env",), f"{HOME}/other/app": (f"{HOME}/other/app/.env",),
        "/data": (), "/var/log": (),
    }  # fmt: skip
    path = ("/usr/bin", f"{HOME}/.local/bin", f"{HOME}/.nvm/versions/bin", WORKSPACE + "/node_modules/.bin", "/tmp/bin")
    return Host(
        HOME, "ada", 1000, 1000, path, path, "/bin/bash", known, hidden, frozenset({f"{HOME}/.gitconfig"}),
        pieces(client, HOME, WORKSPACE, {}),
    )  # fmt: skip


def file(verb: str, name: str, *labels: str) -> Effect:
    """An effect on a file; `~/` is the home."""
    return Effect(verb, Resource("file", at_home(HOME, name), labels=frozenset(labels)))


def effects() -> st.SearchStrategy[list[Effect]]:
    """Effects on what is there, what is not, what is a link, and what is no path at all."""
    there = [f"{HOME}/{name}".rstrip("/") for name in (*FILES, *DIRECTORIES)]
    names = st.one_of(
        st.sampled_from(
            [*there, *SYSTEM_FILES, *SYSTEM_DIRECTORIES, *LINKS, *SOCKETS, *PROTECTED, FOLDER, FOLDER + "/view"]
        ),
        st.sampled_from(
            [f"{HOME}/docs/new.txt", f"{HOME}/new/x", f"{HOME}/.ssh/new", f"{HOME}/latest/new", "/data/new", "/tmp/x"]
        ),
        st.sampled_from([at_home(HOME, each) for each in (*SECRETS, *TOOLCHAINS)]),
        st.sampled_from(
            [
                "*",
                "",
                "relative",
                f"{HOME}/../root/x",
                f"{HOME}//docs",
                f"{HOME}/docs/*",
                f"{HOME}/docs/\0",
                "//etc/shadow",
            ]
        ),
        st.text(max_size=20).map(lambda text: f"{HOME}/{text}"),
    )
    one = st.builds(
        lambda verb, kind, name, labels: Effect(verb, Resource(kind, name, labels=labels)),
        st.sampled_from(
            ["read", "create", "modify", "delete", "execute", "configure", "persist", "grant", "connect", "opaque"]
        ),
        st.sampled_from(["file", "file", "file", "file", "process", "endpoint", "secret", "guard"]),
        names,
        st.frozensets(st.sampled_from(["tree", "secret", "temporary"]), max_size=2),
    )
    return st.lists(one, max_size=8)
