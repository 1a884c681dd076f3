"""Buttons: shown by the real discord.py's session, pressed in the sandbox, and always answered."""

from dataclasses import replace

import anyio
import pytest
from tests.platforms.discord.kit import Notes, listening, parcel_to

from picklebot.errors import StorageError
from picklebot.model.choice import Button, Buttons, Suggestion
from picklebot.model.events import Final
from picklebot.model.message import Command
from picklebot.model.parcel import Parcel
from picklebot.platforms.discord import typing
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.platforms.discord.components import Part
from picklebot.platforms.discord.frontend import DiscordFrontend
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.discord import DiscordSandbox, Message, SandboxChannel, User
from picklebot.testing.intake import RecordingIntake

BUTTONS = ((Button("Yes", "handle-yes"), Button("No", "handle-no")), (Button("Später 🕰", "handle-later"),))
FOLLOW_UP = "POST /webhooks/*/*"


@pytest.fixture
async def frontend(dc, adapter: DiscordAdapter, intake: RecordingIntake):
    async with listening(adapter, intake):
        yield adapter.frontend


async def show(frontend: DiscordFrontend, parcel: Parcel, text: str) -> None:
    with anyio.fail_after(10):
        await frontend.render(parcel, ReplyStream.of(Final(text)), Notes())


async def ask(frontend: DiscordFrontend, channel: SandboxChannel, buttons: Buttons = BUTTONS) -> Message:
    """Let the bot ask something with buttons."""
    await show(frontend, replace(parcel_to(channel), buttons=buttons), "Shall I?")
    return channel.messages[-1]


async def test_a_press_reaches_the_bus_and_its_note_only_the_one_who_pressed(
    dc: DiscordSandbox,
    frontend: DiscordFrontend,
    intake: RecordingIntake,
    ann: User,
    general: SandboxChannel,
) -> None:
    message = await ask(frontend, general)
    intake.note = "Only the one who asked may choose here."
    pressed = dc.press(ann, message, "handle-no")
    await dc.wait_call(FOLLOW_UP)
    [press] = intake.presses
    assert (press.handle, press.message_id, press.sender.user_id) == ("handle-no", str(message.id), "1001")
    assert not dc.failed(pressed)
    [note] = pressed.followups
    assert (note.text, note.ephemeral) == (intake.note, True)


async def test_what_was_chosen_takes_the_place_of_the_buttons(
    dc: DiscordSandbox,
    frontend: DiscordFrontend,
    intake: RecordingIntake,
    ann: User,
    general: SandboxChannel,
) -> None:
    message = await ask(frontend, general)
    dc.press(ann, message, "handle-yes")
    await intake.wait(lambda bus: len(bus.presses) == 1)
    [press] = intake.presses
    answer = replace(parcel_to(general), id="p2", address=press.address, posted=(press.message_id,))
    await show(frontend, answer, "It is done.")
    [shown] = general.messages
    assert (shown.text, list(shown.components)) == ("It is done.", [])


async def test_more_than_five_are_a_list_and_what_stands_side_by_side_stays_below_it(
    dc: DiscordSandbox,
    frontend: DiscordFrontend,
    intake: RecordingIntake,
    ann: User,
    general: SandboxChannel,
) -> None:
    many = tuple((Button(f"{number} " + "x" * 120, f"h{number}"),) for number in range(30))
    turning = (Button("Newer", "newer"), Button("Older", "older"))
    message = await ask(frontend, general, (*many, turning))
    [[select], buttons] = [row["components"] for row in message.components]
    assert [each["label"] for each in buttons] == ["Newer", "Older"]
    assert (len(select["options"]), len(select["options"][0]["label"])) == (25, 100)
    dc.press(ann, message, select["custom_id"], ("h7",))
    dc.press(ann, message, "older")
    await intake.wait(lambda bus: len(bus.presses) == 2)
    assert [press.handle for press in intake.presses] == ["h7", "older"]


async def test_what_may_follow_a_command_is_suggested_while_it_is_typed(
    dc: DiscordSandbox,
    frontend: DiscordFrontend,
    intake: RecordingIntake,
    ann: User,
    general: SandboxChannel,
) -> None:
    await dc.wait_call("PUT /applications/*/commands")
    intake.suggestions = [Suggestion(f"Roses {number} " + "x" * 120, f"id-{number}") for number in range(30)]
    typed = dc.complete(ann, general, "resume", "conversation", "ros")
    await dc.wait_acknowledged(typed)
    assert [message.command for message in intake.typed] == [Command("resume", "ros")]
    assert len(typed.choices) == 25
    assert (len(typed.choices[0]["name"]), typed.choices[3]["value"]) == (100, "id-3")
    assert not intake.messages


@pytest.mark.usefixtures("frontend")
async def test_where_nothing_can_be_looked_up_nothing_is_suggested(
    dc: DiscordSandbox,
    intake: RecordingIntake,
    ann: User,
    general: SandboxChannel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await dc.wait_call("PUT /applications/*/commands")
    monkeypatch.setattr(typing, "PATIENCE", 0.05)
    intake.gate = anyio.Event()
    slow = dc.complete(ann, general, "agent", "agent", "")
    await dc.wait_acknowledged(slow)
    assert slow.choices == ()
    intake.gate.set()
    intake.troubles = [StorageError("the database is locked")]
    broken = dc.complete(ann, general, "agent", "agent", "")
    await dc.wait_acknowledged(broken)
    assert broken.choices == ()


async def test_a_press_that_cannot_be_kept_at_once_is_tried_until_it_is(
    dc: DiscordSandbox,
    frontend: DiscordFrontend,
    intake: RecordingIntake,
    ann: User,
    general: SandboxChannel,
) -> None:
    message = await ask(frontend, general)
    intake.troubles = [StorageError("the disk is full; make room")]
    pressed = dc.press(ann, message, "handle-yes")
    await dc.wait_acknowledged(pressed)
    await intake.wait(lambda bus: len(bus.presses) == 1)


def test_a_part_without_buttons_takes_away_those_that_stood_there() -> None:
    assert Part("text").components == []


async def test_what_is_written_into_a_commands_blank_is_its_arguments(
    dc: DiscordSandbox,
    frontend: DiscordFrontend,
    intake: RecordingIntake,
    ann: User,
    general: SandboxChannel,
) -> None:
    await dc.wait_call("PUT /applications/*/commands")
    dc.slash(ann, general, "resume", {"conversation": " 2 "})
    await intake.wait(lambda bus: len(bus.messages) == 1)
    assert intake.messages[0].command == Command("resume", "2")
