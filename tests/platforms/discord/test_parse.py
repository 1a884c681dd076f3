"""What raw events mean."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.model.message import Attachment, ChatKind, Command
from picklebot.platforms.discord.interaction import InteractionHandle
from picklebot.platforms.discord.parse import Place, parse_message, parse_slash

BOT = "900"
HERE = Place("2")
DIRECT = Place("5", private=True)
AT_NOON = str(int((datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() - 1_420_070_400) * 1000) << 22)


def raw(content: str, **fields: object) -> dict:
    author = {"id": "7", "username": "ann", "global_name": "Ann"}
    return {"id": AT_NOON, "type": 0, "channel_id": "2", "author": author, "content": content, **fields}


def said(content: str, place: Place = DIRECT, **fields: object):
    message = parse_message(raw(content, **fields), BOT, place)
    assert message is not None
    return message


def mentioned(content: str, **fields: object):
    return said(content, HERE, mentions=[{"id": BOT}], **fields)


def test_the_time_is_that_of_the_id() -> None:
    assert said("hello").sent_at == datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<@900> hello", "hello"),
        ("<@!900>, hello", "hello"),
        ("  <@900>: hello <@900>", "hello <@900>"),
        ("hello <@900>", "hello <@900>"),
        ("<@901> hello", "<@901> hello"),
        ("<@900>", ""),
    ],
)
def test_a_leading_mention_is_stripped(content: str, text: str) -> None:
    message = mentioned(content)
    assert (message.text, message.spoken_to) == (text, True)


def test_to_mention_its_role_is_to_mention_the_bot() -> None:
    place = Place("2", own_role="55")
    message = said("<@&55> hello", place, mention_roles=["55"])
    assert (message.text, message.spoken_to) == ("hello", True)
    assert not said("<@&56> hello", place, mention_roles=["56"]).spoken_to
    assert not said("<@&55> hello", HERE, mention_roles=["55"]).spoken_to


def test_what_its_author_belongs_to_is_told() -> None:
    there = {"guild_id": "10", "member": {"nick": "Annie", "roles": ["20", "21"]}}
    assert mentioned("hello", **there).sender.memberships == ("guild:10", "role:20", "role:21")
    assert mentioned("hello", guild_id="10").sender.memberships == ("guild:10",)
    assert said("hello").sender.memberships == ()


def test_a_reply_to_the_bot_speaks_to_it() -> None:
    def reply(author: str) -> bool:
        answered = {"author": {"id": author}}
        return said("yes", HERE, type=19, referenced_message=answered).spoken_to

    assert reply(BOT)
    assert not reply("8")
    assert not said("yes", HERE, type=19, referenced_message=None).spoken_to


@pytest.mark.parametrize(
    ("content", "command"),
    [
        ("/new", Command("new")),
        ("/NEW  a title\nof two lines ", Command("new", "a title\nof two lines")),
        ("/etc/hosts", None),
        ("// no", None),
        ("say /new", None),
    ],
)
def test_commands_are_typed_in_private_or_after_a_mention(content: str, command: Command | None) -> None:
    assert said(content).command == command
    assert mentioned(f"<@900> {content}").command == command
    assert said(content, HERE).command is None


def test_ask_is_a_way_to_speak() -> None:
    message = said("/ask what is it?")
    assert (message.text, message.command) == ("what is it?", None)


@pytest.mark.parametrize("fields", [{"type": 7}, {"type": 20}, {"author": {"id": BOT}}, {"content": "  "}])
def test_what_says_nothing_is_none(fields: dict) -> None:
    assert parse_message({**raw("hello"), **fields}, BOT, DIRECT) is None


def test_bots_and_webhooks_are_known_as_such() -> None:
    assert said("hello", webhook_id="77").sender.is_bot
    assert said("hello", author={"id": "8", "username": "other", "bot": True}).sender.is_bot


def test_names_are_those_that_people_see() -> None:
    assert said("hello", member={"nick": "Annie"}).sender.name == "Annie"
    assert said("hello", member={"nick": None}).sender.name == "Ann"
    assert said("hello", author={"id": "8", "username": "bob", "global_name": None}).sender.name == "bob"


def test_places() -> None:
    address = said("hello", Place("2", "21")).address
    assert (address.chat_id, address.thread_id, address.chat_kind) == ("2", "21", ChatKind.GROUP)
    assert address.reply_to == AT_NOON
    assert said("hello").address.reply_to == AT_NOON


def test_attachments() -> None:
    files = [
        {"url": "http://f/1", "filename": "a.png", "content_type": "image/png", "size": 3},
        {"url": "http://f/2", "filename": "b", "size": 4},
    ]
    assert said("", attachments=files).attachments == (
        Attachment("photo", "http://f/1", "a.png", "image/png", 3),
        Attachment("document", "http://f/2", "b", "", 4),
    )
    assert said("", attachments=files[:1], flags=1 << 13).attachments[0].kind == "voice"
    assert said("", sticker_items=[{"id": "3", "name": "wave"}]).attachments[0].kind == "sticker"
    assert said("", poll={"question": {}}).attachments[0].kind == "poll"


def test_a_forwarded_message_speaks_for_itself() -> None:
    assert said("", message_snapshots=[{"message": {"content": "from afar"}}]).text == "from afar"


def slash(name: str, **fields: object) -> dict:
    data = {"name": name, "options": [{"name": "question", "type": 3, "value": "why?"}]}
    return {"id": AT_NOON, "application_id": "900", "token": "t", "type": 2, "data": data, **fields}


def test_slash_commands() -> None:
    user = {"id": "7", "username": "ann"}
    asked = parse_slash(slash("ask", guild_id="1", member={"user": user, "nick": "Annie"}), BOT, HERE)
    assert (asked.text, asked.command, asked.sender.name) == ("why?", None, "Annie")
    assert InteractionHandle.read(asked.address.interaction or "") == InteractionHandle(
        AT_NOON, "900", "7", "t", ephemeral=False
    )
    new = parse_slash(slash("new", guild_id="1", member={"user": user}), BOT, HERE)
    assert (new.command, InteractionHandle.read(new.address.interaction or "").ephemeral) == (
        Command("new"),
        True,
    )
    assert new.text == "/new"
    for value, args in ((True, "all"), (False, "")):
        data = {"name": "stop", "options": [{"name": "all", "type": 5, "value": value}]}
        stop = parse_slash(slash("stop", user=user) | {"data": data}, BOT, DIRECT)
        assert (stop.text, stop.command) == (f"/stop {args}".rstrip(), Command("stop", args))
    direct = parse_slash(slash("new", user=user), BOT, DIRECT)
    assert not InteractionHandle.read(direct.address.interaction or "").ephemeral


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)
FIELDS = [
    "id",
    "type",
    "author",
    "content",
    "mentions",
    "attachments",
    "member",
    "flags",
    "message_snapshots",
]


@given(st.dictionaries(st.sampled_from([*FIELDS, "referenced_message", "sticker_items"]), JUNK, max_size=3))
def test_an_odd_event_raises_what_is_said_or_is_sound(fields: dict) -> None:
    try:
        message = parse_message({**raw("<@900> hi", mentions=[{"id": BOT}]), **fields}, BOT, HERE)
    except (LookupError, TypeError, ValueError, OverflowError, AttributeError):
        return
    if message is not None:
        message.text.encode()
        message.sender.name.encode()


@given(st.text())
def test_any_text_comes_out_sound(content: str) -> None:
    message = parse_message(raw("x" + content), BOT, DIRECT)
    assert message is not None
    assert "\0" not in message.text
    message.text.encode()


def test_another_bot_has_to_name_us_each_time() -> None:
    robot = {"id": "8", "username": "robot", "bot": True}
    answer = {"type": 19, "referenced_message": {"author": {"id": BOT}}, "mentions": [{"id": BOT}]}
    thread = Place("2", "21", starter="8")
    assert mentioned(f"<@{BOT}> beep", author=robot).spoken_to
    assert said(f"beep <@!{BOT}>", HERE, author=robot, **answer).spoken_to
    assert not said("beep", HERE, author=robot, **answer).spoken_to
    assert not said("beep", thread, author=robot).spoken_to
