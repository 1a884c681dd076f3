"""Where the page is: a port of our own, taken before anything heavy is loaded."""

from __future__ import annotations

import errno
import socket
from typing import Final

from picklebot.errors import ConfigError, PortBusyError

SPARE_PORTS: Final = 20
"""How far to look for a free port when the operator did not name one."""


def bind(host: str, port: int, *, spare: int) -> socket.socket:
    """Listen on `port`, or on the first free one of the `spare` after it. Port 0 lets the system choose.

    Whoever connects waits until somebody serves. Raises PortBusyError when none of them is free, ConfigError for a
    host that is not this machine's.
    """
    for candidate in range(port, min(port + spare, 65535) + 1):
        try:
            return _bind(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ConfigError(
                    f"messagebus.web cannot listen on {host} port {candidate}: {error.strerror or error}"
                ) from error
    if spare:
        raise PortBusyError(
            f"ports {port} to {port + spare} are all in use; set messagebus.web.port to a free one"
        )
    raise PortBusyError(f"port {port} is in use by another program; stop it or change messagebus.web.port")


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[
        0
    ]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # A bound socket that does not listen yet would share the port with another one that does the same.
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(host: str, listener: socket.socket) -> str:
    """Where people find what listens there."""
    name = "localhost" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- compared, not bound
    return f"http://{f'[{name}]' if ':' in name and name[0] != '[' else name}:{listener.getsockname()[1]}"
