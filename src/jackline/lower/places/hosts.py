"""A host as a resource: one spelling for each address, and what kind of place it is.

Every form that a resolver or inet_aton(3) takes for an address is read as that address: `0x7f.1`, `2130706433`, `127.1`,
`[::ffff:127.0.0.1]`, full-width digits, a trailing dot. Sources: RFC 1123, RFC 3986 §3.2.2, RFC 4291, RFC 5891, RFC 6761,
RFC 6890, and the clouds' pages on their metadata services.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from jackline.core.deferred import late_pattern
from jackline.core.effect import Resource
from jackline.lower.places.tables import words

if TYPE_CHECKING:
    from jackline.core.words import Jurisdiction, Label, Reach
    from jackline.lower.scope import Scope

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

KNOWN_PORTS: Final = frozenset(
    {22, 53, 80, 443, 9418}
    # Databases: PostgreSQL, MySQL, SQL Server, Oracle, MongoDB, Redis (and TLS), Redshift, Cassandra, Elasticsearch,
    # CockroachDB, Memcached, CouchDB, Neo4j, ClickHouse, etcd, Db2, Firebird, InfluxDB
    | {
        5432,
        3306,
        1433,
        1521,
        27017,
        6379,
        6380,
        5439,
        9042,
        9200,
        26257,
        11211,
        5984,
        7687,
        8123,
        9440,
        2379,
        50000,
        3050,
        8086,
    }
)
METADATA: Final = words(
    """
    169.254.169.254 169.254.170.2 169.254.170.23 169.254.42.42 100.100.100.200 168.63.129.16 192.0.0.192 [fd00:ec2::254]
    [fd00:ec2::23] [fd20:ce::254] metadata metadata.google.internal metadata.goog metadata.azure.internal
    instance-data instance-data.ec2.internal metadata.tencentyun.com metadata.packet.net metadata.platformequinix.com
    """
)
_LOCAL_NAMES: Final = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "0"})
_PRIVATE_ENDS: Final = (
    ".local",
    ".internal",
    ".intranet",
    ".lan",
    ".home",
    ".corp",
    ".private",
    ".home.arpa",
    ".localdomain",
    ".svc",
)
_EU: Final = words("eu at be bg hr cy cz dk ee fi fr de gr hu ie it lv lt lu mt nl pl pt ro sk si es se")
_OTHER: Final = words("au br ca ch in jp kr mx no nz ru sg tr tw ua za il ae hk id th vn ar cl")
_REGION: Final = late_pattern(r"(?:^|[.-])(eu|us|cn|uk|af|ap|ca|il|me|mx|sa|europe|asia)-(?:[a-z]+-?)+\d(?=$|[.-])")
_REGIONS: Final[dict[str, Jurisdiction]] = {"eu": "eu", "europe": "eu", "us": "us", "cn": "cn", "uk": "uk"}
_HIDDEN: Final = late_pattern(r"(?<!\d)(?=(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?!\d))")
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")
_BLANK: Final = late_pattern(r"[\x00-\x20\x7f\s]+")  # URL readers drop them
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_MAX_HOST: Final = 255
_MAX_DECODED: Final = 6
_HEXADECIMAL: Final = frozenset("0123456789abcdef")


def endpoint(host: str, port: int, scope: Scope) -> Resource:
    """The resource for a host in any spelling, and the port (0: not known) that is reached on it."""
    name = normal_host(host)
    surroundings = scope.surroundings
    labels = set(host_labels(name))
    local = "loopback" in labels
    if name in surroundings.registries() or f"{name}:{port}" in surroundings.registries():
        labels.add("registry")
    if name in surroundings.model_hosts() or f"{name}:{port}" in surroundings.model_hosts():
        labels.add("model_api")
    if port not in KNOWN_PORTS and port != 0 and not local and not labels & {"registry", "model_api"}:
        labels.add("unknown_port")
    if name == "*":
        labels.add("unknown_port")
    if not local or not scope.place.here:
        labels |= surroundings.labels("endpoint", name)
    environment = "development" if local and scope.place.here else surroundings.environment("endpoint", name)
    reach: Reach = "system" if local and scope.place.here else "remote"
    return Resource("endpoint", name, environment, reach, frozenset(labels), jurisdiction_of(name), max(port, 0))


@lru_cache(maxsize=4096)
def normal_host(host: str) -> str:
    """One spelling: lower case, IDNA in its ASCII form, addresses in their plain form, IPv6 in brackets; `*` for none.

    A name that is encoded more often than anybody decodes it is none.
    """
    for _ in range(_MAX_DECODED):
        found = _decoded(host)
        if found == host:
            return found
        host = found
    return "*"


def _decoded(host: str) -> str:
    text = unicodedata.normalize("NFKC", unquote(host[: _MAX_HOST * 4])).lower()
    text = _BLANK.sub("", text).replace("\N{IDEOGRAPHIC FULL STOP}", ".").rstrip(".")
    bracketed = text.startswith("[") and text.endswith("]")
    address = address_of(text[1:-1] if bracketed else text)
    if address is not None:
        return str(address) if address.version == 4 else f"[{address.compressed}]"  # noqa: PLR2004 - the protocol's number
    if not text or bracketed:
        return text or "*"
    if text.isascii():
        return text
    try:
        return text.encode("idna").decode("ascii")  # drops what is not seen: soft hyphens, joiners
    except UnicodeError:
        return ".".join(
            label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}" for label in text.split(".")
        )


def address_of(text: str) -> Address | None:
    """The address that a resolver reads in a text, mapped and translated forms as what they carry; None for a name."""
    plain = text.partition("%")[0]  # a zone
    if ":" in plain:
        try:
            six = ipaddress.IPv6Address(plain)
        except ValueError:
            return None
        return _carried(six) or six
    return _inet_aton(plain)


def _carried(six: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside a mapped, compatible, 6to4 or NAT64 one."""
    number = int(six)
    if six.ipv4_mapped is not None:
        return six.ipv4_mapped
    if six.sixtofour is not None:
        return six.sixtofour
    if six in _NAT64 or 1 < number < 2**32:
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return None


def _inet_aton(text: str) -> ipaddress.IPv4Address | None:
    """inet_aton(3): one to four numbers, decimal, octal or hexadecimal; the last one fills what is left."""
    parts = text.split(".")
    if len(parts) > 4 or not all(parts):  # noqa: PLR2004 - an address's four bytes
        return None
    numbers: list[int] = []
    for part in parts:
        number = _number(part)
        if number is None:
            return None
        numbers.append(number)
    *head, tail = numbers
    if any(number >> 8 for number in head) or tail >= 256 ** (4 - len(head)):
        return None
    value = tail
    for index, number in enumerate(head):
        value |= number << (24 - 8 * index)
    return ipaddress.IPv4Address(value)


def _number(part: str) -> int | None:
    try:
        if part.startswith("0x"):
            return int(part[2:] or "0", 16) if _HEXADECIMAL.issuperset(part[2:]) else None
        if not part.isdecimal() or not part.isascii():
            return None
        if part.startswith("0") and len(part) > 1:
            return int(part, 8)
        return int(part)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def host_labels(name: str) -> frozenset[Label]:
    """What kind of place a normalised host is, by its name or address alone."""
    if name in METADATA:
        return frozenset({"metadata_service", "private_network"})
    if name in _LOCAL_NAMES or name.endswith(".localhost"):
        return frozenset({"loopback"})
    address = address_of(name.strip("[]")) if name[:1] in "[0123456789" else None
    if address is not None:
        return _address_labels(address)
    labels: set[Label] = set()
    if name.endswith(_PRIVATE_ENDS) or ("." not in name and name not in {"*", ""}):
        labels.add("private_network")
    for hidden in _HIDDEN.finditer(name):  # services that answer with the address written in the name
        inner = _inet_aton(".".join(part.lstrip("0") or "0" for part in hidden.groups()))
        if inner is not None:
            labels |= {"metadata_service"} if str(inner) in METADATA else _address_labels(inner) - {"loopback"}
    return frozenset(labels)


def _address_labels(address: Address) -> frozenset[Label]:
    if address.is_loopback or address.is_unspecified:
        return frozenset({"loopback"})
    if str(address) in METADATA or f"[{address}]" in METADATA:
        return frozenset({"metadata_service", "private_network"})
    if address.is_private or address.is_link_local or (address.version == 4 and address in _SHARED):  # noqa: PLR2004
        return frozenset({"private_network"})
    return frozenset()


@lru_cache(maxsize=4096)
def jurisdiction_of(name: str) -> Jurisdiction:
    """Whose law a host is likely under, by a cloud region or a country's domain in its name; else `unknown`."""
    if host_labels(name) & {"loopback", "private_network"}:
        return "none"
    region = _REGION.search(name)
    if region is not None:
        return _REGIONS.get(region[1], "other")
    end = name.rpartition(".")[2]
    if end in _EU:
        return "eu"
    if end in {"us", "gov", "mil"}:
        return "us"
    if end in {"uk", "cn"}:
        return "uk" if end == "uk" else "cn"
    return "other" if end in _OTHER else "unknown"
