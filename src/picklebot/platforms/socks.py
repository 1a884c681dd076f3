"""Connections of aiohttp through a SOCKS proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import unquote, urlsplit

from aiohttp import ClientError
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError
from python_socks import ProxyType

from picklebot.platforms.proxies import ProxyFailedError

if TYPE_CHECKING:
    from aiohttp import ClientRequest, ClientTimeout
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

_PORT: Final = 1080
_NAMES_ARE_FOR_THE_PROXY: Final = frozenset({"socks5h", "socks4a"})


class SocksConnector(ProxyConnector):
    """A connector whose failures are aiohttp's, which the library's own are not."""

    @classmethod
    def through(cls, proxy: str, **options: Any) -> Self:
        """The connector for this URL. With `socks5h` and `socks4a` the proxy looks names up."""
        parts = urlsplit(proxy)
        return cls(
            parts.hostname or "",
            parts.port or _PORT,
            ProxyType.SOCKS5 if parts.scheme.startswith("socks5") else ProxyType.SOCKS4,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or "") if parts.username else None,
            rdns=parts.scheme in _NAMES_ARE_FOR_THE_PROXY,
            **options,
        )

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:
        """See TCPConnector. Raises ProxyFailedError."""
        try:
            return await super().connect(req, traces, timeout)
        except (ClientError, TimeoutError):
            raise
        except (ProxyConnectionError, ProxyError, ProxyTimeoutError, OSError) as error:
            reason = OSError(str(error) or type(error).__name__)
            raise ProxyFailedError(req.connection_key, reason) from None
