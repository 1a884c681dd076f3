"""What people send besides words and files: places, contacts, polls and the like, as a bot is told of them. Pure.

Source: https://core.telegram.org/bots/api#message.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any, Final, cast
from uuid import uuid4

Json = dict[str, Any]

DICE: Final[Mapping[str, int]] = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}
"""The dice that there are, and the highest value of each."""

_MOST_OPTIONS: Final = 12
_NO_PICTURE: Final = {"file_id": "sandbox-none", "file_unique_id": "none", "width": 90, "height": 90}


def read_thing(kind: str, fields: Mapping[str, Any]) -> Json:
    """What a message holds for something of this kind: `{"location": {…}}` and so on.

    Raises KeyError for a field that is missing, ValueError or TypeError for one that Telegram's apps do not send.
    """
    if kind not in THINGS:
        raise ValueError(f"kind is one of {', '.join(sorted(THINGS))}, not {kind}")
    return THINGS[kind](fields)


def _location(fields: Mapping[str, Any]) -> Json:
    latitude, longitude = float(fields["latitude"]), float(fields["longitude"])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("a latitude is from -90 to 90, a longitude from -180 to 180")
    return {"location": {"latitude": latitude, "longitude": longitude}}


def _venue(fields: Mapping[str, Any]) -> Json:
    """Telegram tells of its location twice."""
    place = _location(fields)
    return place | {
        "venue": {**place, "title": _words(fields, "title"), "address": _words(fields, "address")}
    }


def _contact(fields: Mapping[str, Any]) -> Json:
    contact = {"phone_number": _words(fields, "phone_number"), "first_name": _words(fields, "first_name")}
    named = {name: str(fields[name]) for name in ("last_name", "vcard") if fields.get(name)}
    return {"contact": contact | named}


def _poll(fields: Mapping[str, Any]) -> Json:
    options = _list(fields, "options")
    if not 1 <= len(options) <= _MOST_OPTIONS:
        raise ValueError(f"a poll has 1 to {_MOST_OPTIONS} options")
    return {
        "poll": {
            "id": str(uuid4().int >> 64),
            "question": _words(fields, "question"),
            "options": [
                {"persistent_id": str(number), "text": text, "voter_count": 0}
                for number, text in enumerate(options)
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
    }


def _checklist(fields: Mapping[str, Any]) -> Json:
    tasks = [{"id": number, "text": text} for number, text in enumerate(_list(fields, "tasks"), 1)]
    return {"checklist": {"title": _words(fields, "title"), "tasks": tasks}}


def _dice(fields: Mapping[str, Any]) -> Json:
    """It falls as it likes, unless its `value` is given."""
    emoji = str(fields.get("emoji") or "🎲")
    highest = DICE.get(emoji)
    if highest is None:
        raise ValueError(f"a dice is one of {' '.join(DICE)}")
    value = int(fields.get("value") or random.randint(1, highest))  # noqa: S311 - a game
    if not 1 <= value <= highest:
        raise ValueError(f"{emoji} shows 1 to {highest}")
    return {"dice": {"emoji": emoji, "value": value}}


def _game(fields: Mapping[str, Any]) -> Json:
    title = _words(fields, "title")
    return {"game": {"title": title, "description": title, "photo": [_NO_PICTURE]}}


def _invoice(fields: Mapping[str, Any]) -> Json:
    title = _words(fields, "title")
    price = {"currency": "EUR", "total_amount": int(fields.get("cents") or 100)}
    return {"invoice": {"title": title, "description": title, "start_parameter": "", **price}}


def _story(fields: Mapping[str, Any]) -> Json:
    chat = {
        "id": int(fields.get("chat") or 1),
        "type": "private",
        "first_name": str(fields.get("name") or "Eva"),
    }
    return {"story": {"chat": chat, "id": int(fields.get("id") or 1)}}


THINGS: Final[Mapping[str, Callable[[Mapping[str, Any]], Json]]] = {
    "location": _location,
    "venue": _venue,
    "contact": _contact,
    "poll": _poll,
    "checklist": _checklist,
    "dice": _dice,
    "game": _game,
    "invoice": _invoice,
    "story": _story,
}


def _words(fields: Mapping[str, Any], name: str) -> str:
    text = str(fields[name]).strip()
    if not text:
        raise ValueError(f"{name} is empty")
    return text


def _list(fields: Mapping[str, Any], name: str) -> list[str]:
    given = fields[name]
    if not isinstance(given, list):
        raise TypeError(f"{name} is a list")
    return [text for each in cast("list[Any]", given) if (text := str(each).strip())]
