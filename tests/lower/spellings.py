"""Other spellings of the same Python, JavaScript and SQL: the same acts by other words, composed."""

from __future__ import annotations

import base64
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

MAX_WRAPS = 3


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


# ------------------------------------------------------------------------------------------------------------ Python
PYTHON_ACTS = (
    ("os", "remove", ("a.db",)), ("os", "unlink", ("/srv/data",)), ("shutil", "rmtree", ("photos",)),
    ("os", "rename", ("a.db", "b.db")), ("os", "system", ("rm -rf photos",)), ("shutil", "copy", ("/home/u/.ssh/id_rsa", "k")),
    ("os", "chmod", ("run.sh", 0o777)), ("subprocess", "getoutput", ("git push --force origin main",)),
)  # fmt: skip
PYTHON_TEXTS = (
    repr,
    lambda text: f"{text[:2]!r} + {text[2:]!r}",
    lambda text: f"{text[::-1]!r}[::-1]",
    lambda text: f"bytes.fromhex({text.encode().hex()!r}).decode()",
    lambda text: f"''.join(map(chr, {[ord(char) for char in text]}))",
    lambda text: f"__import__('base64').b64decode({encoded(text)!r}).decode()",
    lambda text: f"'%s' % {text!r}",
    lambda text: f"''.join([{text[:1]!r}, {text[1:]!r}])",
    lambda text: f"{('#' + text)!r}.replace('#', '')",
    lambda text: f"{text!r}.strip()",
)
PYTHON_CALLS = (
    lambda m, f, a: f"import {m}\n{m}.{f}({a})",
    lambda m, f, a: f"import {m} as other\nother.{f}({a})",
    lambda m, f, a: f"from {m} import {f}\n{f}({a})",
    lambda m, f, a: f"from {m} import {f} as other\nother({a})",
    lambda m, f, a: f"from {m} import *\n{f}({a})",
    lambda m, f, a: f"__import__({m!r}).{f}({a})",
    lambda m, f, a: f"getattr(__import__({m!r}), {f!r})({a})",
    lambda m, f, a: f"getattr(__import__({m[:1]!r} + {m[1:]!r}), {f[:2]!r} + {f[2:]!r})({a})",
    lambda m, f, a: f"import importlib\nimportlib.import_module({m!r}).{f}({a})",
    lambda m, f, a: f"import {m}\ng = {m}.{f}\ng({a})",
    lambda m, f, a: f"import {m}\n(lambda *given: {m}.{f}(*given))({a})",
    lambda m, f, a: f"import {m}\n{{'k': {m}.{f}}}['k']({a})",
    lambda m, f, a: f"import {m}, functools\nfunctools.partial({m}.{f}, {a})()",
    lambda m, f, a: f"import {m}\n{m}.__dict__[{f!r}]({a})",
    lambda m, f, a: f"import {m}\nx = [{m}.{f}]\nx[0]({a})",
)
PYTHON_WRAPS = (
    lambda code: f"def go():\n{indented(code)}\ngo()",
    lambda code: f"if True:\n{indented(code)}",
    lambda code: f"for _ in range(1):\n{indented(code)}",
    lambda code: f"try:\n{indented(code)}\nfinally:\n    pass",
    lambda code: f"try:\n    1 / 0\nexcept ZeroDivisionError:\n{indented(code)}",
    lambda code: f"class K:\n{indented(code)}",
    lambda code: f"while True:\n{indented(code)}\n    break",
    lambda code: f"exec({code!r})",
    lambda code: f"exec(compile({code!r}, 'x', 'exec'))",
    lambda code: f"import base64\nexec(base64.b64decode({encoded(code)!r}))",
    lambda code: f"import asyncio\nasync def main():\n{indented(code)}\nasyncio.run(main())",
    lambda code: f"code = {code!r}\nexec(code)",
    lambda code: f"# rm\nx = 1\n{code}",
)  # fmt: skip
PYTHON_RUNS = (
    lambda code: f"python3 -c {shlex.quote(code)}",
    lambda code: f"python3 - <<'END'\n{code}\nEND\n",
    lambda code: f"echo {encoded(code)} | base64 -d | python3",
    lambda code: f"cat > w.py <<'END'\n{code}\nEND\npython3 w.py",
    lambda code: f"printf %s {shlex.quote(code)} > w.py && python3 ./w.py",
    lambda code: f"python3 <<< {shlex.quote(code)}",
    lambda code: f"bash -c {shlex.quote(f'python3 -c {shlex.quote(code)}')}",
)

# -------------------------------------------------------------------------------------------------------- JavaScript
JAVASCRIPT_ACTS = (
    ("fs", "unlinkSync", ("a.db",)), ("fs", "rmSync", ("photos",)), ("fs", "renameSync", ("a.db", "b.db")),
    ("child_process", "execSync", ("rm -rf photos",)), ("fs", "copyFileSync", ("/home/u/.ssh/id_rsa", "k")),
)  # fmt: skip
JAVASCRIPT_TEXTS = (
    repr,
    lambda text: f"{text[:2]!r} + {text[2:]!r}",
    lambda text: f"`${{{text[:1]!r}}}{text[1:]}`",
    lambda text: f"[{text[:1]!r}, {text[1:]!r}].join('')",
    lambda text: f"Buffer.from({encoded(text)!r}, 'base64').toString()",
    lambda text: f"atob({encoded(text)!r})",
    lambda text: f"{('#' + text)!r}.replace('#', '')",
    lambda text: f"{text!r}.concat('')",
)
JAVASCRIPT_CALLS = (
    lambda m, f, a: f"require({m!r}).{f}({a})",
    lambda m, f, a: f"require('node:{m}').{f}({a})",
    lambda m, f, a: f"const m = require({m!r}); m.{f}({a})",
    lambda m, f, a: f"const {{ {f} }} = require({m!r}); {f}({a})",
    lambda m, f, a: f"const {{ {f}: g }} = require({m!r}); g({a})",
    lambda m, f, a: f"require({m!r})[{f!r}]({a})",
    lambda m, f, a: f"require({m[:1]!r} + {m[1:]!r})[{f[:2]!r} + {f[2:]!r}]({a})",
    lambda m, f, a: f"const g = require({m!r}).{f}; g({a})",
    lambda m, f, a: f"const m = require({m!r}); ((...given) => m.{f}(...given))({a})",
    lambda m, f, a: f"const m = require({m!r}); m.{f}.call(m, {a})",
    lambda m, f, a: f"const t = {{ k: require({m!r}).{f} }}; t.k({a})",
)
JAVASCRIPT_WRAPS = (
    lambda code: f"function go() {{ {code} }} go()",
    lambda code: f"(() => {{ {code} }})()",
    lambda code: f"if (true) {{ {code} }}",
    lambda code: f"for (const _ of [1]) {{ {code} }}",
    lambda code: f"try {{ {code} }} finally {{ }}",
    lambda code: f"try {{ throw 1 }} catch (e) {{ {code} }}",
    lambda code: f"[1].forEach(() => {{ {code} }})",
    lambda code: f"async function main() {{ {code} }} main()",
    lambda code: f"eval({code!r})" if "'" not in code else f"(function () {{ {code} }})()",
    lambda code: f"setTimeout(() => {{ {code} }}, 0)",
    lambda code: f"// rm\nlet x = 1; {code}",
    lambda code: f"process.nextTick(() => {{ {code} }})",
)
JAVASCRIPT_RUNS = (
    lambda code: f"node -e {shlex.quote(code)}",
    lambda code: f"node <<'END'\n{code}\nEND\n",
    lambda code: f"echo {encoded(code)} | base64 -d | node",
    lambda code: f"cat > w.js <<'END'\n{code}\nEND\nnode w.js",
    lambda code: f"bash -c {shlex.quote(f'node -e {shlex.quote(code)}')}",
)

# --------------------------------------------------------------------------------------------------------------- SQL
SQL_ACTS = (
    "DELETE FROM users", "DROP TABLE users", "TRUNCATE users", "UPDATE users SET admin = true", "DROP DATABASE shop",
    "GRANT ALL ON users TO bob", "ALTER TABLE users DROP COLUMN email", "DELETE FROM users WHERE id = 3",
)  # fmt: skip
SQL_SPELLINGS = (
    str,
    str.lower,
    lambda text: text.replace(" ", "\n\t "),
    lambda text: text.replace(" ", " /* a */ "),
    lambda text: text.replace(" ", " -- rm\n"),
    lambda text: f"/* x */ {text} ;",
    lambda text: text.replace("users", '"users"'),
    lambda text: f"  {text} -- SELECT 1",
)
SQL_WRAPS = (
    lambda text: f"BEGIN; {text}; COMMIT",
    lambda text: f"SELECT 1; {text}",
    lambda text: f"{text}; SELECT 1",
    lambda text: f"SET x = 1; {text}",
    lambda text: f"SELECT ';'; {text}",
    lambda text: f"SELECT $a$ ; $a$; {text}",
)
SQL_RUNS = (
    lambda text: f"psql -h db shop -c {shlex.quote(text)}",
    lambda text: f"psql -h db shop <<'END'\n{text}\nEND\n",
    lambda text: f"psql -h db -d shop <<< {shlex.quote(text)}",
    lambda text: f"echo {encoded(text)} | base64 -d | psql -h db shop",
    lambda text: f"printf %s {shlex.quote(text)} > w.sql; psql -h db shop -f w.sql",
    lambda text: f"cat > w.sql <<'END'\n{text}\nEND\ncat w.sql | psql -h db shop",
)


def _arguments(values: tuple, spell) -> str:
    return ", ".join(spell(value) if isinstance(value, str) else str(value) for value in values)


def _program(rng, acts, texts, calls, wraps, runs):
    module, function, values = rng.choice(acts)
    code = rng.choice(calls)(module, function, _arguments(values, rng.choice(texts)))
    for _ in range(rng.randrange(MAX_WRAPS + 1)):
        code = rng.choice(wraps)(code)
    return runs[0](calls[0](module, function, _arguments(values, repr))), rng.choice(runs)(code)


def python(rng: Random) -> tuple[str, str]:
    """A Python program's plain form, and another spelling of it."""
    return _program(rng, PYTHON_ACTS, PYTHON_TEXTS, PYTHON_CALLS, PYTHON_WRAPS, PYTHON_RUNS)


def javascript(rng: Random) -> tuple[str, str]:
    """The same of a JavaScript program."""
    return _program(rng, JAVASCRIPT_ACTS, JAVASCRIPT_TEXTS, JAVASCRIPT_CALLS, JAVASCRIPT_WRAPS, JAVASCRIPT_RUNS)


def sql(rng: Random) -> tuple[str, str]:
    """The same of an SQL statement."""
    act = rng.choice(SQL_ACTS)
    text = rng.choice(SQL_SPELLINGS[:-1])(act)
    for _ in range(rng.randrange(MAX_WRAPS)):
        text = rng.choice(SQL_WRAPS)(text)
    return SQL_RUNS[0](act), rng.choice(SQL_RUNS)(text)
