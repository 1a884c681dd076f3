"""How a route gets at what it needs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from picklebot.api.gateway import Gateway


def _gateway(request: Request) -> Gateway:
    return request.app.state.gateway


GatewayOf = Annotated[Gateway, Depends(_gateway)]
"""The gateway behind this app."""
