"""The tools of any agent framework, by the names that people give them.

A name that a client has is taken as the clients' own is (`core.tools`). Beyond it, the usual names of shells, interpreters
and editors are recognised by their words; any other tool is `SERVER/TOOL`: by its own prefix where it has one, else of the
server `framework`, so that lowering reads its name and arguments.
"""

from __future__ import annotations

import re
from typing import Any, Final

from jackline.core.tools import CANONICAL, NATIVE, canonical

Arguments = dict[str, Any]

FRAMEWORK: Final = "framework"


def _words(text: str) -> frozenset[str]:
    """The words of a text: names of tools without what is no letter."""
    return frozenset(text.split())


_SHELLS: Final = _words(
    "bash sh zsh shell terminal powershell pwsh cmd command commandline runbash runshell runcommand runcommands runterminalcmd"
    " runterminalcommand runinterminal executebash executeshell executecommand executeshellcommand executeterminalcommand execbash"
    " execshell execcommand exec shellexec shellcommand shelltool bashtool bashsession bashcommand terminaltool runshellcommand"
    " localshell containerexec sandboxexec developershell system subprocess"
)
_PYTHONS: Final = _words(
    "python python3 pythonrepl pythonreplast pythonrepltool pythoninterpreter pythontool runpython runpythoncode executepython"
    " executepythoncode execpython ipython executeipythoncell runipython jupyter codeinterpreter pythonexec runcode executecode"
)
_READERS: Final = _words("readfile openfile viewfile catfile fileread readtextfile loadfile fileviewer")
_WRITERS: Final = _words("writefile savefile filewrite writetofile createnewfile overwritefile")
_EDITORS: Final = _words("strreplacebasededittool strreplaceeditor strreplaceedittool texteditor editor openhandsedit")
_SQLS: Final = _words("sql runsql executesql sqlquery querydatabase executequery runquery sqldbquery querysql")
_FETCHERS: Final = _words(
    "fetchurl openurl browseurl visiturl geturl readurl fetchwebpage getwebpage visitwebpage webbrowse httpget requestsget"
)
_SILENT: Final = _words(
    "submit finish finalanswer think completetask done attemptcompletion taskcomplete finalresponse reportdone stop respond"
)

_COMMAND: Final = (
    "command", "cmd", "commands", "script", "bash_command", "shell_command", "keystrokes", "code", "input", "query", "arguments", "text",
)  # fmt: skip
_CODE: Final = ("code", "python_code", "script", "source", "query", "command", "input", "cell", "arguments", "text")
_STATEMENT: Final = ("statement", "query", "sql", "command", "input", "arguments")
_URL: Final = ("url", "link", "uri", "href", "webpage", "arguments", "input")
_EDITS: Final = {
    "view": ("read", {}),
    "create": ("write", {"file_text": "content"}),
    "write": ("write", {"file_text": "content"}),
    "str_replace": ("edit", {"old_str": "old", "new_str": "new"}),
    "insert": ("edit", {"insert_text": "new", "new_str": "new"}),
    "undo_edit": ("edit", {}),
}
_PREFIX: Final = re.compile(r"(?:functions|tools|default_api)[./:]")
_SERVED: Final = re.compile(r"([A-Za-z0-9_-]{1,64}?)(?:__|\.|/|::?|-(?=\w+_))([A-Za-z0-9_.-]{1,128})")
_LETTERS: Final = re.compile(r"[^a-z0-9]")
MAX_NAME: Final = 200


def framework_tool(name: str, arguments: Any) -> tuple[str, Arguments]:  # noqa: ANN401 - any JSON
    """The canonical tool and arguments of a framework's call, as `core.tools.canonical` gives them."""
    name = _PREFIX.sub("", name.strip()[:MAX_NAME], count=1) or "unnamed"
    given: Arguments = (
        arguments if isinstance(arguments, dict) else {} if arguments is None else {"arguments": arguments}
    )
    words = _LETTERS.sub("", name.lower())
    if words in _EDITORS:
        return _edited(given)
    for group, tool, target, names in _KINDS:
        if words in group:
            return tool, _under(target, names, given)
    if words in _SILENT:
        return "note", given
    if name in NATIVE or name in CANONICAL or name.startswith("mcp_"):
        return canonical(name, given)
    served = _SERVED.fullmatch(name)
    return (f"{served[1]}/{served[2]}" if served else f"{FRAMEWORK}/{name.replace('/', '_')}"), given


_KINDS: Final = (
    (_SHELLS, "shell", "command", _COMMAND),
    (_PYTHONS, "python", "code", _CODE),
    (_SQLS, "sql", "statement", _STATEMENT),
    (_FETCHERS, "fetch", "url", _URL),
    (_READERS, "read", "path", ("path", "file_path", "filename", "file", "filepath", "arguments", "input")),
    (_WRITERS, "write", "path", ("path", "file_path", "filename", "file", "filepath")),
)
"""Words → tool, its main argument, and the names under which that is given, likeliest first."""


def _under(target: str, names: tuple[str, ...], given: Arguments) -> Arguments:
    """The arguments with the main one under its canonical name; nothing else is lost."""
    if isinstance(given.get(target), str):
        found = target
    else:
        found = next((name for name in names if _is_text(given.get(name)) and given[name]), "")
    if not found:
        return given
    value = given[found]
    rest = {name: each for name, each in given.items() if name not in {found, target}}
    if target in given and found != target:
        rest[found] = given[target]
    text = "\n".join(value) if isinstance(value, list) and target != "path" and found == "commands" else value
    return canonical("bash", {"command": text, **rest})[1] if target == "command" else {target: text, **rest}


def _is_text(value: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(part, str) for part in value))


def _edited(given: Arguments) -> tuple[str, Arguments]:
    """The editor that has one tool for all it does, with the act as its `command`."""
    command = given.get("command")
    found = _EDITS.get(command) if isinstance(command, str) else None
    if found is None:
        return "edit", given
    tool, renames = found
    return tool, {renames.get(key, key): value for key, value in given.items() if key != "command"}
