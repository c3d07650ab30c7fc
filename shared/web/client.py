"""Who is at the other end: the peer's address, or the word of a proxy that is trusted (R-ORD-21 counts by it)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
IPV6_SITE_BITS: Final = 64
"""What a provider gives to one household at least: each of its addresses is the same customer's."""


def client_of(peer: str, forwarded: Iterable[bytes], proxies: Sequence[Network]) -> str:
    """The client's address. `forwarded` are the X-Forwarded-For headers in the order in which they came.

    Read from the right: the first address that no trusted proxy vouches for. What is no address there is nobody's word: it is then
    the proxy that passed it on.
    """
    chain = [part.strip() for header in forwarded for part in header.decode("latin-1").split(",") if part.strip()]
    found = _address(peer)
    if found is None:
        return peer
    while chain and any(found in network for network in proxies):
        named = _address(chain.pop())
        if named is None:
            break
        found = named
    return str(found)


def subject_of(client: str) -> str:
    """What is counted together with this address: itself, or the network of an IPv6 customer, who has 2^64 of them."""
    found = _address(client)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((found, IPV6_SITE_BITS), strict=False))
    return client


def _address(text: str) -> Address | None:
    # Some proxies write the port too: 192.0.2.1:443 and [2001:db8::1]:443.
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A socket that listens on both kinds names IPv4 clients so.
    return getattr(found, "ipv4_mapped", None) or found
