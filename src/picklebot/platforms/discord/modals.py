"""Forms on Discord, which it calls modals: how they are shown, and what comes when one is submitted. Pure.

Source: https://discord.com/developers/docs/interactions/receiving-and-responding and …/components/reference#label.
A modal carries its form's name and handle as `custom_id`, as does a button that opens one, with `fill` for a name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from picklebot.model.blank import Blank, is_open
from picklebot.model.choice import Press
from picklebot.model.message import InboundMessage
from picklebot.platforms.discord.interaction import snowflake_time
from picklebot.platforms.discord.parse import (
    FORM_MARK,
    Json,
    Place,
    address_of,
    language_of,
    parse_handle,
    person_of,
    sound,
)

SUBMITTED: Final = 5
"""The type of an interaction that is a submitted form."""

FILL: Final = f"fill{FORM_MARK}"
"""What the `custom_id` of a button begins with that opens a form."""

_SHOW: Final = 9
_LABEL: Final = 18
_FIELD: Final = 4
_ONE_LINE: Final = 1
_PARAGRAPH: Final = 2
_WRITTEN: Final = "written"
_LONGEST_TITLE: Final = 45
_LONGEST_HINT: Final = 100


def wants_form(message: InboundMessage) -> bool:
    """Whether a slash command came without the words it needs, or points at a message without any."""
    return is_open(message.command) if message.command else bool(message.quotes or message.attachments)


def modal(blank: Blank) -> Json:
    """The first answer to an interaction that shows this form. It cannot come after any other."""
    field: Json = {
        "type": _FIELD,
        "custom_id": _WRITTEN,
        "style": _PARAGRAPH if blank.long else _ONE_LINE,
        "required": blank.required,
        "max_length": blank.most,
    }
    if blank.value:
        field["value"] = blank.value[: blank.most]
    if blank.hint:
        field["placeholder"] = blank.hint[:_LONGEST_HINT]
    label = {"type": _LABEL, "label": blank.label[:_LONGEST_TITLE], "component": field}
    custom_id = f"{blank.name}{FORM_MARK}{blank.handle}"
    form = {"custom_id": custom_id, "title": blank.title[:_LONGEST_TITLE], "components": [label]}
    return {"type": _SHOW, "data": form}


def parse_submission(raw: Json, bot_id: str, place: Place) -> Press:
    """The press of an INTERACTION_CREATE that is a submitted form. Raises as the functions of `parse` do."""
    handle = parse_handle(raw)
    _, _, form = str(raw["data"]["custom_id"]).partition(FORM_MARK)
    shown_by: Json = raw.get("message") or {}
    return Press(
        update_id=handle.id,
        message_id=str(shown_by.get("id") or ""),
        handle=form,
        address=address_of(bot_id, place, interaction=handle.text, language=language_of(raw)),
        sender=person_of(raw),
        at=datetime.fromtimestamp(snowflake_time(handle.id), UTC),
        written=_written(raw["data"]["components"]),
    )


def _written(components: list[Json]) -> str:
    """What stands in the one field, whatever it is wrapped in."""
    for each in components:
        inner = [each["component"]] if "component" in each else each.get("components") or ()
        for field in inner:
            if field.get("custom_id") == _WRITTEN:
                return sound(str(field.get("value") or ""))
    raise LookupError("the form has no such field")
