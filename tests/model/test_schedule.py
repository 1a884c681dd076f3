"""What an agent says that has nothing to say."""

import pytest

from picklebot.model.schedule import says_nothing


@pytest.mark.requirement("S0.9")
@pytest.mark.parametrize(
    "answer", ["NOTHING", " NOTHING.\n", "**NOTHING**", "`NOTHING`", "", " \n", "_NOTHING_", "…"]
)
def test_nothing_is_one_word_or_none(answer: str) -> None:
    assert says_nothing(answer)


@pytest.mark.parametrize(
    "answer", ["NOTHING new", "nothing", "Nothing.", "NOTHINGS", "NOTHING NOTHING", "1", "a"]
)
def test_all_else_is_something(answer: str) -> None:
    assert not says_nothing(answer)
