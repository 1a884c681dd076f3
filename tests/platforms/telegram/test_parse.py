"""One raw update, parsed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.model import words
from picklebot.model.message import Address, Attachment, ChatKind, Command, Sender
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.parse import parse

BOT = BotIdentity("999", "pickle_bot", hears_all=False)
ANN = {"id": 123, "is_bot": False, "first_name": "Ann", "last_name": "Lee"}
US = {"id": 999, "is_bot": True, "first_name": "Pickle", "username": "pickle_bot"}
PRIVATE = {"id": 123, "type": "private", "first_name": "Ann"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Friends"}


def update(**message: Any) -> dict[str, Any]:
    return {
        "update_id": 7,
        "message": {"message_id": 5, "date": 1_700_000_000, "from": ANN, "chat": PRIVATE} | message,
    }


def mark(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length} | more


def in_group(text: str, *entities: dict[str, Any], **message: Any) -> Any:
    return parse(update(chat=GROUP, text=text, entities=list(entities), **message), BOT)


def test_a_private_message() -> None:
    message = parse(update(text="hello"), BOT)
    assert message is not None
    assert (message.update_id, message.message_id, message.text) == ("7", "5", "hello")
    assert message.address == Address("telegram", "999", "123", ChatKind.PRIVATE)
    assert message.sender == Sender("123", "Ann Lee")
    assert message.sent_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert message.spoken_to
    assert message.command is None


def test_a_topic_of_a_private_chat_is_a_thread_but_a_chain_of_replies_is_not() -> None:
    topic = parse(update(text="x", message_thread_id=55, is_topic_message=True), BOT)
    chain = parse(update(text="x", message_thread_id=55), BOT)
    assert topic is not None
    assert topic.address.thread_id == "55"
    assert chain is not None
    assert chain.address.thread_id is None


def test_a_group_message_is_answered_as_a_reply_and_only_when_spoken_to() -> None:
    message = in_group("good morning")
    assert message.address == Address("telegram", "999", "-1001", ChatKind.GROUP, reply_to="5")
    assert not message.spoken_to


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/new", Command("new")),
        ("/New@Pickle_Bot please now", Command("new", "please now")),
        ("/start ref_42", Command("start", "ref_42")),
        ("/help\nme", Command("help", "me")),
    ],
)
def test_commands(text: str, command: Command) -> None:
    length = len(text.split(maxsplit=1)[0])
    message = in_group(text, mark("bot_command", 0, length))
    assert message.command == command
    assert message.spoken_to


def test_a_command_inside_of_a_text_is_text() -> None:
    message = in_group("what is /new", mark("bot_command", 8, 4))
    assert message.command is None
    assert not message.spoken_to


def test_a_command_for_another_bot_is_not_for_us_even_in_a_reply_to_us() -> None:
    message = in_group(
        "/new@other_bot",
        mark("bot_command", 0, 14),
        reply_to_message={"message_id": 1, "from": US},
    )
    assert message.command is None
    assert not message.spoken_to


@pytest.mark.parametrize("text", ["/ask what is up?", "/ask@pickle_bot what is up?"])
def test_ask_is_a_way_to_say_something(text: str) -> None:
    message = in_group(text, mark("bot_command", 0, len(text.split(maxsplit=1)[0])))
    assert (message.text, message.command, message.spoken_to) == ("what is up?", None, True)


def test_ask_without_words_is_a_command_but_with_a_picture_it_is_not() -> None:
    assert in_group("/ask", mark("bot_command", 0, 4)).command == Command("ask")
    picture = {"photo": [{"file_id": "f", "width": 1, "height": 1}], "caption": "/ask"}
    asked = parse(update(caption_entities=[mark("bot_command", 0, 4)], **picture), BOT)
    assert asked is not None
    assert (asked.command, asked.text, len(asked.attachments)) == (None, "", 1)


@pytest.mark.parametrize("code", words.LANGUAGES)
def test_a_reply_to_our_question_is_what_it_asked_for(code: str) -> None:
    question = {"message_id": 1, "from": US, "text": f"It is x.\n{words.LANGUAGES[code].ASKS['title']}"}
    completed = parse(update(text="Gherkins", reply_to_message=question), BOT)
    assert completed is not None
    assert (completed.command, completed.quotes) == (Command("title", "Gherkins"), ())
    somebody = parse(update(text="Gherkins", reply_to_message={**question, "from": ANN}), BOT)
    assert somebody is not None
    assert (somebody.command, len(somebody.quotes)) == (None, 1)


def test_a_reply_to_us_speaks_to_us() -> None:
    assert in_group("why?", reply_to_message={"message_id": 1, "from": US}).spoken_to
    assert not in_group("why?", reply_to_message={"message_id": 1, "from": ANN}).spoken_to
    assert not in_group("why?", reply_to_message={"message_id": 1}).spoken_to


def test_a_topic_that_we_opened_does_not_make_every_message_in_it_ours() -> None:
    opening = {"message_id": 55, "from": US, "forum_topic_created": {"name": "News"}}
    message = in_group("hi all", reply_to_message=opening, message_thread_id=55, is_topic_message=True)
    assert not message.spoken_to
    assert message.address.thread_id == "55"


@pytest.mark.parametrize("text", ["@pickle_bot hello", "@Pickle_Bot, hello", "@pickle_bot: hello"])
def test_a_leading_mention_is_stripped(text: str) -> None:
    message = in_group(text, mark("mention", 0, 11))
    assert (message.text, message.spoken_to) == ("hello", True)


def test_a_mention_further_back_stays() -> None:
    message = in_group("😀 so, @pickle_bot?", mark("mention", 7, 11))
    assert (message.text, message.spoken_to) == ("😀 so, @pickle_bot?", True)


def test_a_mention_by_id_and_a_mention_of_somebody_else() -> None:
    by_id = in_group("Pickle hi", mark("text_mention", 0, 6, user=US))
    assert (by_id.text, by_id.spoken_to) == ("hi", True)
    assert not in_group("@pickle_bot2 hi", mark("mention", 0, 12)).spoken_to


def test_an_anonymous_admin_and_a_channel_are_the_chat_they_speak_as() -> None:
    group_bot = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    message = parse(update(chat=GROUP, text="x", sender_chat=GROUP, **{"from": group_bot}), BOT)
    assert message is not None
    assert message.sender == Sender("-1001", "Friends")


def test_a_channel_post() -> None:
    channel = {"id": -1009, "type": "channel", "title": "News"}
    post = {"message_id": 3, "date": 1, "chat": channel, "sender_chat": channel, "text": "/help"}
    message = parse({"update_id": 8, "channel_post": post | {"entities": [mark("bot_command", 0, 5)]}}, BOT)
    assert message is not None
    assert (message.sender, message.address.chat_kind) == (Sender("-1009", "News"), ChatKind.GROUP)
    assert message.command == Command("help")


def test_a_bot_is_told_apart() -> None:
    message = parse(update(text="x", **{"from": US | {"id": 4}}), BOT)
    assert message is not None
    assert message.sender.is_bot


@pytest.mark.parametrize(
    ("content", "attachment"),
    [
        ({"sticker": {"file_id": "S", "emoji": "😀"}}, Attachment("sticker", "", note="😀")),
        (
            {"photo": [{"file_id": "s", "file_size": 1}, {"file_id": "L", "file_size": 9}]},
            Attachment("photo", "L", size=9),
        ),
        (
            {"document": {"file_id": "D", "file_name": "a.pdf", "mime_type": "application/pdf"}},
            Attachment("document", "D", "a.pdf", "application/pdf"),
        ),
        ({"animation": {"file_id": "A"}, "document": {"file_id": "A"}}, Attachment("animation", "A")),
        ({"voice": {"file_id": "V"}}, Attachment("voice", "V")),
        ({"location": {"latitude": 1.0, "longitude": 2.0}}, Attachment("location", "", note="1.0, 2.0")),
        (
            {"poll": {"id": "1", "question": "Tea?", "options": [{"text": "yes"}, {"text": "no"}]}},
            Attachment("poll", "", note="“Tea?” yes / no"),
        ),
        (
            {"contact": {"phone_number": "+49", "first_name": "Ann"}},
            Attachment("contact", "", note="Ann +49"),
        ),
        ({"dice": {"emoji": "🎲", "value": 4}}, Attachment("dice", "", note="🎲 4")),
        (
            {"checklist": {"title": "Buy", "tasks": [{"id": 1, "text": "tea"}]}},
            Attachment("checklist", "", note="“Buy” tea"),
        ),
        (
            {
                "venue": {
                    "title": "Inn",
                    "address": "Road 1",
                    "location": {"latitude": 1.0, "longitude": 2.0},
                },
                "location": {"latitude": 1.0, "longitude": 2.0},
            },
            Attachment("venue", "", note="Inn, Road 1: 1.0, 2.0"),
        ),
        ({"story": {"id": 1}}, Attachment("story", "")),
    ],
)
def test_what_comes_besides_words(content: dict[str, Any], attachment: Attachment) -> None:
    message = parse(update(**content), BOT)
    assert message is not None
    assert (message.text, message.attachments) == ("", (attachment,))


def test_a_caption_counts_as_text() -> None:
    message = parse(
        update(
            chat=GROUP,
            photo=[{"file_id": "P"}],
            caption="@pickle_bot look",
            caption_entities=[mark("mention", 0, 11)],
        ),
        BOT,
    )
    assert message is not None
    assert (message.text, message.spoken_to) == ("look", True)


@pytest.mark.parametrize(
    "silent",
    [
        {"update_id": 7, "edited_message": update(text="x")["message"]},
        {"update_id": 7, "poll": {}},
        {"update_id": 7, "message": None},
        update(new_chat_members=[ANN]),
        update(migrate_to_chat_id=-5),
    ],
)
def test_what_says_nothing_is_no_message(silent: dict[str, Any]) -> None:
    assert parse(silent, BOT) is None


@pytest.mark.parametrize(
    "odd",
    [
        {"update_id": 7, "message": 5},
        {"update_id": 7, "message": {"text": "x"}},
        update(text=5),
        update(text="x", chat=None),
        update(text="x", chat={"id": "x", "type": "private"}),
        update(text="x", date="yesterday"),
        update(text="x", date=10**20),
        update(text="x", entities=[{}]),
        update(text="x", entities=5),
        update(photo=5),
    ],
)
def test_an_odd_update_is_refused(odd: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError, OverflowError, AttributeError, OSError)):
        parse(odd, BOT)


def test_a_text_is_fit_to_be_stored() -> None:
    message = parse(update(text="a\ud800b\0c"), BOT)
    assert message is not None
    assert message.text == "a\ufffdb\ufffdc"


@given(st.text(), st.integers(-5, 50), st.integers(-5, 50), st.sampled_from(["mention", "bot_command"]))
def test_no_entity_breaks_a_text(text: str, offset: int, length: int, kind: str) -> None:
    message = parse(update(text=f"x{text}", entities=[mark(kind, offset, length)]), BOT)
    assert message is not None
    message.text.encode()


@pytest.mark.parametrize(
    ("code", "language"), [("de", "de"), ("pt-br", "pt-br"), (None, ""), ("x" * 99, "x" * 35)]
)
def test_the_language_of_whoever_speaks_goes_with_the_address(code: str | None, language: str) -> None:
    message = parse(update(text="hallo", **{"from": {**ANN, "language_code": code}}), BOT)
    assert message is not None
    assert message.address.language == language


def test_another_bot_has_to_name_us_each_time() -> None:
    robot = {"id": 8, "is_bot": True, "first_name": "Robot", "username": "robot"}
    ours = {"from": {"id": 999}}
    assert in_group("@pickle_bot beep", mark("mention", 0, 11), **{"from": robot}).spoken_to
    assert in_group("/ask@pickle_bot beep", mark("bot_command", 0, 15), **{"from": robot}).spoken_to
    assert not in_group("beep", reply_to_message=ours, **{"from": robot}).spoken_to
    alone = parse(update(text="beep", **{"from": robot}), BOT)
    assert alone is not None
    assert not alone.spoken_to
