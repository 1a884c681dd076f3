"""The judge finds what it is there to find."""

from __future__ import annotations

import pytest
from tests.kills.judge import MARK, PLACEHOLDER, Chat, Said, Shown, Verdict, answer, judge, missing

SAID = [Said("ann0 hello", 0.0), Said("ann1", 1.0), Said("ann2 and more", 2.0)]
ANSWERS = [answer(SAID, index) for index in range(3)]
BEGINNING = "You said: ann0 hello. This is"
GAVE_UP = "I will not try it again. (Reference 1234)"


def found(*texts: str, given_up: dict[str, str] | None = None, at: float = 3.0) -> Verdict:
    """The verdict on a chat that shows these messages in this order."""
    return judge(chat(*texts, given_up=given_up, at=at))


def chat(*texts: str, given_up: dict[str, str] | None = None, at: float = 3.0) -> Chat:
    shown = [Shown(place, text, at) for place, text in enumerate(texts)]
    return Chat({"ann": SAID}, shown, given_up or {})


def test_one_answer_each_is_perfect() -> None:
    assert found(*ANSWERS) == Verdict(messages=3)


@pytest.mark.parametrize(
    ("texts", "verdict"),
    [
        pytest.param(ANSWERS[:2], Verdict(messages=3, lost=1), id="lost"),
        pytest.param(
            [*ANSWERS[1:], BEGINNING], Verdict(messages=3, lost=1, inversions=2), id="only a beginning"
        ),
        pytest.param([ANSWERS[0], *ANSWERS], Verdict(messages=3, unmarked=1), id="twice"),
        pytest.param(
            [ANSWERS[0], MARK + ANSWERS[0], *ANSWERS[1:]], Verdict(messages=3, repeats=1), id="repeat"
        ),
        pytest.param([BEGINNING, MARK + ANSWERS[0], *ANSWERS[1:]], Verdict(messages=3, strays=1), id="stray"),
        pytest.param(
            [BEGINNING, *ANSWERS], Verdict(messages=3, unmarked=1), id="an unmarked answer after a stray"
        ),
        pytest.param([MARK + ANSWERS[0], *ANSWERS[1:]], Verdict(messages=3), id="a mark without a repeat"),
        pytest.param(
            [ANSWERS[1], ANSWERS[0], ANSWERS[2]], Verdict(messages=3, inversions=1), id="out of order"
        ),
        pytest.param([PLACEHOLDER, *ANSWERS], Verdict(messages=3, placeholders=1), id="a stray placeholder"),
        pytest.param(
            [*ANSWERS, "You said: bob0. This is"], Verdict(messages=3, foreign=1), id="to somebody else"
        ),
        pytest.param(
            [*ANSWERS, "Something went wrong"], Verdict(messages=3, foreign=1), id="out of the blue"
        ),
        pytest.param(
            [ANSWERS[0], ANSWERS[1].replace("message 2", "message 3"), ANSWERS[2]],
            Verdict(messages=3, lost=1, wrong=1),
            id="counted wrongly",
        ),
    ],
)
def test_each_fault_is_found(texts: list[str], verdict: Verdict) -> None:
    assert found(*texts) == verdict


def test_a_late_answer_is_stale() -> None:
    assert found(*ANSWERS, at=3_601.5) == Verdict(messages=3, stale=2)


def test_a_text_that_was_given_up_must_be_told() -> None:
    given_up = {"ann1": GAVE_UP}
    assert found(ANSWERS[0], GAVE_UP, ANSWERS[2], given_up=given_up) == Verdict(messages=3, given_up=1)
    assert found(ANSWERS[0], ANSWERS[2], given_up=given_up) == Verdict(messages=3, lost=1)


def test_what_is_missing_is_named() -> None:
    assert list(missing(chat(ANSWERS[0], BEGINNING, ANSWERS[2]))) == [SAID[1]]
