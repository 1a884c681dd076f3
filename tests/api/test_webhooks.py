"""Telegram brings its updates: the real aiogram, a real server, and the sandbox that delivers to it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import pytest
from structlog.testing import capture_logs
from tests.api.conftest import Site, open_site
from tests.platforms.telegram.kit import RecordingIntake, listening, options_for

from picklebot.errors import PlatformError, StoppingError, StorageError
from picklebot.model.choice import Press
from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.hearing import HEARD
from picklebot.platforms.telegram.options import WebhookOptions
from picklebot.platforms.telegram.session import open_bot
from picklebot.platforms.telegram.webhook import TelegramWebhook
from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox
from picklebot.supervision.supervisor import Supervisor

pytestmark = pytest.mark.requirement("P33")

PATH = "/webhooks/telegram"
HEADER = "x-telegram-bot-api-secret-token"
SECRET = "a-secret-of-some-length"


@dataclass(frozen=True, slots=True)
class Scene:
    """A site that Telegram knows, with an adapter that is not started yet."""

    site: Site
    tg: TelegramSandbox
    adapter: TelegramAdapter
    intake: RecordingIntake
    ann: SandboxUser

    def say(self, text: str) -> None:
        self.tg.private(self.ann).say(self.ann, text)

    async def bring(self, body: bytes = b'{"update_id": 1}', **headers: str | bytes) -> int:
        given = {HEADER: SECRET} | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.site.client.post(PATH, content=body, headers=given)  # type: ignore[arg-type]
        return answer.status_code

    async def until_up(self, state: str = "up") -> None:
        with anyio.fail_after(10):
            while self.adapter.health().state != state:
                await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def scene(*, token: str | None = None, look_every: float = 60.0) -> AsyncGenerator[Scene]:
    async with TelegramSandbox.start() as tg:
        # The server's address is known once it runs, and it is built around the webhook: so the url comes last.
        hook = WebhookOptions("http://localhost", SECRET, max_connections=7, look_every=look_every)
        options = options_for(tg, webhook=hook)
        async with open_bot(options) as bot:
            adapter = TelegramAdapter(bot, options)
            assert isinstance(adapter.webhook, TelegramWebhook)
            async with open_site(token=token, webhooks=[adapter.webhook]) as site:
                adapter.webhook.options = WebhookOptions(
                    f"http://localhost:{site.port}/", SECRET, max_connections=7, look_every=look_every
                )
                yield Scene(site, tg, adapter, RecordingIntake(), tg.user(1001, "Ann", "ann"))


async def test_updates_are_brought_in_order_and_kept() -> None:
    async with scene(token="a-token-of-the-page") as it, listening(it.adapter, it.intake):
        for number in range(20):
            it.say(str(number))
        await it.intake.wait(lambda bus: len(bus.messages) == 20)
        await it.tg.wait_confirmed()
        assert it.intake.texts == [str(number) for number in range(20)]
        assert it.adapter.health().state == "up"
        call = await it.tg.wait_call("setWebhook")
        assert call.params["url"] == f"http://localhost:{it.site.port}{PATH}"
        assert (call.params["secret_token"], call.params["max_connections"]) == (SECRET, "7")
        assert all(f'"{kind}"' in call.params["allowed_updates"] for kind in HEARD)
        assert "drop_pending_updates" not in call.params
        assert not [call for call in it.tg.calls if call.method in {"getUpdates", "deleteWebhook"}]


async def test_only_the_commit_lets_telegram_forget() -> None:
    async with scene() as it, listening(it.adapter, it.intake):
        it.intake.gate = anyio.Event()
        it.say("keep me")
        await it.intake.wait(lambda bus: bus.asked == 1)
        assert len(it.tg.pending) == 1
        it.intake.gate.set()
        await it.tg.wait_confirmed()
        assert it.intake.texts == ["keep me"]


@pytest.mark.parametrize("trouble", [StorageError("the disk is full"), StoppingError("stopping")])
async def test_what_cannot_be_kept_is_brought_again(trouble: Exception) -> None:
    async with scene() as it, listening(it.adapter, it.intake):
        it.intake.troubles = [trouble]
        it.say("keep me")
        await it.tg.wait_confirmed()
        assert (it.intake.asked, it.intake.texts) == (2, ["keep me"])


async def test_a_message_that_breaks_the_bus_does_not_block_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picklebot.platforms.telegram.webhook._PAUSE", 0.0)
    async with scene() as it, listening(it.adapter, it.intake):
        it.intake.troubles = [RuntimeError("a bug")] * 3
        it.say("poison")
        it.tg.inject_update({"message": "not even an object"})
        it.tg.inject_update({"a_kind_of_next_year": {}})
        it.say("good")
        await it.tg.wait_confirmed()
        assert it.intake.texts == ["good"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_it_is_posted_to_alone(method: str) -> None:
    async with scene() as it, listening(it.adapter, it.intake):
        answer = await it.site.client.request(method, PATH, headers={HEADER: SECRET})
        assert answer.status_code == 405


@pytest.mark.parametrize(
    "proof",
    [
        b"",
        b"wrong",
        SECRET.upper().encode(),
        SECRET.encode() + b"x",
        SECRET[:-1].encode(),
        "sécret-with-accents".encode(),
        "geheim-🔑".encode(),
        b"\xff\xfe\xfd",
        b"\x80" * 2000,
    ],
)
async def test_a_wrong_secret_is_401_whatever_it_is(proof: bytes) -> None:
    async with scene(token="a-token-of-the-page") as it, listening(it.adapter, it.intake):
        headers = {HEADER.encode(): proof, b"authorization": b"Bearer a-token-of-the-page"}
        answer = await it.site.client.post(PATH, content=b'{"update_id": 1}', headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_secret")
        assert it.intake.asked == 0


async def test_no_secret_and_two_of_them_are_401() -> None:
    async with scene() as it, listening(it.adapter, it.intake):
        for headers in ([], [(HEADER, SECRET), (HEADER, SECRET)], [(HEADER, SECRET), (HEADER, "x")]):
            answer = await it.site.client.post(PATH, content=b'{"update_id": 1}', headers=headers)
            assert answer.status_code == 401


async def test_the_public_name_opens_this_path_alone() -> None:
    async with scene() as it, listening(it.adapter, it.intake):
        assert isinstance(it.adapter.webhook, TelegramWebhook)
        it.adapter.webhook.options = WebhookOptions("https://Bot.Example", SECRET)
        for name in ("bot.example", "BOT.example", "bot.example:443", f"127.0.0.1:{it.site.port}"):
            assert await it.bring(host=name) == 200, name
        for name in ("evil.example", "bot.example.evil.example", "bot.example@evil", "127.0.0.1:1"):
            assert await it.bring(host=name) == 421, name
        for path in ("/", "/healthz", "/api/v1/sessions", PATH + "/", "/webhooks/discord"):
            answer = await it.site.client.get(path, headers={"host": "bot.example", HEADER: SECRET})
            assert answer.status_code == 421, path


async def test_pages_of_a_browser_and_large_bodies_are_refused() -> None:
    async with scene() as it, listening(it.adapter, it.intake):
        assert await it.bring(origin="https://evil.example") == 403
        assert await it.bring(origin=f"http://127.0.0.1:{it.site.port}") == 403
        assert await it.bring(b"x" * (1024 * 1024 + 1)) == 413

        async def chunks() -> AsyncGenerator[bytes]:
            for _ in range(3):
                yield b"x" * 512 * 1024

        answer = await it.site.client.post(PATH, content=chunks(), headers={HEADER: SECRET})
        assert answer.status_code == 413


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b'{"update_id": "1"}', b"\xff", b"[" * 100_000]
)
async def test_what_is_no_update_is_said_to_be_none(body: bytes) -> None:
    async with scene() as it, listening(it.adapter, it.intake):
        assert await it.bring(body) == 422
        assert it.intake.asked == 0


async def test_nobody_listens_yet_or_any_more() -> None:
    async with scene() as it:
        assert await it.bring() == 503
        async with listening(it.adapter, it.intake):
            assert await it.bring() == 200
        assert await it.bring() == 503
        answer = await it.site.client.post("/webhooks/discord", headers={HEADER: SECRET})
        assert answer.status_code == 404


async def test_polling_again_takes_the_webhook_away_and_loses_nothing() -> None:
    async with scene() as it:
        async with listening(it.adapter, it.intake):
            it.say("brought")
            await it.tg.wait_confirmed()
        it.say("in between")
        options = options_for(it.tg)
        async with open_bot(options) as bot, listening(TelegramAdapter(bot, options), it.intake):
            await it.intake.wait(lambda bus: bus.texts[-1:] == ["in between"])
        assert it.intake.texts == ["brought", "in between"]


async def test_a_press_is_answered() -> None:
    async with scene() as it, listening(it.adapter, it.intake):
        it.intake.note = "done"
        it.tg.inject_update(
            {
                "callback_query": {
                    "id": "77",
                    "from": {"id": 1001, "is_bot": False, "first_name": "Ann"},
                    "data": "0123456789abcdef",
                    "chat_instance": "1",
                    "message": {
                        "message_id": 5,
                        "date": 1,
                        "chat": {"id": 1001, "type": "private", "first_name": "Ann"},
                    },
                }
            }
        )
        call = await it.tg.wait_call("answerCallbackQuery")
        assert call.params["callback_query_id"] == "77"
        assert all(isinstance(press, Press) for press in it.intake.presses)


async def test_a_webhook_that_somebody_took_away_is_set_again() -> None:
    async with scene(look_every=0.01) as it, anyio.create_task_group() as tasks:
        supervisor = Supervisor(it.adapter, first_pause=0.01)
        tasks.start_soon(supervisor.run, it.intake)
        with anyio.fail_after(10):
            await supervisor.settled.wait()
        first = await it.tg.wait_call("setWebhook")
        async with open_bot(options_for(it.tg)) as other:
            await other.delete_webhook()
        await it.tg.wait_call("setWebhook", after=first.number)
        it.say("still there?")
        await it.intake.wait(lambda bus: bus.texts == ["still there?"])
        tasks.cancel_scope.cancel()


@pytest.mark.slow
async def test_what_telegram_cannot_bring_shows_in_the_health_until_it_can() -> None:
    async with scene(look_every=0.01) as it, listening(it.adapter, it.intake):
        with capture_logs() as logged:
            it.intake.troubles = [StorageError("the disk is full")] * 8
            it.say("hello")
            await it.until_up("retrying")
        assert "Telegram cannot bring updates" in it.adapter.health().detail
        assert "updates do not arrive" in [line["event"] for line in logged]
        await it.intake.wait(lambda bus: bus.texts == ["hello"], 20)
        await it.until_up()


async def test_a_url_that_telegram_refuses_is_said() -> None:
    async with scene() as it:
        assert isinstance(it.adapter.webhook, TelegramWebhook)
        it.adapter.webhook.options = WebhookOptions("https://bot.example", SECRET)
        with anyio.fail_after(10), pytest.raises(PlatformError, match="bad webhook"):
            await it.adapter.run(it.intake, task_status=anyio.TASK_STATUS_IGNORED)
