"""The Bot API's methods that are used, as aiogram has them, but with their results left as JSON.

So an odd object in a result cannot make the call fail, and nothing is built that nobody reads.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from aiogram import methods
from aiogram.methods import TelegramMethod

Method = TypeVar("Method", bound=TelegramMethod[Any])


def _raw(method: type[Method]) -> type[Method]:
    raw = type(method.__name__, (method,), {"__returning__": Any, "__module__": __name__})
    return cast("type[Method]", raw)


GetMe = _raw(methods.GetMe)
GetUpdates = _raw(methods.GetUpdates)
GetWebhookInfo = _raw(methods.GetWebhookInfo)
SendMessage = _raw(methods.SendMessage)
EditMessageText = _raw(methods.EditMessageText)
SendDocument = _raw(methods.SendDocument)
SendChatAction = _raw(methods.SendChatAction)
SendMessageDraft = _raw(methods.SendMessageDraft)
