"""Recordings in words, by a server that speaks as OpenAI does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from picklebot.engines.llm.transcription import Transcription
from picklebot.errors import EngineError
from picklebot.model.agent import ModelChoice


@dataclass
class Server:
    """Answers as told, and remembers what it was asked."""

    url: str = ""
    status: int = 200
    body: str = '{"text": "hello there"}'
    asked: list[tuple[str, str, str, bytes]] = field(default_factory=list[tuple[str, str, str, bytes]])

    async def answer(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        key = request.headers["Authorization"]
        self.asked.append((key, str(form["model"]), file.filename, file.file.read()))
        return web.Response(status=self.status, text=self.body, content_type="application/json")


@asynccontextmanager
async def serving(**changes: object) -> AsyncGenerator[Server]:
    server = Server(**changes)  # type: ignore[arg-type]
    app = web.Application()
    app.router.add_post("/v1/audio/transcriptions", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()


def to(url: str) -> Transcription:
    return Transcription(ModelChoice("openai:whisper-1", api_key="sk-1", base_url=url))


async def test_a_recording_is_put_into_words() -> None:
    async with serving() as server:
        assert await to(server.url).transcribe(b"OggS", "voice") == "hello there"
        assert await to(server.url).transcribe(b"ID3", "song.mp3") == "hello there"
        assert server.asked == [
            ("Bearer sk-1", "whisper-1", "voice.ogg", b"OggS"),
            ("Bearer sk-1", "whisper-1", "song.mp3", b"ID3"),
        ]


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (401, "{}", "key_refused", False),
        (429, "{}", "provider_down", True),
        (503, "{}", "provider_down", True),
        (400, "{}", "rejected", False),
        (200, "{}", "garbled", True),
        (200, "<p>", "garbled", True),
    ],
)
async def test_every_refusal_has_its_friendly_words(
    status: int, body: str, code: str, retryable: bool
) -> None:
    async with serving(status=status, body=body) as server:
        with pytest.raises(EngineError) as caught:
            await to(server.url).transcribe(b"OggS", "voice")
        assert (caught.value.code, caught.value.retryable) == (code, retryable)
        assert "sk-1" not in str(caught.value)


async def test_nobody_there() -> None:
    with pytest.raises(EngineError) as caught:
        await to("http://127.0.0.1:9/v1").transcribe(b"OggS", "voice")
    assert (caught.value.code, caught.value.retryable) == ("unreachable", True)
