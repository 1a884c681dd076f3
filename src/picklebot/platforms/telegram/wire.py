"""Calls as bytes: a method's parameters as JSON, and the result in an answer. Pure."""

from __future__ import annotations

from typing import Any, Final, cast

from aiogram.methods import TelegramMethod
from pydantic import BaseModel
from pydantic_core import from_json, to_json

from picklebot.platforms.telegram import methods

HOT: Final[tuple[type[TelegramMethod[Any]], ...]] = (
    methods.GetUpdates,
    methods.SendMessage,
    methods.EditMessageText,
    methods.SendChatAction,
    methods.SendRichMessage,
    methods.SendRichMessageDraft,
)
"""The methods that every message needs. They carry no files, and give their results as JSON."""

NO_RESULT: Final = object()

_ANSWER: Final = {"ok", "result"}


def dump(method: TelegramMethod[Any]) -> bytes:
    """The parameters of a hot method, as far as they were given."""
    return to_json(_given(method))


def load(body: bytes) -> Any:
    """The result in an answer that is plainly good; NO_RESULT for any other, which aiogram is to judge."""
    try:
        answer: Any = from_json(body)
    except ValueError:
        return NO_RESULT
    if type(answer) is dict and cast("dict[str, Any]", answer).keys() == _ANSWER and answer["ok"] is True:
        return cast("Any", answer["result"])
    return NO_RESULT


def _given(model: BaseModel) -> dict[str, Any]:
    """What was given, without what is None or empty. aiogram asks all fields, most of which nobody gave."""
    values = ((name, model.__dict__[name]) for name in model.model_fields_set)
    return {name: _plain(value) for name, value in values if value is not None and value != ""}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _given(value)
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[Any]", value)]
    return value
