"""Where secrets stand: the table of formats, and of places in which whatever stands is a secret.

A rule costs nothing in a text that has none of its `hints`. The group `secret` is what is replaced. Two sorts:

- `format`: the text is a secret wherever it stands, for its issuer gave it a prefix to be found by.
- `place`: the text is a secret because of what stands round it: a URL's password, a header, one tool's option.

Names with values (`DB_PASSWORD=…`, `"token": "…"`) are a third sort, with a file of their own: `named`. Prefixes are
those that the issuers document for secret scanning; lengths are lower bounds, so that a secret which was cut off at
the end of a quotation is found too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from jackline.core.deferred import late_pattern

if TYPE_CHECKING:
    import re

Sort = Literal["format", "place"]


class Rule(NamedTuple):
    """One row. `hints` are lower-case texts, one of which stands in every match (checked by a test).

    Where `program` is given, it must match a word earlier in the same simple command: looked for backwards from the
    option, within `MAX_COMMAND` characters, so that no text makes the search long.
    """

    name: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    sort: Sort = "format"
    program: re.Pattern[str] | None = None


MAX_COMMAND: Final = 400


# A token begins at the start of a word. In text that is itself escaped (`\nghp_…`) the `n` belongs to the escape.
_START: Final = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt]))"
# Inside a word of shell text: nothing that ends the word, opens a quotation or starts an expansion.
_WORD: Final = r"[^\s'\"`$\\;|&<>(){}]"
_QUOTE: Final = r"\\?[\"']?"


def _format(name: str, body: str, *hints: str) -> Rule:
    return Rule(name, hints, late_pattern(f"{_START}(?P<secret>{body})"))


def _option(program: str, pattern: str, *hints: str) -> Rule:
    """An option of some programs, whose value is a secret."""
    name = f"option of {hints[0]}"
    return Rule(name, hints, late_pattern(pattern), "place", late_pattern(rf"(?<![\w.-])(?:{program})(?![\w.:/])"))


def _place(name: str, pattern: str, *hints: str) -> Rule:
    return Rule(name, hints, late_pattern(pattern), "place")


FORMATS: Final[tuple[Rule, ...]] = (
    _format("json web token", r"eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){1,4}", "eyj"),
    _format("openai, anthropic", r"sk-(?=[A-Za-z_-]{0,128}\d)[A-Za-z0-9_-]{16,}", "sk-"),
    _format("stripe", r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,}", "k_live_", "k_test_"),
    _format("webhook", r"whsec_[A-Za-z0-9+/=]{12,}", "whsec_"),
    _format("github", r"(?:gh[pousr]_[A-Za-z0-9]{12,}|github_pat_[A-Za-z0-9_]{12,})",
            "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    _format("gitlab", r"gl(?:pat|dt|rt|cbt|ptt|soat|ft|imt|agent|oas)-[A-Za-z0-9_-]{12,}",
            "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-", "glft-", "glimt-", "glagent-", "gloas-"),
    _format("aws key id", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}(?![a-z])", "akia", "asia", "abia", "acca"),
    _format("slack", r"(?:xox[abceoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,})", "xox", "xapp-"),
    _format("slack webhook", r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}", "hooks.slack.com/services/"),
    _format("discord webhook", r"(?<=/api/webhooks/)\d{10,}/[A-Za-z0-9_-]{20,}", "/api/webhooks/"),
    _format("google", r"(?:AIza[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{16,}|GOCSPX-[A-Za-z0-9_-]{12,})",
            "aiza", "ya29.", "gocspx-"),
    _format("npm", r"npm_[A-Za-z0-9]{20,}", "npm_"),
    _format("pypi", r"pypi-Ag[A-Za-z0-9_-]{16,}", "pypi-ag"),
    _format("docker", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{16,}", "dckr_"),
    _format("rubygems, crates", r"(?:rubygems_[a-f0-9]{20,}|cio[A-Za-z0-9]{32})", "rubygems_", "cio"),
    _format("hugging face, groq, replicate", r"(?:hf_|gsk_|r8_)(?=[A-Za-z]{0,128}\d)[A-Za-z0-9]{20,}", "hf_", "gsk_", "r8_"),
    _format("xai, perplexity", r"(?:xai|pplx)-(?=[A-Za-z]{0,128}\d)[A-Za-z0-9]{20,}", "xai-", "pplx-"),
    _format("sendgrid", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", "sg."),
    _format("twilio", r"SK[0-9a-f]{32}", *(f"sk{digit}" for digit in "0123456789abcdef")),
    _format("mailgun", r"key-[0-9a-f]{32}", "key-"),
    _format("digitalocean", r"do[opr]_v1_[a-f0-9]{20,}", "_v1_"),
    _format("shopify", r"shp(?:at|ss|ca|pa)_[a-fA-F0-9]{20,}", "shpat_", "shpss_", "shpca_", "shppa_"),
    _format("databricks", r"dapi[a-f0-9]{32}", "dapi"),
    _format("vault", r"hv[sbr]\.[A-Za-z0-9_-]{16,}", "hvs.", "hvb.", "hvr."),
    _format("terraform cloud", r"[A-Za-z0-9]{10,20}\.atlasv1\.[A-Za-z0-9_-]{20,}", ".atlasv1."),
    _format("doppler", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{20,}", "dp."),
    _format("linear", r"lin_(?:api|oauth)_[A-Za-z0-9]{16,}", "lin_api_", "lin_oauth_"),
    _format("notion", r"(?:secret_|ntn_)(?=[A-Za-z]{0,128}\d)[A-Za-z0-9]{32,}", "secret_", "ntn_"),
    _format("telegram", r"\d{8,10}:AA[A-Za-z0-9_-]{30,}", ":aa"),
    _format("age", r"AGE-SECRET-KEY-1[0-9A-Z]{20,}", "age-secret-key-1"),
    _format("tailscale", r"tskey-[a-z]+-[A-Za-z0-9-]{12,}", "tskey-"),
    _format("supabase", r"sb(?:p|_secret)_[A-Za-z0-9_]{20,}", "sbp_", "sb_secret_"),
    _format("new relic, postman", r"(?:NRAK|PMAK)-[A-Za-z0-9-]{20,}", "nrak-", "pmak-"),
    _format("grafana", r"gl(?:sa|c)_[A-Za-z0-9_=+/-]{24,}", "glsa_", "glc_"),
    _format("atlassian", r"AT(?:ATT|CTT|BB)[A-Za-z0-9_=-]{24,}", "atatt", "atctt", "atbb"),
    _format("square", r"sq0[a-z]{3}-[A-Za-z0-9_-]{20,}", "sq0"),
    _format("planetscale", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{16,}", "pscale_"),
    _format("sentry", r"sntry[su]_[A-Za-z0-9_=+/-]{20,}", "sntry"),
    _format("fly", r"(?<=FlyV1 )fm\d_[A-Za-z0-9+/=,_-]{20,}", "flyv1"),
    _format("hashed password", r"\$(?:[1256y]|2[aby]|argon2i?d?)\$(?:[A-Za-z0-9./=,+]|\$(?!\()){20,}",
            "$1$", "$2$", "$5$", "$6$", "$y$", "$2a$", "$2b$", "$2y$", "$argon2"),
)  # fmt: skip

_VALUE: Final = r"['\"]?(?P<secret>" + _WORD + "+)"
_SCHEME: Final = r"[A-Za-z][A-Za-z0-9+.-]{1,24}://"
_USERINFO: Final = _SCHEME + r"[^\s/:@?#'\"`$<>|;&()]{0,128}:"
_QUERY: Final = r"x-amz-signature|x-amz-security-token|x-goog-signature|signature|sig|key|auth|jwt|apikey"
_USER: Final = r"\s(?:-[a-zA-Z]{0,8}[uU]\s*|--(?:proxy-)?user[= ]\s*|-a\s*)"
_CREDENTIALS: Final = (
    r"(?:'[^\s:'\"]{1,128}:(?P<quoted>[^'\n]{1,256})'"
    r"|['\"]?(?:\$\{\w+\}|[^\s:'\"{}]){1,128}:(?P<secret>" + _WORD + "+))"
)  # fmt: skip
_PIPE: Final = r"['\"]?\s{0,8}\|\s{0,8}"
_FROM_STDIN: Final = r"(?:sudo\s+-[A-Za-z]{0,8}S|[^|;&\n]{1,200}(?:--password-stdin|--with-token|--stdin\b))"

PLACES: Final[tuple[Rule, ...]] = (
    # RFC 3986 §3.2.1 userinfo. The last `@` before the path ends it, as URL parsers read it. In quotation marks it may
    # hold what would end a word.
    _place("url password", _USERINFO + r"(?P<secret>[^\s'\"`$\\;|&<>(){}/?#]+)@", "://"),
    _place("single-quoted url password", r"'[^'\n]{0,64}?" + _USERINFO + r"(?P<secret>(?:(?!\$\()[^\s'\"`\\/?#])+)@", "://"),
    _place("double-quoted url password", r"\"[^\"\n]{0,64}?" + _USERINFO + r"(?P<secret>[^\s'\"`$\\/?#]+)@", "://"),
    _place("url token", _SCHEME + r"(?P<secret>(?=[A-Za-z_-]{0,128}\d)[A-Za-z0-9_-]{20,})@", "://"),
    _place("url query", r"[?&](?i:" + _QUERY + r")=(?P<secret>(?=[A-Za-z%._~+/=-]{0,128}\d)[A-Za-z0-9%._~+/=-]{12,})",
           "sig", "key=", "token=", "auth=", "jwt="),
    # RFC 9110 §11.6.2: a word before the credentials is their scheme. A plain word alone is prose, unless a quotation
    # mark closes the header behind it.
    _place("authorization", r"(?i:authorization)" + _QUOTE + r"[ \t]*[:=][ \t]*" + _QUOTE +
           r"(?:(?:AWS4-HMAC-SHA256|[A-Za-z][A-Za-z-]{1,15})[ \t]+)?+"
           r"(?P<secret>(?=[A-Za-z._~+/=:-]{0,128}(?:\d|\\?['\"])|[A-Za-z._~+/=:-]{16})[A-Za-z0-9._~+/=:-]{4,})", "authorization"),
    _place("bearer", r"(?i:\b(?:bearer|basic))[ \t]+(?P<secret>(?=[A-Za-z._~+/=-]{0,128}\d)[A-Za-z0-9._~+/=-]{12,})", "bearer", "basic"),
    _place("authorization in a call", r"(?i:authorization)['\"][ \t]*,[ \t]*['\"](?:[A-Za-z][A-Za-z-]{1,15}[ \t]+)?+"
           r"(?P<secret>(?=[A-Za-z._~+/=-]{0,128}\d)[A-Za-z0-9._~+/=-]{8,})", "authorization"),
    _place("sql password", r"(?i:\b(?:password|identified\s+(?:with\s+\S{1,64}\s+)?by(?:\s+password)?))"
           r"\s+(?:=\s*)?'(?P<secret>[^'\n$`]{1,256})'", "password", "identified"),
    _place("netrc", r"\blogin\s+\S{1,128}\s+password\s+(?P<secret>" + _WORD + "+)", "password"),
    _place("pgpass", r"(?<![^\s'\"])[^\s:'\"]{1,128}:(?:\d{1,5}|\*):[^\s:]{1,64}:[^\s:]{1,64}:(?P<secret>" + _WORD +
           r"+)(?=[^\n]{0,80}\.pgpass)", ".pgpass"),
    _place("npm config", r":_(?:authToken|auth|password)(?:=|\s+)" + _VALUE, ":_auth", ":_password"),
    _place("kubernetes literal", r"--from-literal[= ]['\"]?[A-Za-z0-9_.-]{1,128}=" + _VALUE, "--from-literal"),
    _option("curl|http|https|xh|wget", _USER + _CREDENTIALS, "curl", "http", "xh", "wget"),
    _option("mysql[a-z_-]*|mariadb[a-z_-]*", r"\s-p" + _VALUE, "mysql", "mariadb"),
    _option("sshpass", r"\s-p\s*" + _VALUE, "sshpass"),
    _option("redis-cli|valkey-cli", r"\s-a\s+" + _VALUE, "redis-cli", "valkey-cli"),
    _option("login|mongo|mongosh|mongodump|mongorestore", r"\s-p\s+(?!['\"]?[\d.:-]*\d:\d)" + _VALUE, "login", "mongo"),
    _option("ldap[a-z]+", r"\s-w\s+" + _VALUE, "ldap"),
    _option("openssl", r"(?:\bpass:|\s-k\s+)" + _VALUE, "openssl"),
    _option("7z|7za|7zr|unrar", r"\s-p" + _VALUE, "7z", "unrar"),
    _option("zip|unzip", r"\s-P\s*" + _VALUE, "zip"),
    _option("aws", r"\sset\s+[\w.-]{0,64}(?:secret|token)[\w.-]{0,64}\s+" + _VALUE, "aws"),
    _option("secret|secrets", r"\s(?:--body|--secret-string|--value|-b)[= ]\s*" + _VALUE, "secret"),
    _option("echo|printf", r"\s['\"]?(?P<secret>" + _WORD + r"{4,256})" + _PIPE + _FROM_STDIN, "echo", "printf"),
    _option("echo|printf", r"\s['\"]?[a-z_][a-z0-9_-]{0,31}:(?P<secret>" + _WORD + r"{1,256})" + _PIPE + r"(?:sudo\s+)?chpasswd",
            "chpasswd"),
)  # fmt: skip
