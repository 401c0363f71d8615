"""Which addresses may be connected to. One table; what is not in it is public, and only within 2000::/3 for IPv6.

Sources: the IANA registries of special-purpose addresses, and the addresses of cloud metadata services as their vendors
document them. An address that wraps another (IPv4-mapped, 6to4, Teredo, NAT64) is never connected to: what it wraps would
have to be judged again, by rules of somebody else's router.
"""

from __future__ import annotations

import ipaddress
from typing import Final, Literal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Zone = Literal["public", "private", "loopback", "metadata", "never"]
"""`private`: RFC 1918, RFC 4193, carrier-grade NAT. `metadata`: link-local too, for that is where such services are.
`never`: nothing that a program has business with over TCP."""

# The most special first: the first match counts.
_TABLE: Final[tuple[tuple[Zone, str], ...]] = (
    ("metadata", "169.254.0.0/16 fe80::/10 100.100.100.200/32 192.0.0.192/32 168.63.129.16/32 fd00:ec2::/32 fd20:ce::254/128"),
    ("loopback", "127.0.0.0/8 ::1/128"),
    ("private", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7"),
    ("never", "0.0.0.0/8 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3"),
    ("never", "2001::/23 2001:db8::/32 2002::/16 3fff::/20"),
    ("public", "0.0.0.0/0 2000::/3"),
    ("never", "::/0"),
)  # fmt: skip
_NETWORKS: Final = tuple((zone, ipaddress.ip_network(text)) for zone, texts in _TABLE for text in texts.split())


def zone(address: Address) -> Zone:
    """Where an address lies."""
    return next(zone for zone, network in _NETWORKS if address.version == network.version and address in network)
