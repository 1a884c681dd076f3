"""The token of `messagebus.web.token`, and the login that stands for it in a browser."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

COOKIE: Final = "picklebot_login"


class Token:
    """Compares in constant time. The cookie holds a secret derived from the token, so it gives away no token,
    outlives a restart and ends when the token is changed."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self.login = hmac.new(self._token, b"picklebot login 1", sha256).hexdigest()

    def is_token(self, given: str) -> bool:
        """Whether somebody knows the token."""
        return hmac.compare_digest(_bytes(given), self._token)

    def is_login(self, given: str) -> bool:
        """Whether a browser has logged in."""
        return hmac.compare_digest(_bytes(given), self.login.encode())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
