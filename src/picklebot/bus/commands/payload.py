"""What a link such as t.me/bot?start=link_CODE makes somebody say. Pure.

Telegram lets them press one button that says `/start link_CODE`; so it is read as the command that it stands for.
Nobody has typed it: what it leads to asks before it does something.
"""

from __future__ import annotations

from typing import Final

from picklebot.model.message import Command

_MARK: Final = "_"


def meant(command: Command) -> Command:
    """The command that is meant. `/start pair_…` is a look at who waits, whatever the link says of them."""
    kind, mark, payload = command.args.strip().partition(_MARK)
    if command.name != "start" or not mark:
        return command
    match kind:
        case "link":
            return Command("link", payload)
        case "pair":
            return Command("pair")
        case _:
            return command
