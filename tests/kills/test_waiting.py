"""Who waits is known at once, and is who the judge finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.kills.judge import MARK, Chat, Said, Shown, answer, missing
from tests.kills.waiting import Waiting

SAID = [Said("ann0 hello", 0.0), Said("ann1", 1.0), Said("ann2 and more", 2.0)]
GAVE_UP = "I will not try it again."
TEXTS = [
    *(answer(SAID, index) for index in range(3)),
    MARK + answer(SAID, 1),
    "You said: ann1. This is",
    "You said: bob0. This is",
    GAVE_UP,
]


@given(
    changes=st.lists(st.tuples(st.integers(0, 4), st.sampled_from([None, *TEXTS]))),
    given_up=st.dictionaries(st.sampled_from([it.text for it in SAID]), st.just(GAVE_UP)),
)
def test_who_waits_is_who_the_judge_finds(
    changes: list[tuple[int, str | None]], given_up: dict[str, str]
) -> None:
    waiting, shown = Waiting(), dict[int, Shown]()
    for index, it in enumerate(SAID):
        waiting.say("chat", it, answer(SAID, index))
    for place, text in changes:
        shown.pop(place, None)
        if text is not None:
            shown[place] = Shown(place, text, 3.0)
        waiting.show("chat", place, shown.get(place))
    found = sorted(it.token for it in waiting.unanswered(given_up))
    assert found == [it.token for it in missing(Chat({"ann": SAID}, list(shown.values()), given_up))]
    assert dict(waiting.shown["chat"]) == shown
