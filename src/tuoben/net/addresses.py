"""Which addresses the door never connects to: the IANA special-purpose registries, as data, and one pure question.

RFC 6890 and its updates; addresses that carry an IPv4 address inside (mapped, 6to4, Teredo, NAT64, ISATAP) are judged
by it too. Clouds' metadata services are listed where they sit on addresses that look public.
"""

from __future__ import annotations

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_REFUSED: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "stands for this machine"),
    ("10.0.0.0/8", "is private"),
    ("100.64.0.0/10", "is shared address space of a carrier or cloud"),
    ("127.0.0.0/8", "is this machine"),
    ("168.63.129.16/32", "is a cloud's metadata service"),
    ("169.254.0.0/16", "is link-local, where clouds keep metadata"),
    ("172.16.0.0/12", "is private"),
    ("192.0.0.0/24", "is reserved for protocols"),
    ("192.0.2.0/24", "is for documentation"),
    ("192.88.99.0/24", "is a 6to4 relay"),
    ("192.168.0.0/16", "is private"),
    ("198.18.0.0/15", "is for benchmarks"),
    ("198.51.100.0/24", "is for documentation"),
    ("203.0.113.0/24", "is for documentation"),
    ("224.0.0.0/4", "is multicast"),
    ("240.0.0.0/4", "is reserved"),
    ("::/128", "stands for this machine"),
    ("::1/128", "is this machine"),
    ("64:ff9b:1::/48", "is a local translation prefix"),
    ("100::/64", "is discarded"),
    ("2001::/23", "is reserved for protocols"),
    ("2001:db8::/32", "is for documentation"),
    ("3ffe::/16", "is reserved"),
    ("3fff::/20", "is for documentation"),
    ("fc00::/7", "is private"),
    ("fe80::/10", "is link-local"),
    ("fec0::/10", "is private"),
    ("ff00::/8", "is multicast"),
)
REFUSED: tuple[tuple[IPNetwork, str], ...] = tuple((ipaddress.ip_network(net), why) for net, why in _REFUSED)

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")


def refused(ip: str) -> str:
    """Why an address is never connected to, as the end of a sentence ("is private"); "" when it is a public one.

    `ip` is an address as a socket has it. Text that is no address is refused; so is one with a scope ("fe80::1%eth0").
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "is not an IP address"
    if isinstance(address, ipaddress.IPv4Address):
        return _registered(address)
    if address.scope_id:
        return "is link-local"
    inner = embedded(address)
    if inner is not None:
        why = _registered(inner)
        if why:
            return f"means {inner}, which {why}"
        if address.ipv4_mapped is not None or address in _NAT64:
            return ""
    return _registered(address) or ("" if address in _GLOBAL_UNICAST else "is not a public unicast address")


def embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address of a transition mechanism leads to."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    number = int(address)
    isatap = (number >> 32) & 0xFCFF_FFFF == 0x5EFE
    if isatap or address in _NAT64 or address in _TRANSLATED or (address in _COMPATIBLE and number > 0xFFFF):
        return ipaddress.IPv4Address(number & 0xFFFF_FFFF)
    return None


def _registered(address: IPAddress) -> str:
    return next((why for net, why in REFUSED if net.version == address.version and address in net), "")
