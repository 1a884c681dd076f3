"""What is remembered of the talk in groups, and what of it comes with a question."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from picklebot.model.job import Job
from picklebot.model.message import Address, ChatKind, Command, InboundMessage, Sender
from picklebot.model.remark import Remark
from picklebot.model.session import Scope, SessionMode
from picklebot.ports.rules import ChatRule
from picklebot.sessions.talk import LARGEST_QUOTE, LONGEST, MOST_OF_CHAT, MOST_QUOTED, Talk
from picklebot.testing.rules import FixedRules

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GROUP = Address("telegram", "9", "-1", ChatKind.GROUP)


def said(number: int, text: str = "", *, user: str = "2", address: Address = GROUP) -> InboundMessage:
    """The message that has this number, and was said so many seconds after noon."""
    return InboundMessage(
        update_id=f"u{number}",
        message_id=str(number),
        address=replace(address, reply_to=str(number)),
        sender=Sender(user, f"User {user}"),
        text=text or f"text {number}",
        sent_at=NOON + timedelta(seconds=number),
    )


def question(number: int, *, user: str = "1", address: Address = GROUP) -> Job:
    """A job whose message has this number."""
    asked = said(number, user=user, address=address)
    return Job(
        str(number),
        "s",
        "pickle",
        SessionMode.CHAT,
        asked.text,
        asked.sender,
        asked.address,
        asked.sent_at,
        NOON,
    )


def texts(remarks: tuple[Remark, ...]) -> list[str]:
    return [remark.text for remark in remarks]


def test_a_question_comes_with_what_was_said_before_it() -> None:
    talk = Talk(FixedRules())
    for number in (1, 2, 3, 4):
        talk.hear(said(number), asked=number == 3)
    assert talk.before(question(3)) == (
        Remark("User 2", "text 1", NOON + timedelta(seconds=1)),
        Remark("User 2", "text 2", NOON + timedelta(seconds=2)),
    )


def test_what_the_session_knows_is_not_told_again_and_what_others_asked_is() -> None:
    talk = Talk(FixedRules())
    talk.hear(said(1, user="1"), asked=True)
    talk.hear(said(2, user="2"), asked=True)
    talk.hear(said(3, user="1"), asked=False)
    assert texts(talk.before(question(4, user="1"))) == ["text 2", "text 3"]


def test_a_shared_session_knows_what_everybody_asked() -> None:
    talk = Talk(FixedRules(chats={"-1": ChatRule(Scope.CHAT)}))
    talk.hear(said(1, user="1"), asked=True)
    talk.hear(said(2, user="2"), asked=False)
    assert texts(talk.before(question(3, user="3"))) == ["text 2"]


def test_threads_other_chats_and_private_ones_are_apart() -> None:
    talk = Talk(FixedRules())
    topic = replace(GROUP, thread_id="7")
    talk.hear(said(1), asked=False)
    talk.hear(said(2, address=topic), asked=False)
    assert texts(talk.before(question(3, address=topic))) == ["text 2"]
    assert talk.before(question(3, address=replace(GROUP, chat_id="-2"))) == ()
    assert talk.before(question(3, address=replace(GROUP, chat_kind=ChatKind.PRIVATE))) == ()


def test_a_question_that_begins_a_thread_comes_with_the_talk_of_its_channel() -> None:
    talk = Talk(FixedRules())
    talk.hear(said(1), asked=False)
    assert texts(talk.before(question(2, address=replace(GROUP, thread_id="2")))) == ["text 1"]
    assert talk.before(question(3, address=replace(GROUP, thread_id="2"))) == ()


def test_a_redelivery_is_known_and_commands_blanks_and_the_shut_out_are_left_out() -> None:
    talk = Talk(FixedRules(denied={"666"}))
    talk.hear(said(1), asked=False)
    talk.hear(said(1), asked=False)
    talk.hear(replace(said(2), command=Command("help")), asked=True)
    talk.hear(said(3, "  "), asked=False)
    talk.hear(said(4, user="666"), asked=False)
    assert texts(talk.before(question(5))) == ["text 1"]


def test_who_has_no_name_goes_by_their_id() -> None:
    talk = Talk(FixedRules())
    talk.hear(replace(said(1), sender=Sender("2", "")), asked=False)
    assert [remark.speaker for remark in talk.before(question(2))] == ["2"]


def test_yesterdays_talk_is_over() -> None:
    talk = Talk(FixedRules())
    talk.hear(said(1), asked=False)
    assert talk.before(question(86_400)) == (Remark("User 2", "text 1", NOON + timedelta(seconds=1)),)
    assert talk.before(question(86_401)) == ()


def test_only_the_latest_come_along() -> None:
    talk = Talk(FixedRules())
    for number in range(30):
        talk.hear(said(number), asked=False)
    found = texts(talk.before(question(31)))
    assert len(found) == MOST_QUOTED
    assert found[-1] == "text 29"


def test_long_remarks_are_cut_and_bounded_together() -> None:
    talk = Talk(FixedRules())
    for number in range(20):
        talk.hear(said(number, "x" * (2 * LONGEST)), asked=False)
    found = texts(talk.before(question(21)))
    assert {len(text) for text in found} == {LONGEST}
    assert len(found) == LARGEST_QUOTE // LONGEST


def test_memory_is_bounded_and_the_chat_that_was_silent_longest_goes_first() -> None:
    talk = Talk(FixedRules(), most=MOST_OF_CHAT + 1)
    other = replace(GROUP, chat_id="-2")
    talk.hear(said(1), asked=False)
    for number in range(2, MOST_OF_CHAT + 10):
        talk.hear(said(number, address=other), asked=False)
    assert texts(talk.before(question(100))) == ["text 1"]
    talk.hear(said(101, address=replace(GROUP, chat_id="-3")), asked=False)
    assert talk.before(question(102)) == ()
    assert talk.before(question(102, address=other)) != ()


def test_what_was_said_before_it_was_heard_is_recalled_in_its_place_and_once() -> None:
    talk = Talk(FixedRules(denied={"666"}))
    talk.hear(said(4), asked=False)
    talk.hear(said(6), asked=True)
    assert not talk.reaches_back(GROUP)
    told = [said(1), said(2, user="1"), said(3, user="666"), said(4), said(5)]
    talk.recall(GROUP, [(each, each.message_id == "2") for each in told])
    assert talk.reaches_back(GROUP)
    assert texts(talk.before(question(6))) == ["text 1", "text 4", "text 5"]


def test_enough_that_was_heard_needs_no_recalling() -> None:
    talk = Talk(FixedRules())
    for number in range(1, MOST_QUOTED + 2):
        assert not talk.reaches_back(GROUP)
        talk.hear(said(number), asked=False)
    assert talk.reaches_back(GROUP)


def test_what_is_recalled_puts_nothing_out_that_was_heard_and_is_forgotten_with_it() -> None:
    talk = Talk(FixedRules(), most=MOST_OF_CHAT)
    for number in range(100, 100 + MOST_OF_CHAT - 1):
        talk.hear(said(number), asked=False)
    talk.recall(GROUP, [(said(number), False) for number in range(20)])
    kept = talk.before(question(100 + MOST_OF_CHAT))
    assert texts(kept) == [f"text {number}" for number in range(100, 100 + MOST_OF_CHAT - 1)][-MOST_QUOTED:]
    assert texts(talk.before(question(101)))[0] == "text 19"
    other = replace(GROUP, chat_id="-2")
    talk.recall(other, [(said(1, address=other), False)])
    assert talk.before(question(101)) == ()
    assert not talk.reaches_back(GROUP)


def test_a_chat_of_which_nothing_is_told_is_not_asked_of_again() -> None:
    talk = Talk(FixedRules(), most=2)
    for number in range(5):
        place = replace(GROUP, chat_id=str(number))
        talk.recall(place, ())
        assert talk.reaches_back(place)
        assert talk.before(question(1, address=place)) == ()
    assert not talk.reaches_back(replace(GROUP, chat_id="0"))
