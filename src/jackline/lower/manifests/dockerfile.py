"""Dockerfiles (Dockerfile reference): instructions, with continued lines and here-documents put together."""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

MAX_INSTRUCTIONS: Final = 500
_INSTRUCTION: Final = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_FLAG: Final = re.compile(r"--([\w-]+)(?:=(\S+))?\s+")
_ESCAPE: Final = re.compile(r"\A(?:#[^\n]*\n)*?#\s*escape\s*=\s*`", re.IGNORECASE)
_HEREDOC: Final = re.compile(r"<<(-?)([\"']?)(\w+)\2")


class Instruction(NamedTuple):
    """`RUN --network=none make`. `words` is the JSON form, else empty; `documents` are here-documents by their names."""

    name: str
    flags: dict[str, str]
    text: str
    words: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


def instructions(text: str) -> list[Instruction] | None:
    """All instructions; None where the text is no Dockerfile."""
    escape = "`" if _ESCAPE.match(text) else "\\"
    lines = iter(text.split("\n"))
    found: list[Instruction] = []
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        whole = line.rstrip()
        while whole.endswith(escape):
            whole = whole[:-1] + " " if escape == "`" else whole[:-1]
            following = next((later for later in lines if later.strip() and not later.lstrip().startswith("#")), None)
            if following is None:
                break
            whole += following.rstrip()
        match = _INSTRUCTION.fullmatch(whole)
        if match is None or len(found) >= MAX_INSTRUCTIONS:
            return None
        documents = []
        if match[1].upper() in {"RUN", "COPY", "ADD"}:
            for mark in _HEREDOC.finditer(match[2]):
                body: list[str] = []
                for later in lines:
                    if later.strip() == mark[3]:
                        break
                    body.append(later.lstrip("\t") if mark[1] else later)
                documents.append("\n".join(body) + "\n")
        found.append(_instruction(match[1].upper(), match[2].strip(), tuple(documents)))
    return found


def _instruction(name: str, rest: str, documents: tuple[str, ...]) -> Instruction:
    flags: dict[str, str] = {}
    while (flag := _FLAG.match(rest)) is not None:
        flags[flag[1]] = flags[flag[1]] + " " + (flag[2] or "") if flag[1] in flags else flag[2] or ""
        rest = rest[flag.end() :]
    return Instruction(name, flags, rest, _json(rest), documents)


def _json(text: str) -> tuple[str, ...]:
    if not text.startswith("["):
        return ()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(value) if isinstance(value, list) and all(isinstance(word, str) for word in value) else ()
