"""What a browser says, as a message."""

from datetime import UTC, datetime

import pytest

from picklebot.model.message import ChatKind, Command
from picklebot.platforms.web.parse import inbound, parse_command

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_message_is_private_and_its_own_answer_finds_it() -> None:
    message = inbound("anns-cookie", "hello", "m1", NOW)
    assert message.address.platform == "web"
    assert message.address.chat_id == message.sender.user_id == "anns-cookie"
    assert message.address.chat_kind is ChatKind.PRIVATE
    assert message.address.reply_to == message.message_id == "m1"
    assert message.spoken_to
    assert message.command is None


def test_the_same_id_of_another_speaker_is_another_update() -> None:
    assert inbound("ann", "x", "m1", NOW).update_id != inbound("bob", "x", "m1", NOW).update_id
    assert inbound("ann", "x", "m1", NOW).update_id == inbound("ann", "x", "m1", NOW).update_id


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/help", Command("help")),
        ("  /New  ", Command("new")),
        ("/ask what\nis this ", Command("ask", "what\nis this")),
        ("/etc/hosts", None),
        ("/", None),
        ("a /help", None),
        ("/" + "x" * 33, None),
    ],
)
def test_commands_are_told_from_text(text: str, command: Command | None) -> None:
    assert parse_command(text) == command
