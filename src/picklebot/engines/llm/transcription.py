"""Listens to recordings through a provider that speaks as OpenAI does.

Source: https://platform.openai.com/docs/api-reference/audio/createTranscription.
"""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import Any, Final, cast

from anyio.to_thread import run_sync

from picklebot.engines.llm.endpoint import Endpoint, endpoint_of
from picklebot.errors import EngineError
from picklebot.model import words
from picklebot.model.agent import ModelChoice

_SECONDS: Final = 120.0
_KEY: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_SUFFIXES: Final = {"voice": ".ogg", "video_note": ".mp4", "audio": ".mp3"}
"""How a recording ends that came without a name: providers go by that."""


class Transcription:
    """Implements `ports.transcriber.Transcriber`."""

    def __init__(self, choice: ModelChoice) -> None:
        self._choice = choice

    async def transcribe(self, data: bytes, name: str) -> str:
        """See Transcriber."""
        endpoint = endpoint_of(self._choice, os.environ)
        name += "" if "." in name else _SUFFIXES.get(name, "")
        answer: Any = await self._ask(endpoint, name, data)
        text: Any = cast("dict[str, Any]", answer).get("text") if isinstance(answer, dict) else None
        if not isinstance(text, str):
            raise _fault("garbled", "an answer without a text", retryable=True)
        return text

    async def _ask(self, endpoint: Endpoint, name: str, data: bytes) -> Any:
        httpx2 = await run_sync(_library)
        try:
            async with httpx2.AsyncClient(timeout=_SECONDS) as client:
                answer = await client.post(
                    f"{endpoint.base_url.rstrip('/')}/audio/transcriptions",
                    headers={"Authorization": f"Bearer {endpoint.api_key}"},
                    data={"model": endpoint.model},
                    files={"file": (name, data)},
                )
                _check(answer.status_code)
                return answer.json()
        except httpx2.HTTPError as error:
            raise _fault("unreachable", type(error).__name__, retryable=True) from None
        except ValueError:
            raise _fault("garbled", "an answer that is no JSON", retryable=True) from None


def _library() -> Any:
    """The HTTP client, which is not there before it is needed."""
    import httpx2  # noqa: PLC0415

    return httpx2


def _check(status: int) -> None:
    if status in _KEY:
        raise _fault("key_refused", "the provider refused the key for recordings")
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _fault("provider_down", f"HTTP {status}", retryable=True)
    if status >= HTTPStatus.BAD_REQUEST:
        raise _fault("rejected", f"HTTP {status}")


def _fault(code: str, detail: str, *, retryable: bool = False) -> EngineError:
    return EngineError(code, words.FAULTS[code], detail=f"transcription: {detail}", retryable=retryable)
