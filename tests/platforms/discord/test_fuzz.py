"""Whatever a model says is delivered and pings nobody: the real REST client, on a Discord that checks."""

import pytest
from tests.figures import Figure
from tests.model_outputs import outputs
from tests.platforms.discord.kit import Notes, listening, parcel_to
from tests.sizes import sized

from picklebot.model.events import Final
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.platforms.discord.render import LIMIT, render, width
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.discord import SandboxChannel
from picklebot.sandbox.discord.mentions import NOBODY
from picklebot.testing.intake import RecordingIntake

COUNT = sized(10_000, 1_000)


@pytest.mark.slow
@pytest.mark.timeout(14_400)
@pytest.mark.requirement("P16")
@pytest.mark.requirement("P21")
async def test_any_output_arrives_and_pings_nobody(
    adapter: DiscordAdapter, intake: RecordingIntake, general: SandboxChannel, figure: Figure
) -> None:
    async with listening(adapter, intake):
        for number, text in enumerate(outputs(COUNT, seed=21)):
            parts, notes = render(text), Notes()
            parcel = parcel_to(general, parcel_id=f"p{number}")
            await adapter.frontend.render(parcel, ReplyStream.of(Final(text)), notes)
            assert len(notes.posted) == len(parts), text
            assert all(width(part) <= LIMIT for part in parts), text
            assert all(message.pinged == NOBODY for message in general.messages[-len(parts) :]), text
    figure("P16", "outputs delivered on Discord", f"{COUNT:,}")
    figure("P21", "replies full of mentions, 0 pings", f"{COUNT:,}")
