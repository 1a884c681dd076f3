"""👀 under questions in channels, through the real discord.py."""

from dataclasses import replace

import anyio
from tests.platforms.discord.kit import Notes, listening, parcel_to

from picklebot.model.events import Final
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.replies.eyes import EYES, Seen
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.discord import DiscordSandbox, SandboxChannel, User
from picklebot.testing.intake import RecordingIntake


async def test_a_question_in_a_channel_is_seen_until_it_is_answered(
    dc: DiscordSandbox, adapter: DiscordAdapter, intake: RecordingIntake, general: SandboxChannel, ann: User
) -> None:
    async with listening(adapter, intake):
        asked = general.say(ann, "hello", mentions_bot=True)
        await general.wait_for(lambda it: it.id == asked.id and EYES in it.reactions)
        frontend = Seen(adapter.frontend, adapter.eyes)
        parcel = replace(parcel_to(general), address=intake.messages[0].address)
        await frontend.render(parcel, ReplyStream.of(Final("hello!")), Notes())
        await general.wait_for(lambda it: it.id == asked.id and EYES not in it.reactions)


async def test_a_direct_message_is_not(
    dc: DiscordSandbox, adapter: DiscordAdapter, intake: RecordingIntake, ann: User
) -> None:
    direct = dc.dm(ann)
    async with listening(adapter, intake):
        asked = direct.say(ann, "hello")
        await intake.wait(lambda bus: bus.texts == ["hello"])
        await anyio.wait_all_tasks_blocked()
        assert not asked.reactions
