"""Hypothesis strategies: pieces of shell texts, put together as the grammar allows."""

from __future__ import annotations

from hypothesis import strategies as st

SETTING = "unset u; x='a b'; y=; z=p/q.r; a=(1 '2 3'); n=3; set -- P 'Q R'; "
"""What the variables in the fragments are."""

NAMES = st.sampled_from(["x", "y", "z", "u", "n", "a", "1", "2", "3", "@", "#", "a[1]", "a[@]"])
BARE = st.text("abc12./:,=@%+-_", min_size=1, max_size=4)
SPACED = st.text("ab '\"\\$`{}*?[]~#;&|<>()!\n\t", max_size=5)
PATTERN = st.sampled_from(["a", "*", "?", "*b", "a*", "[ab]", "[!a]", "*/", ".*", "''", "\\*", '"a"', "p*q", ""])


def single(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def ansi(text: str) -> str:
    return "$'" + "".join(f"\\x{ord(char):02x}" if char in "'\\\n\t$" else char for char in text) + "'"


def double(text: str) -> str:
    return '"' + "".join("\\" + char if char in '"\\$`' else char for char in text) + '"'


def escaped(text: str) -> str:
    return "".join("\\" + char if char != "\n" else "'\n'" for char in text)


@st.composite
def parameters(draw):
    name = draw(NAMES)
    simple = name.isalnum() or name in "@*#"
    operator = draw(
        st.sampled_from(
            ["", ":-", "-", ":+", "+", "#", "##", "%", "%%", "/", "//", "/#", "/%", "^", "^^", ",", ",,", ":", "len"]
        )
    )
    if operator == "" and simple and len(name) == 1:
        return f"${name}"
    if name == "#":
        return "$#"
    if operator == "len":
        return "${#" + name + "}"
    if operator in {":-", "-", ":+", "+"}:
        return "${" + name + operator + draw(st.one_of(BARE, SPACED.map(single), SPACED.map(double))) + "}"
    if operator == ":":
        start = draw(st.integers(0, 3))
        return "${" + name + f":{start}" + draw(st.sampled_from(["", ":1", ":2"])) + "}"
    if operator.startswith("/"):
        pattern = draw(PATTERN.filter(lambda text: "/" not in text))
        return "${" + name + operator + pattern + draw(st.sampled_from(["", "/", "/X", "/'Y Z'"])) + "}"
    return "${" + name + operator + draw(PATTERN) + "}"


def codes(words):
    return st.lists(words, min_size=1, max_size=2).map(lambda found: "$(printf '%s ' " + " ".join(found) + ")")


ARITHMETIC = st.recursive(
    st.one_of(st.integers(0, 9).map(str), st.just("n"), st.just("$n")),
    lambda inner: st.tuples(
        inner, st.sampled_from(["+", "-", "*", "<", "==", "&&", "||", "&", "|", "^", ","]), inner
    ).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
    max_leaves=4,
).map(lambda text: f"$(({text}))")

BRACES = st.one_of(
    st.lists(BARE, min_size=2, max_size=3).map(lambda found: "{" + ",".join(found) + "}"),
    st.tuples(st.integers(-2, 3), st.integers(-2, 5)).map(lambda ends: f"{{{ends[0]}..{ends[1]}}}"),
    st.sampled_from(["{a..d}", "{01..3}", "{a}", "{", "}", "{}", "{,}", "{a,{b,c}}", "{x,'y z'}"]),
)


def quoted(words):
    """Something in double quotes that is expanded."""
    return st.lists(st.one_of(SPACED.map(lambda text: double(text)[1:-1]), parameters(), words), max_size=3).map(
        lambda found: '"' + "".join(found) + '"'
    )


PIECES = st.recursive(
    st.one_of(
        BARE,
        SPACED.map(single),
        SPACED.map(double),
        SPACED.map(ansi),
        SPACED.map(escaped),
        parameters(),
        ARITHMETIC,
        BRACES,
    ),
    lambda inner: st.one_of(codes(inner), quoted(codes(inner))),
    max_leaves=4,
)
WORDS = st.lists(PIECES, min_size=1, max_size=3).map("".join)


@st.composite
def commands(draw, depth: int = 2):
    """A command that prints its words, in some of the shapes that commands have."""
    words = draw(st.lists(WORDS, min_size=1, max_size=3))
    text = "printf '<%s>' " + " ".join(words)
    shape = draw(
        st.sampled_from(["plain"] * 4 + ["group", "subshell", "function", "eval", "if", "for", "and", "pipe", "here"])
    )
    if depth == 0 or shape == "plain":
        return text
    inner = draw(commands(depth=depth - 1))
    return {
        "group": f"{{ {text}; {inner}; }}",
        "subshell": f"({text}; {inner})",
        "function": f"f{depth}() {{ {text}; {inner}; }}; f{depth} A 'B C'",
        "eval": f"eval {single(inner)}",
        "if": f"if true; then {text}; else {inner}; fi",
        "for": f"for v in {' '.join(words)}; do printf '[%s]' \"$v\"; {inner}; done",
        "and": f"{text} && {inner} || echo no",
        "pipe": f"{text} | {{ IFS= read -r line; printf '(%s)' \"$line\"; {inner}; }}",
        "here": f"IFS= read -r line <<< {words[0]}; printf '(%s)' \"$line\"; {inner}",
    }[shape]
