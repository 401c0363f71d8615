"""Addresses as plans write them (Terraform language, "Resource Address Reference"; "Provider Requirements")."""

from __future__ import annotations

from typing import Final, NamedTuple

from jackline.core.deferred import late_pattern

MAX_ADDRESS: Final = 512
_NAME: Final = r"[^\W\d][\w-]*"
_KEY: Final = r'\[(?:\d+|"(?:[^"\\\x00-\x1f]|\\.)*")\]'
_RESOURCE: Final = late_pattern(
    rf"(?P<modules>(?:module\.{_NAME}(?:{_KEY})?\.)*)(?P<mode>(?:data|ephemeral|action)\.)?(?P<type>{_NAME})\.(?P<name>{_NAME}(?:{_KEY})?)"
)
_PROVIDER: Final = late_pattern(
    rf'(?:module\.{_NAME}(?:{_KEY})?\.)*provider\["(?P<host>[\w.:-]+)/(?P<source>[\w-]+/[\w-]+)"\](?:\.{_NAME})?'
)
_DEPOSED: Final = late_pattern(r"[0-9a-f]{8}")


class AddressError(Exception):
    """Not an address in the one spelling that the tools write."""


class Address(NamedTuple):
    """`module.net["a"].data.aws_ami.base[0]`: `names` is all that people chose, without the type."""

    type: str
    names: str


def resource(text: str) -> Address:
    """The parts of a resource instance's address. Raises `AddressError`."""
    found = _RESOURCE.fullmatch(text) if len(text) <= MAX_ADDRESS else None
    if found is None:
        raise AddressError
    return Address(found["type"], found["modules"] + found["name"])


def provider(text: str) -> str:
    """`NAMESPACE/NAME` of the provider whose configuration an address names. Raises `AddressError`."""
    found = _PROVIDER.fullmatch(text) if len(text) <= MAX_ADDRESS else None
    if found is None:
        raise AddressError
    return found["source"]


def deposed(text: str) -> str:
    """What is put behind the address of an object that was replaced and is still there. Raises `AddressError`."""
    if not text:
        return ""
    if _DEPOSED.fullmatch(text) is None:
        raise AddressError
    return f" (deposed {text})"
