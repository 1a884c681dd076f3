"""Buttons on Discord: how they are shown, and what comes when one is pressed. Pure.

Source: https://discord.com/developers/docs/components/reference. A button carries its handle as `custom_id`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from picklebot.model.choice import Buttons, Press
from picklebot.platforms.discord.interaction import snowflake_time
from picklebot.platforms.discord.parse import (
    Json,
    Place,
    address_of,
    language_of,
    parse_handle,
    person_of,
)

PRESSED: Final = 3
"""The type of an interaction that is a pressed button."""

_ROW: Final = 1
_BUTTON: Final = 2
_SECONDARY: Final = 2
_LONGEST_LABEL: Final = 80
_MOST: Final = 5
"""Rows of a message, and buttons of a row."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one message holds."""

    text: str
    buttons: Buttons = ()

    @property
    def components(self) -> list[Json]:
        """The buttons as Discord wants them; an empty list takes away those that stand there."""
        return [
            {"type": _ROW, "components": [_button(*each) for each in row]} for row in _packed(self.buttons)
        ]


def parse_press(raw: Json, bot_id: str, place: Place) -> Press:
    """The press of an INTERACTION_CREATE that is one. Raises as the functions of `parse` do."""
    handle = parse_handle(raw)
    return Press(
        update_id=handle.id,
        message_id=str(raw["message"]["id"]),
        handle=str(raw["data"]["custom_id"]),
        address=address_of(bot_id, place, interaction=handle.text, language=language_of(raw)),
        sender=person_of(raw),
        at=datetime.fromtimestamp(snowflake_time(handle.id), UTC),
    )


def _packed(buttons: Buttons) -> list[list[tuple[str, str]]]:
    """At most five rows: where there are more, every row is filled up."""
    rows = [[(button.label, button.handle) for button in row] for row in buttons]
    if len(rows) > _MOST:
        flat = [button for row in rows for button in row][: _MOST * _MOST]
        rows = [flat[start : start + _MOST] for start in range(0, len(flat), _MOST)]
    return rows


def _button(label: str, handle: str) -> Json:
    return {"type": _BUTTON, "style": _SECONDARY, "label": label[:_LONGEST_LABEL], "custom_id": handle}
