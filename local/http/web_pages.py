"""Which requests are those of a web page of somebody else, and are refused.

A browser lets any page send requests to this machine, and after a change of DNS (rebinding) lets it read the answers.
The three things that it does not let a page choose are the name in Host, Origin, and Sec-Fetch-*.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from local.http.refusals import refusal
from local.http.response import Response

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_FOREIGN_SITES = {"cross-site", "same-site"}
_WILDCARDS = {"", "0.0.0.0", "::"}  # noqa: S104 - recognized here, listened on only when a person says so
_AUTHORITY = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\s:/?#@\[\]]+)(:[0-9]{1,5})?", re.IGNORECASE)
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def refusal_of(
    method: str, authorities: list[str], headers: Mapping[str, str], *, served_host: str, address: str
) -> Response | None:
    """Why a request is not served, or None.

    `authorities` are Host and the one of an absolute request target; `served_host` is what `--host` says; `address` is
    the address of this machine on which the request came in.
    """
    for authority in authorities:
        match = _AUTHORITY.fullmatch(authority)
        if match is None:
            return refusal(400, "Host should be a name or an address, and may have a port")
        if not _is_ours(match["name"], served_host, address):
            return refusal(421, "this server is not the one in Host; use localhost, or start it with --host NAME")
    origin = headers.get("origin")
    if method not in _SAFE_METHODS and origin is not None and origin != f"http://{authorities[-1]}":
        return refusal(403, "a page of another origin may change nothing here", kind="foreign-origin")
    if headers.get("sec-fetch-site") in _FOREIGN_SITES and not _follows_a_link(method, headers):
        return refusal(403, "a page of another site may use nothing here", kind="foreign-origin")
    return None


def _is_ours(name: str, served_host: str, address: str) -> bool:
    name = name.lower()
    if name.removesuffix(".") == "localhost":
        return True
    literal = _literal(name)
    if literal is not None and any(literal in network for network in _LOOPBACK):
        return True
    if served_host in _WILDCARDS:
        return literal is not None and literal == _literal(address)
    return name == served_host.lower() or (literal is not None and literal == _literal(served_host))


def _literal(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _follows_a_link(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a person goes from the page to an answer. The page gets nothing of it, as it would in a frame."""
    return (
        method == "GET" and headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    )
