"""Proxies that speak SOCKS. An http proxy needs no connector of its own: aiohttp is told of it with each call."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientConnectorError, TCPConnector

from picklebot.forms.chat import SOCKS


class ProxyFailedError(ClientConnectorError):
    """The proxy was not reached, or did not let us through, so nothing was sent. Its text names no password."""

    def __str__(self) -> str:
        return f"the proxy does not let us through: {self.os_error}"


def is_socks(proxy: str | None) -> bool:
    """Whether connections through this proxy need a connector of their own."""
    return proxy is not None and urlsplit(proxy).scheme in SOCKS


def connector_through(proxy: str, **options: Any) -> TCPConnector:
    """A connector all of whose connections go through this SOCKS proxy, or raise ProxyFailedError.

    `options` are those of TCPConnector. There has to be a running loop.
    """
    # The library for it is imported when such a proxy is configured, and not before.
    from picklebot.platforms.socks import SocksConnector  # noqa: PLC0415

    return SocksConnector.through(proxy, **options)
