"""Text and times as the tables keep them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from picklebot.storage.columns import UtcTime, clean

DIALECT = SQLiteDialect()
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


@given(ANY_TEXT)
def test_clean_text_suits_every_database(text: str) -> None:
    cleaned = clean(text)
    assert "\0" not in cleaned
    assert cleaned.encode().decode() == cleaned
    assert clean(cleaned) == cleaned


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_good_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("a\0b", "a\ufffdb"), ("\ud800x", "\ufffdx"), ("x\udc00", "x\ufffd"), ("\ud83e\udd52", "\U0001f952")],
)
def test_only_what_is_broken_changes(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.datetimes(timezones=st.timezones()))
def test_times_are_the_same_moment_again(at: datetime) -> None:
    column = UtcTime()
    again = column.process_result_value(column.process_bind_param(at, DIALECT), DIALECT)
    assert again == at.astimezone(UTC)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(TypeError):
        UtcTime().process_bind_param(datetime(2026, 5, 4), DIALECT)  # noqa: DTZ001
