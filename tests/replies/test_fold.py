"""What a person should see, event by event."""

from functools import reduce

from picklebot.model import words
from picklebot.model.events import Failed, Final, ReplyEvent, TextDelta, ToolFinished, ToolStarted
from picklebot.replies.fold import ENOUGH, View, fold


def after(*events: ReplyEvent) -> View:
    return reduce(fold, events, View())


def test_a_few_letters_are_not_worth_a_message_but_a_whole_answer_is() -> None:
    assert not after(TextDelta("Hi")).worth_showing
    assert after(TextDelta("x" * ENOUGH)).worth_showing
    assert after(TextDelta("Hi"), Final("Hi")).worth_showing


def test_a_tool_is_a_short_line_while_it_runs() -> None:
    started = after(TextDelta("Let me see."), ToolStarted("1", "clock", "looking at the clock"))
    assert started.shown == "Let me see.\n\nlooking at the clock …"
    assert fold(started, ToolFinished("1", "clock", ok=True)).shown == "Let me see."
    assert after(ToolStarted("1", "clock", "looking at the clock")).doing == "looking at the clock"


def test_the_final_text_replaces_whatever_was_previewed() -> None:
    view = after(TextDelta("Half a thou"), ToolStarted("1", "x", "x"), Final("A whole thought."))
    assert (view.shown, view.done) == ("A whole thought.", True)
    assert after(TextDelta("Half"), Failed("cut", "It was cut off.")).shown == "It was cut off."


def test_an_empty_answer_becomes_a_sentence() -> None:
    assert after(Final(" \n")).shown == words.EMPTY_ANSWER
