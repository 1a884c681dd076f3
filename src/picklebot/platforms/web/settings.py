"""The `messagebus.web` block."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from picklebot.forms.form import Form, HttpUrl, wrong
from picklebot.forms.secret import Secret

_TOKEN: Final = re.compile(r"[!-~]{8,}")


class WebSettings(Form):
    """The page and the HTTP API."""

    enabled: bool = True
    """false serves neither the page nor the API"""
    host: str = Field(default="127.0.0.1", min_length=1)
    """the address to listen at; one that others can reach needs a token"""
    port: int = Field(default=8080, ge=0, le=65535)
    """the port; without this key the next free one from 8080 on"""
    token: Secret | None = Field(default=None, validate_default=True)
    """what programs send as bearer token, and people enter at /login"""

    public_url: HttpUrl | None = None
    """the address under which people reach the page; files that are too large for a chat are offered there"""

    @property
    def port_is_configured(self) -> bool:
        """Whether somebody asked for this very port; else another free one will do."""
        return "port" in self.model_fields_set

    @field_validator("token")
    @classmethod
    def _check_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if info.data.get("enabled") is False:
            return token
        host = info.data.get("host", "127.0.0.1")
        if token is None and not is_loopback(host):
            raise wrong(f"is missing; others can reach {host}, so set a token or host: 127.0.0.1")
        if token is not None and not _TOKEN.fullmatch(token.get_secret_value()):
            raise wrong("must be at least 8 letters, digits or signs, without spaces")
        return token

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise wrong("must begin with https://; only localhost is reached without")
        if parts.username is not None or parts.query or parts.fragment:
            raise wrong("must be an address such as https://bot.example, without user, ? and #")
        return url


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
