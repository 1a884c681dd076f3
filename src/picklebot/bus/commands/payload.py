"""What a link such as t.me/bot?start=link_CODE makes somebody say. Pure.

Telegram lets them press one button that says `/start link_CODE`; so it is read as the command that it stands for.
Nobody has typed it: what it leads to asks before it does something.
"""

from __future__ import annotations

from typing import Final

from picklebot.model.message import Command

LINK: Final = "link"
"""What a payload begins with that carries the code of a `/link`."""
_MARK: Final = "_"


def meant(command: Command) -> Command:
    """The command that is meant. `/start pair_…` is a look at who waits, whatever the link says of them."""
    kind, mark, payload = command.args.strip().partition(_MARK)
    if command.name != "start" or not mark:
        return command
    if kind == LINK:
        return Command("link", payload)
    return Command("pair") if kind == "pair" else command
