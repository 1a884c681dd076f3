"""Secrets planted in a configuration, and a search for them everywhere they must not be (P30).

canaries = Canaries(sandbox.token)
(workspace / "config.yaml").write_text(f"llm: {{api_key: {canaries.api_key}}}\\n…")
…the test…
canaries.assert_kept(workspace, log=log_text, replies=said, health=body)
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

OPERATORS_OWN = frozenset({"config.yaml", "config.example.yaml", "AGENT.md", ".env"})
"""Where an operator writes secrets; the service writes to none of these."""
_SHORTEST = 12


class Canaries:
    """Secrets of this one test. `known` are those made elsewhere, such as a sandbox's bot token."""

    def __init__(self, *known: str) -> None:
        self.telegram_token = f"{secrets.randbelow(10**9) + 10**8}:{secrets.token_hex(18)}"
        self.discord_token = ".".join(secrets.token_hex(size) for size in (12, 6, 19))
        self.api_key = f"sk-canary-{secrets.token_hex(16)}"
        self.web_token = f"canary-{secrets.token_hex(16)}"
        self.secrets = (self.telegram_token, self.discord_token, self.api_key, self.web_token, *known)
        self._marks = {mark: secret for secret in self.secrets for mark in _marks(secret)}
        self._pattern = re.compile(b"|".join(re.escape(mark) for mark in self._marks))

    def seen_in(self, content: object) -> list[str]:
        """The secrets that stand in a text, in bytes, or in the texts of a list, as they are or encoded."""
        return sorted({self._marks[found] for raw in _raw(content) for found in self._pattern.findall(raw)})

    def seen(self, folder: Path | None = None, **contents: object) -> Mapping[str, list[str]]:
        """Where a secret stands: the files below `folder` that the service wrote, and `contents` by name."""
        places: list[tuple[str, object]] = list(contents.items())
        if folder is not None:
            files = (path for path in sorted(folder.rglob("*")) if path.name not in OPERATORS_OWN)
            places += [(str(path.relative_to(folder)), path.read_bytes()) for path in files if path.is_file()]
        return {name: found for name, content in places if (found := self.seen_in(content))}

    def assert_kept(self, folder: Path | None = None, **contents: object) -> None:
        """No secret is in the database, the logs, the YAML or anything else below `folder`, nor in `contents`."""
        seen = self.seen(folder, **contents)
        assert not seen, f"secrets came out: {', '.join(seen)}"


def _marks(secret: str) -> Iterator[bytes]:
    """What gives a secret away: itself, each long part of it, and both as URLs and base64 carry them."""
    parts = {secret, *(part for part in re.split(r"[.:]", secret) if len(part) >= _SHORTEST)}
    for part in parts:
        yield part.encode()
        yield quote(part, safe="").encode()
        for shift in range(3):
            # The characters at both ends also depend on what stands beside the secret.
            code = base64.b64encode(b"\0" * shift + part.encode())
            yield code[4 if shift else 0 : -4]


def _raw(content: object) -> Iterable[bytes]:
    match content:
        case bytes():
            yield content
        case str():
            yield content.encode("utf-8", "surrogatepass")
        case Mapping():
            for key, value in content.items():
                yield from (*_raw(key), *_raw(value))
        case list() | tuple() | set() | frozenset():
            for item in content:
                yield from _raw(item)
        case _:
            yield repr(content).encode("utf-8", "surrogatepass")
