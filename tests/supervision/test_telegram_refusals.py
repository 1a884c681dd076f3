"""What an operator sees in health while Telegram refuses: the real aiogram on the sandbox."""

import anyio
import pytest
from tests.platforms.telegram.kit import RecordingIntake, options_for

from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.session import open_bot
from picklebot.sandbox.telegram import TelegramSandbox
from picklebot.supervision.supervisor import Supervisor

CONFLICT = "Conflict: terminated by other getUpdates request"


@pytest.mark.requirement("P17")
async def test_another_poller_shows_until_it_is_gone() -> None:
    async with TelegramSandbox.start() as tg, open_bot(options_for(tg)) as bot:
        tg.fault("getUpdates", code=409, description=CONFLICT)
        supervisor = Supervisor(TelegramAdapter(bot, options_for(tg)), first_pause=0.2)
        intake = RecordingIntake()
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(supervisor.run, intake)
                while supervisor.health().state != "retrying":
                    await anyio.lowlevel.checkpoint()
                assert "another program polls with this token" in supervisor.health().detail
                ann = tg.user(1, "Ann")
                tg.private(ann).say(ann, "hello")
                await intake.wait(lambda bus: bus.texts == ["hello"])
                assert supervisor.health().state == "up"
                tasks.cancel_scope.cancel()


@pytest.mark.requirement("P17")
async def test_a_refused_token_is_parked_and_said() -> None:
    async with TelegramSandbox.start() as tg:
        options = options_for(tg, token="123456:somebody-elses-token-000000000000")
        async with open_bot(options) as bot:
            supervisor = Supervisor(TelegramAdapter(bot, options))
            with anyio.fail_after(10):
                await supervisor.run(RecordingIntake())
        assert supervisor.health().state == "parked"
        assert "Telegram refused the token" in supervisor.health().detail
        assert options.token not in supervisor.health().detail
