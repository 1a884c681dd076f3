"""What a link makes somebody say."""

import pytest

from picklebot.bus.commands.payload import meant
from picklebot.model.message import Command


@pytest.mark.parametrize(
    ("said", "command"),
    [
        (Command("start", "link_ABCD2345"), Command("link", "ABCD2345")),
        (Command("start", "link_ABCD yes"), Command("link", "ABCD yes")),
        (Command("start", "pair_ABCD2345"), Command("pair")),
        (Command("start", "campaign_7"), Command("start", "campaign_7")),
        (Command("start", "link"), Command("start", "link")),
        (Command("start"), Command("start")),
        (Command("help", "link_ABCD"), Command("help", "link_ABCD")),
    ],
)
def test_a_payload_is_the_command_that_it_stands_for(said: Command, command: Command) -> None:
    assert meant(said) == command
