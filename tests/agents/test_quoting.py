"""How a model is shown what others said."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from picklebot.agents.quoting import TALK, quoted_talk
from picklebot.model.remark import Remark

AT = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)


def test_each_line_is_quoted_with_who_said_it() -> None:
    block = quoted_talk([Remark("Ann", "first\nsecond", AT), Remark("Bob", "third", AT)])
    assert block.splitlines() == [TALK, "> 12:05 Ann: first", "> second", "> 12:05 Bob: third"]


@given(st.lists(st.builds(Remark, st.text(), st.text(), st.just(AT))))
def test_nothing_that_people_write_leaves_its_quote(remarks: list[Remark]) -> None:
    first, *others = quoted_talk(remarks).splitlines()
    assert first == TALK
    assert all(line.startswith("> ") for line in others)
