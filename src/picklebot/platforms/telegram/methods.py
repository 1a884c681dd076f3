"""The Bot API's methods that are used, as aiogram has them, but with their results left as JSON.

So an odd object in a result cannot make the call fail, and nothing is built that nobody reads.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from aiogram import methods
from aiogram.methods import TelegramMethod

Method = TypeVar("Method", bound=TelegramMethod[Any])


def _raw(method: type[Method], *given: str) -> type[Method]:
    """The method; what is `given` is taken as it is, because checking it costs more than all the rest."""
    about: dict[str, Any] = {"__returning__": Any, "__module__": __name__}
    about["__annotations__"] = dict.fromkeys(given, Any)
    fields = {name: method.model_fields[name] for name in given}
    about |= {name: known.default for name, known in fields.items() if not known.is_required()}
    return cast("type[Method]", type(method.__name__, (method,), about))


GetMe = _raw(methods.GetMe)
GetUpdates = _raw(methods.GetUpdates)
GetWebhookInfo = _raw(methods.GetWebhookInfo)
SendMessage = _raw(methods.SendMessage)
SendRichMessage = _raw(methods.SendRichMessage, "rich_message")
EditMessageText = _raw(methods.EditMessageText, "rich_message")
SendDocument = _raw(methods.SendDocument)
SendChatAction = _raw(methods.SendChatAction)
SendMessageDraft = _raw(methods.SendMessageDraft)
SendRichMessageDraft = _raw(methods.SendRichMessageDraft, "rich_message")
