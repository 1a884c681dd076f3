"""Rich messages: what the sandbox takes, and what it refuses as Telegram does."""

from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import EditMessageText, SendRichMessage, SendRichMessageDraft, TelegramMethod
from aiogram.types import InputRichMessage

from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox

Block = dict[str, Any]
WORDS: Block = {"type": "paragraph", "text": "words"}
CELL: Block = {"text": "x", "align": "left", "valign": "top"}
BLOCKS: list[Block] = [
    {"type": "heading", "text": ["A ", {"type": "italic", "text": "title"}], "size": 2},
    {
        "type": "list",
        "items": [{"blocks": [WORDS], "has_checkbox": True}, {"blocks": [WORDS], "value": 3, "type": "a"}],
    },
    {"type": "table", "cells": [[CELL, {**CELL, "is_header": True}]], "is_bordered": True},
    {"type": "blockquote", "blocks": [{"type": "pre", "text": "x = 1", "language": "python"}]},
    {"type": "mathematical_expression", "expression": "x^2"},
    {"type": "divider"},
    {"type": "footer", "text": {"type": "url", "text": "page", "url": "https://example.org"}},
]
SAID = "A title\nwords\nwords\nx | x\nx = 1\nx^2\n———\npage"


@pytest.fixture
def chat(tg: TelegramSandbox, ann: SandboxUser) -> SandboxChat:
    """Ann's private chat, which the bot may write to."""
    return tg.private(ann, started=True)


def rich(*blocks: Block, **more: Any) -> Any:
    """A rich message as it stands, right or wrong."""
    return InputRichMessage.model_construct(blocks=list(blocks), **more)


def nested(depth: int) -> Block:
    return WORDS if not depth else {"type": "blockquote", "blocks": [nested(depth - 1)]}


def sending(chat: SandboxChat, message: Any) -> TelegramMethod[Any]:
    return SendRichMessage.model_construct(chat_id=chat.id, rich_message=message)


async def test_what_is_sent_is_shown_and_can_be_changed_into_words_and_back(
    bot: Bot, chat: SandboxChat
) -> None:
    sent = await bot(SendRichMessage(chat_id=chat.id, rich_message=rich(*BLOCKS)))
    assert sent.rich_message is not None
    assert sent.text is None
    [message] = chat.messages
    assert (message.text, list(message.rich)) == (SAID, BLOCKS)
    where: dict[str, Any] = {"chat_id": chat.id, "message_id": sent.message_id}
    await bot(EditMessageText(**where, text="only words"))
    assert (chat.messages[0].text, chat.messages[0].rich) == ("only words", ())
    again = EditMessageText(**where, rich_message=rich(WORDS))
    await bot(again)
    assert chat.messages[0].rich == (WORDS,)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot(again)


async def test_drafts_may_say_that_they_think(bot: Bot, tg: TelegramSandbox, chat: SandboxChat) -> None:
    thinking = rich({"type": "thinking", "text": "Thinking…"})
    await bot(SendRichMessageDraft.model_construct(chat_id=chat.id, draft_id=7, rich_message=thinking))
    assert [(draft.id, draft.text) for draft in chat.drafts] == [(7, "Thinking…")]
    with pytest.raises(TelegramBadRequest, match="for drafts only"):
        await bot(sending(chat, thinking))
    group = tg.group(-5, "Team", members=[])
    with pytest.raises(TelegramBadRequest, match="private chats only"):
        await bot(SendRichMessageDraft.model_construct(chat_id=group.id, draft_id=7, rich_message=thinking))


WRONG: list[tuple[Any, str]] = [
    (rich(), "must be non-empty"),
    (InputRichMessage(html="<p>x</p>"), "blocks only"),
    (InputRichMessage(html="<p>x</p>", markdown="x"), "exactly one"),
    (rich({"type": "paragraph", "text": " "}), "rich message is empty"),
    (rich({"type": "photo"}), "unsupported block type 'photo'"),
    (rich({"type": "paragraph"}), "rich text must be an Object"),
    (
        rich({"type": "paragraph", "text": {"type": "blink", "text": "x"}}),
        "unsupported rich text type 'blink'",
    ),
    (rich({"type": "paragraph", "text": {"type": "url", "text": "x", "url": "nowhere"}}), "URL_INVALID"),
    (rich({"type": "heading", "text": "x", "size": 7}), "1 to 6"),
    (rich({"type": "pre", "text": "x", "language": ""}), "language"),
    (rich({"type": "mathematical_expression", "expression": ""}), "expression"),
    (rich({"type": "list", "items": []}), "must have items"),
    (rich({"type": "list", "items": [{"blocks": []}]}), "non-empty"),
    (rich({"type": "list", "items": [{"blocks": [WORDS], "value": "1"}]}), "wrong label"),
    (rich({"type": "list", "items": [{"blocks": [WORDS], "has_checkbox": 1}]}), "Boolean"),
    (rich({"type": "list", "items": [{"blocks": [WORDS], "is_checked": True}]}), "only a checkbox"),
    (rich({"type": "table", "cells": [WORDS]}), "row must be an Array"),
    (rich({"type": "table", "cells": [[{**CELL, "align": "justify"}]]}), "wrong alignment"),
    (rich({"type": "table", "cells": [[{**CELL, "valign": "left"}]]}), "wrong vertical alignment"),
    (rich({"type": "table", "cells": [[CELL] * 21]}), "COLUMNS_TOO_MUCH"),
    (rich(*[WORDS] * 501), "BLOCKS_TOO_MUCH"),
    (rich(nested(16)), "DEPTH_TOO_MUCH"),
    (rich({"type": "paragraph", "text": "x" * 32_769}), "too long"),
    (rich({"type": "paragraph", "text": "openai:ann@example.org"}), "EMAIL_INVALID"),
]


@pytest.mark.parametrize(("message", "refusal"), WRONG)
async def test_what_is_refused(bot: Bot, chat: SandboxChat, message: Any, refusal: str) -> None:
    with pytest.raises(TelegramBadRequest, match=refusal):
        await bot(sending(chat, message))
    assert chat.messages == []


async def test_what_just_fits(bot: Bot, chat: SandboxChat) -> None:
    for blocks in (
        [WORDS] * 500,
        [nested(15)],
        [{"type": "paragraph", "text": "x" * 32_768}],
        [{"type": "table", "cells": [[CELL] * 20]}],
    ):
        await bot(sending(chat, rich(*blocks)))
    odd = rich({"type": "paragraph", "text": "openai:ann@example.org"}, skip_entity_detection=True)
    await bot(sending(chat, odd))
    assert len(chat.messages) == 5


async def test_nothing_is_nothing(bot: Bot, chat: SandboxChat) -> None:
    with pytest.raises(TelegramBadRequest, match="rich message is empty"):
        await bot(SendRichMessage.model_construct(chat_id=chat.id))
