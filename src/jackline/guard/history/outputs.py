"""What a call and its result show of the world: a table of commands, each with what is read in its output.

An output is untrusted text. It is believed only as the answer of the one command that asks: where anything else may have
written into it, names of contexts and of branches are not taken from it.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.guard.history.learned import Learned

MAX_LINES: Final = 5000
MAX_NAMES: Final = 2000
MAX_HEAD: Final = 4096
MAX_TOLD: Final = 32 * 1024
MAX_ASKING: Final = 1024
"""Characters of a command that asks something of the world; a longer one does something else."""


_PLAIN: Final = re.compile(r"^[^;&|<>$`\n]*$")
_QUIET: Final = re.compile(
    r"(?:\s*(?:2>&1|2>\s?/dev/null|\|\s*(?:cat|head(?:\s+-n?\s*\d+)?|tail(?:\s+-n?\s*\d+)?|sort)))+\s*$"
)
_LONG: Final = re.compile(
    r"^([-dlbcps])[rwxsStT-]{9}[.+@]?\s+\d+\s+\S+\s+\S+\s+[\d,]+\s+"
    r"(?:\S+\s+\d+\s+(?:\d{1,2}:\d{2}|\d{4})|\d{4}-\d\d-\d\d\s+\S+(?:\s+[+-]\d{4})?)\s(.+)$"
)
"""A line of `ls -l`: what it is, and its name."""

_CD: Final = re.compile(r"^\s*cd\s+[^;&|<>$`\n]+&&\s*")
_NOT_FOUND: Final = re.compile(
    r"(?m)^(?:.*?: )?(?:line \d+: )?([\w.+-]{1,64}): (?:command )?not found\s*$|command not found: ([\w.+-]{1,64})\s*$"
)
_NO_REPOSITORY: Final = "fatal: not a git repository"
_JOB: Final = re.compile(r"(?m)^\[\d+\]\s+(\d{2,8})\s*$")
_PID: Final = re.compile(r"(?i)\bpid:?\s*=?\s*(\d{2,8})\b")
_NUMBER: Final = re.compile(r"\n[^\S\n]*(\d+)(?:→|\t|: )")
_NO_NUMBER: Final = re.compile(r"\n(?![^\S\n]*\d+(?:→|\t|: ))")
_BACKGROUND: Final = re.compile(r"&\s*(?:$|echo|disown)|\bnohup\b")
_SAFE_VARIABLE: Final = re.compile(
    r"^(?:PATH|SHELL|LANG|TERM|TMPDIR|VIRTUAL_ENV|NODE_ENV|[A-Z_]*ENV|AWS_(?:DEFAULT_)?(?:PROFILE|REGION)|KUBECONFIG|DOCKER_HOST|TF_WORKSPACE)$"
)


def learn(command: str, output: str, cwd: str, learned: Learned, *, succeeded: bool) -> None:
    """What a shell command's output shows. `succeeded`: the transcript does not say that it failed."""
    if "not found" in output[:MAX_HEAD]:
        for found in _NOT_FOUND.finditer(output[:MAX_HEAD]):
            learned.missing.add(found[1] or found[2])
    if ("&" in command or "nohup" in command) and _BACKGROUND.search(command):
        learned.started.update(_JOB.findall(output[:MAX_HEAD]) + _PID.findall(output[:MAX_HEAD]))
    if _NO_REPOSITORY in output and "git" in command:
        learned.tree.known = learned.tree.known or False
    if not succeeded:
        return
    if "git" in command:
        _git_acts(command, cwd, learned)
    if len(command) > MAX_ASKING:
        return
    plain = _CD.sub("", _QUIET.sub("", command.strip())).strip()
    if not _PLAIN.match(plain):
        return
    for pattern, read in _READERS:
        match = pattern.match(plain)
        if match is not None:
            read(match, output, cwd, learned)
            return


def told(text: str, learned: Learned) -> None:
    """The state of the repository that Claude Code puts before a session (`gitStatus`): the client's own text."""
    found = _SNAPSHOT.search(text[:MAX_TOLD])
    if found is None:
        return
    tree = learned.tree
    tree.known, tree.branch, tree.default_branch = True, found["branch"], found["main"] or tree.default_branch
    _short_status(found["status"], learned)


def content_of(command: str, output: str, cwd: str, learned: Learned) -> None:
    """The content of a file that a plain `cat FILE` printed: it stood there before the command ran."""
    found = _CAT.match(_CD.sub("", command.strip())) if len(command) <= MAX_ASKING else None
    if found is not None and "No such file" not in output[:200]:
        learned.contents.put(learned.absolute(found[1].strip("'\""), cwd), output)


def numbered(text: str) -> str | None:
    """A file's text out of a listing with line numbers, None where it is none from its first line."""
    text = f"\n{text}"  # each line begins with the end of another: such patterns are fast
    first = _NUMBER.match(text)
    if first is None or first[1] != "1":
        return None
    below = _NO_NUMBER.search(text)  # what the client adds below the file
    return _NUMBER.sub("\n", text if below is None else text[: below.start()])[1:]


# Git

_SNAPSHOT: Final = re.compile(
    r"gitStatus.{0,400}?^Current branch: (?P<branch>\S+)$(?:.{0,100}?^Main branch[^\n]*: (?P<main>\S+)$)?"
    r".{0,100}?^Status:\n(?P<status>.*?)(?:\n\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
_ADD: Final = re.compile(r"\bgit\s+(?:-C\s+\S+\s+)?add\s+([^;&|\n]+)")
_COMMIT: Final = re.compile(r"\bgit\s+(?:-C\s+\S+\s+|-c\s+\S+\s+)*commit\b([^;&|\n]*)")
_ASIDE: Final = re.compile(
    r"\bgit\s+(?:stash\b(?!\s+(?:pop|apply|list|show|drop))|reset\s+--hard|checkout\s+(?:--\s+)?\.|restore\s+\.)"
)
_NEW_BRANCH: Final = re.compile(r"\bgit\s+(?:checkout\s+-[bB]|switch\s+(?:-c|-C|--create))\s+([\w./-]+)")
_TO_BRANCH: Final = re.compile(r"\bgit\s+(?:checkout|switch)\s+([\w][\w./-]*)\s*(?:$|[;&|\n])")
_INIT: Final = re.compile(r"\bgit\s+init\b")
_ALL: Final = frozenset({"-A", "--all", ".", "-u", "--update", "*", ":/"})


def _git_acts(command: str, cwd: str, learned: Learned) -> None:
    """What git commands that succeeded did to branches and to changes that no commit held."""
    tree = learned.tree
    if _INIT.search(command):
        tree.known = True
    for found in _NEW_BRANCH.finditer(command):
        tree.branch = found[1]
        tree.made_branches.add(found[1])
    for found in _TO_BRANCH.finditer(command):
        if found[1] in tree.made_branches or found[1] in {"main", "master", tree.default_branch}:
            tree.branch = found[1]
    for found in _ADD.finditer(command):
        words = [word.strip("'\"") for word in found[1].split()]
        if _ALL.intersection(words):
            tree.staged.add(learned.workspace)
        tree.staged.update(learned.absolute(word, cwd) for word in words[:MAX_NAMES] if not word.startswith("-"))
    for found in _COMMIT.finditer(command):
        tree.commit(
            everything=re.search(r"(?:^|\s)(?:-[a-z]*a[a-z]*|--all)(?:\s|$)", found[1].split('"')[0]) is not None
        )
    if _ASIDE.search(command):
        tree.reset()


def _status(_match: re.Match[str], output: str, _cwd: str, learned: Learned) -> None:
    tree = learned.tree
    branch = re.search(r"(?m)^(?:On branch |## )([^\s.]+(?:\.[^\s.]+)*)", output)
    if branch is not None:
        tree.known, tree.branch = True, branch[1]
    untracked = False
    for line in output.splitlines()[:MAX_LINES]:
        untracked = untracked or line.startswith("Untracked files:")
        changed = re.match(r"\t(?:modified|new file|deleted|renamed):\s+(.+)$", line)
        if changed is not None:
            _stand(learned, changed[1], "modified")
        elif untracked and line.startswith("\t"):
            _stand(learned, line.strip(), "untracked")
    _short_status(output, learned)


def _short_status(output: str, learned: Learned) -> None:
    """What `git status --short` lists: all changes there are."""
    learned.tree.looked = True
    for line in output.splitlines()[:MAX_LINES]:
        short = re.match(r"^([ MADRCU?!]{2}) (\S.*)$", line)
        if short is not None and short[1].strip() and short[1] != "!!":
            _stand(learned, short[2].strip('"'), "untracked" if short[1] == "??" else "modified")


def _stand(learned: Learned, name: str, standing: str) -> None:
    path = posixpath.normpath(posixpath.join(learned.workspace, name.rpartition(" -> ")[2]))
    learned.tree.mark(path, "untracked" if standing == "untracked" else "modified")


def _branches(_match: re.Match[str], output: str, _cwd: str, learned: Learned) -> None:
    current = re.search(r"(?m)^\* ([\w./-]+)", output)
    if current is not None:
        learned.tree.known, learned.tree.branch = True, current[1]
    head = re.search(r"origin/HEAD -> origin/([\w./-]+)", output)
    if head is not None:
        learned.tree.default_branch = head[1]


def _branch(_match: re.Match[str], output: str, _cwd: str, learned: Learned) -> None:
    name = output.strip()
    if re.fullmatch(r"[\w./-]{1,200}", name):
        learned.tree.known, learned.tree.branch = True, name


def _remotes(_match: re.Match[str], output: str, _cwd: str, learned: Learned) -> None:
    learned.tree.known = True
    for name, address in re.findall(r"(?m)^([\w.-]+)\t(\S+) \(push\)", output)[:16]:
        learned.tree.remotes[name] = address


def _remote_url(_match: re.Match[str], output: str, _cwd: str, learned: Learned) -> None:
    if re.fullmatch(r"\S+", output.strip()):
        learned.tree.remotes["origin"] = output.strip()


# Contexts


def _named(tool: str, key: str) -> Callable[[re.Match[str], str, str, Learned], None]:
    """A reader of an output that is one name."""

    def read(_match: re.Match[str], output: str, cwd: str, learned: Learned) -> None:
        name = output.strip()
        if re.fullmatch(r"[^\s]{1,256}", name):
            where = f"{tool}:{cwd}" if tool == "terraform" else tool
            learned.contexts[where] = {**learned.contexts.get(where, {}), key: name}

    return read


def _chosen(tool: str, key: str) -> Callable[[re.Match[str], str, str, Learned], None]:
    """A command that names what it switches to."""

    def read(match: re.Match[str], _output: str, cwd: str, learned: Learned) -> None:
        where = f"{tool}:{cwd}" if tool == "terraform" else tool
        learned.contexts[where] = {**learned.contexts.get(where, {}), key: match[1].strip("'\"")}

    return read


# Files and variables


def _listing(match: re.Match[str], output: str, cwd: str, learned: Learned) -> None:
    place = learned.absolute((match[1] or ".").strip("'\" "), cwd)
    for line in output.splitlines()[:MAX_NAMES]:
        long = _LONG.match(line)
        name = long[2].partition(" -> ")[0].strip() if long is not None else line.strip()
        if name and name not in {".", ".."} and "/" not in name and (long is not None or " " not in name):
            directory = long is not None and long[1] == "d"
            learned.stands(
                posixpath.join(place, name), "directory" if directory else "file" if "." in name else "unknown"
            )


def _found_files(_match: re.Match[str], output: str, cwd: str, learned: Learned) -> None:
    for line in output.splitlines()[:MAX_NAMES]:
        if line and re.search(r"\.\w{1,8}$", line):
            learned.stands(learned.absolute(line.strip(), cwd))


def _environment(_match: re.Match[str], output: str, _cwd: str, learned: Learned) -> None:
    for name, value in re.findall(r"(?m)^([A-Z_][A-Z0-9_]*)=(.*)$", output)[:MAX_NAMES]:
        if _SAFE_VARIABLE.match(name) and "@" not in value:
            learned.variables[name] = value


_CAT: Final = re.compile(r"^cat\s+(?!-)(\S+|'[^']+'|\"[^\"$`]+\")$")
_READERS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str, str, Learned], None]], ...]] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"git (?:--no-pager )?status\b", _status),
        (r"git (?:--no-pager )?branch --show-current$", _branch),
        (r"git rev-parse --abbrev-ref HEAD$", _branch),
        (r"git (?:--no-pager )?branch(?: -(?:a|r|v+|-all))*$", _branches),
        (r"git remote -v$", _remotes),
        (r"git (?:remote get-url|config --get remote\.)\S*", _remote_url),
        (r"kubectl config current-context$", _named("kube", "context")),
        (r"kubectl config use-context (\S+)$", _chosen("kube", "context")),
        (r"kubectx (\S+)$", _chosen("kube", "context")),
        (r"kubectl config set-context --current --namespace[= ](\S+)$", _chosen("kube", "namespace")),
        (r"(?:terraform|tofu) workspace show$", _named("terraform", "workspace")),
        (r"(?:terraform|tofu) workspace (?:select|new) (\S+)$", _chosen("terraform", "workspace")),
        (r"gcloud config get(?:-value)? project$", _named("gcloud", "project")),
        (r"gcloud config set project (\S+)$", _chosen("gcloud", "project")),
        (r"docker context show$", _named("docker", "context")),
        (r"ls(?: -\w+)*( [^-]\S*)?$", _listing),
        (r"(?:find|fd|rg --files|git ls-files)\b", _found_files),
        (r"(?:env|printenv)$", _environment),
    )
)
"""The commands that ask, each with what reads its answer."""
