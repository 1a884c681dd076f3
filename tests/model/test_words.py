"""What is said, in every language."""

import string
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import anyio
import pytest

from picklebot.model import words

NAMES = sorted(name for name in vars(words.LANGUAGES["en"]) if name.isupper())


def blanks(said: Any) -> Any:
    """What every language has to share: the keys, and the blanks of each text."""
    match said:
        case str():
            return sorted(name or "" for _, name, _, _ in string.Formatter().parse(said) if name is not None)
        case Mapping():
            return {key: blanks(value) for key, value in said.items()}
        case _:
            return [blanks(each) for each in said]


def texts(said: Any) -> Iterator[str]:
    match said:
        case str():
            yield said
        case Mapping():
            for each in said.values():
                yield from texts(each)
        case _:
            for each in said:
                yield from texts(each)


@pytest.mark.parametrize("code", words.LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_language_says_the_same_with_the_same_blanks(name: str, code: str) -> None:
    there = vars(words.LANGUAGES[code])
    assert name in there, f"{code} does not say {name}"
    assert blanks(there[name]) == blanks(getattr(words.LANGUAGES["en"], name))
    assert all(text.strip() for text in texts(there[name]))


@pytest.mark.parametrize("code", words.LANGUAGES)
def test_no_language_says_what_nobody_asks_for(code: str) -> None:
    assert sorted(name for name in vars(words.LANGUAGES[code]) if name.isupper()) == NAMES


@pytest.mark.parametrize("code", words.LANGUAGES)
def test_help_shows_every_command_once_by_what_it_is_about(code: str) -> None:
    with words.in_language(code):
        for operator in (False, True):
            lines = words.command_list(operator=operator).splitlines()
            shown = {line.split(" - ")[0].removeprefix("/") for line in lines if line.startswith("/")}
            assert shown == words.menu(private=True, operator=operator).keys()
        assert words.command_list().startswith(words.GROUP_TITLES["conversations"])


@pytest.mark.parametrize(
    ("code", "spoken"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE_ch", "de"),
        ("en-GB", "en"),
        ("", "en"),
        ("den", "en"),
        ("xx", "en"),
    ],
)
def test_the_language_is_the_one_that_a_platform_tells_of(code: str, spoken: str) -> None:
    with words.in_language(code):
        assert words.LANGUAGES[spoken].STOPPING == words.STOPPING
    assert words.LANGUAGES["en"].STOPPING == words.STOPPING


async def test_work_that_begins_in_a_language_goes_on_in_it() -> None:
    heard: dict[str, str] = {}

    async def say(name: str) -> None:
        await anyio.lowlevel.checkpoint()
        heard[name] = words.STOPPING

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(say, "before")
        with words.in_language("de"):
            tasks.start_soon(say, "inside")
            with words.for_operators():
                tasks.start_soon(say, "operators")
    english, german = (words.LANGUAGES[code].STOPPING for code in ("en", "de"))
    assert heard == {"before": english, "inside": german, "operators": english}


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=-5), "a minute"),
        (timedelta(minutes=61), "an hour"),
        (timedelta(hours=5, minutes=59), "5 hours"),
        (timedelta(days=1), "a day"),
        (timedelta(days=3), "3 days"),
        (timedelta(minutes=59), "59 minutes"),
    ],
)
def test_an_age_in_words(age: timedelta, said: str) -> None:
    assert words.ago(age) == said


@pytest.mark.parametrize(("count", "said"), [(0, "0 messages"), (1, "1 message"), (2, "2 messages")])
def test_what_is_counted_in_words(count: int, said: str) -> None:
    assert words.counted("message", count) == said


def test_a_name_that_nothing_has_is_an_error() -> None:
    with pytest.raises(AttributeError):
        words.say("NOBODY_SAYS_THIS")
