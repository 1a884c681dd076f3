"""Buttons on Discord: how they are shown, and what comes when one is pressed. Pure.

Source: https://discord.com/developers/docs/components/reference. A button carries its handle as `custom_id`,
and of more than five the lone ones are a list, whose values are the handles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from picklebot.model import words
from picklebot.model.choice import Button, Buttons, Press
from picklebot.platforms.discord.interaction import snowflake_time
from picklebot.platforms.discord.modals import FILL
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
_LIST: Final = 3
_CHOOSE: Final = "choose"
"""What a list is called; what was chosen of it names the choice."""
_MOST_OPTIONS: Final = 25
_LONGEST_OPTION: Final = 100
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
        count = sum(len(row) for row in self.buttons)
        rows = _buttons(self.buttons) if count <= _MOST else _select(self.buttons)
        return [{"type": _ROW, "components": row} for row in rows]


def parse_press(raw: Json, bot_id: str, place: Place) -> Press:
    """The press of an INTERACTION_CREATE that is one. Raises as the functions of `parse` do."""
    handle = parse_handle(raw)
    return Press(
        update_id=handle.id,
        message_id=str(raw["message"]["id"]),
        handle=_pressed(raw).removeprefix(FILL),
        address=address_of(bot_id, place, interaction=handle.text, language=language_of(raw)),
        sender=person_of(raw),
        at=datetime.fromtimestamp(snowflake_time(handle.id), UTC),
    )


def opens_form(raw: Json) -> bool:
    """Whether what was pressed shows a form, which has to be the first answer."""
    return _pressed(raw).startswith(FILL)


def _pressed(raw: Json) -> str:
    return str(raw["data"]["values"][0] if raw["data"].get("values") else raw["data"]["custom_id"])


def _buttons(buttons: Buttons) -> list[list[Json]]:
    return [[_button(each) for each in row] for row in buttons]


def _select(buttons: Buttons) -> list[list[Json]]:
    """Many are a list to choose from; those that stand side by side stay buttons, below it."""
    lone = [row[0] for row in buttons if len(row) == 1][:_MOST_OPTIONS]
    others = _buttons(tuple(row for row in buttons if len(row) > 1))
    if not lone:
        return others[:_MOST]
    options = [{"label": each.label[:_LONGEST_OPTION], "value": _custom_id(each)} for each in lone]
    select = {"type": _LIST, "custom_id": _CHOOSE, "placeholder": words.CHOOSE, "options": options}
    return [[select], *others[: _MOST - 1]]


def _button(button: Button) -> Json:
    label = button.label[:_LONGEST_LABEL]
    return {"type": _BUTTON, "style": _SECONDARY, "label": label, "custom_id": _custom_id(button)}


def _custom_id(button: Button) -> str:
    """What comes back when it is pressed, which tells at once whether a form is to be shown."""
    return f"{FILL}{button.handle}" if button.asks else button.handle
