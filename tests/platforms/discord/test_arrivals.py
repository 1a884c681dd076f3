"""The bot is added to servers, through the real discord.py."""

from tests.platforms.discord.kit import listening, options_for

from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.sandbox.discord import DiscordSandbox, SandboxChannel, User
from picklebot.testing.intake import RecordingIntake
from picklebot.testing.memory import DictMemory


async def test_it_says_so_in_the_first_channel_where_it_may_speak(
    dc: DiscordSandbox, adapter: DiscordAdapter, intake: RecordingIntake
) -> None:
    garden = dc.guild(1, "Garden")
    garden.channel(2, "secret", hidden=True)
    garden.channel(3, "rules", read_only=True)
    garden.channel(4, "general")
    async with listening(adapter, intake):
        garden.invite()
        await intake.wait(lambda bus: len(bus.arrivals) == 1)
    [arrival] = intake.arrivals
    assert (arrival.place, arrival.address.chat_id) == ("1", "4")
    assert arrival.name == "@picklebot"
    assert arrival.hears_mentions


async def test_where_it_was_before_it_ever_listened_or_may_not_speak_it_says_nothing(
    dc: DiscordSandbox, intake: RecordingIntake, general: SandboxChannel, ann: User
) -> None:
    quiet = dc.guild(10, "Quiet")
    quiet.channel(11, "rules", read_only=True)
    adapter = DiscordAdapter(options_for(dc, channel_ids=frozenset({"2", "11"})), DictMemory())
    async with listening(adapter, intake):
        quiet.invite()
        elsewhere = dc.guild(20, "Elsewhere")
        elsewhere.channel(21, "general")
        elsewhere.invite()
        general.say(ann, "hello", mentions_bot=True)
        await intake.wait(lambda bus: bus.texts == ["hello"])
    assert intake.arrivals == []
