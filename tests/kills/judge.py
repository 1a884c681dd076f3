"""The judge: what people said against what their chats show. Pure; it knows no gateway and no sandbox.

The demo model's answer names the text it answers, how many texts there were and the first of them. So each answer
tells by itself whether a text was lost, taken twice, taken out of order or answered to somebody else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from picklebot.model import words

MARK: Final = "↻ "
"""How a repeat begins."""
PLACEHOLDER: Final = "…"
STALE_SECONDS: Final = 3_600.0

_LINES: Final = frozenset(words.waits(place) for place in range(1, 30))
_BEGINNING: Final = re.compile(r"You said: (\w+)")


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a person; its first word is unique among everything that is said. `at` is Unix time."""

    text: str
    at: float

    @property
    def token(self) -> str:
        """The first word: the speaker's name and a number."""
        return self.text.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the bot as it stands at last; `place` only grows within its chat."""

    place: int
    text: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found, in numbers that can be added up.

    `lost` texts have no answer and no visible error; of a `given_up` one the chat was told. Of a text's messages
    after the first, the unmarked ones are `unmarked`; the others are `repeats`, or `strays` where one of the messages
    is a beginning that was never finished. `placeholders` are those that nothing came of, `lines` those that told
    that something waits. `inversions` are answers before those to earlier texts, `wrong` ones have the wrong words or
    number, `foreign` ones answer nothing that was said there.
    """

    messages: int = 0
    lost: int = 0
    unmarked: int = 0
    repeats: int = 0
    strays: int = 0
    placeholders: int = 0
    lines: int = 0
    inversions: int = 0
    wrong: int = 0
    foreign: int = 0
    stale: int = 0
    given_up: int = 0

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(**{it.name: getattr(self, it.name) + getattr(other, it.name) for it in fields(self)})

    @property
    def duplicates(self) -> int:
        """Messages beyond one for each text."""
        return self.unmarked + self.repeats + self.strays + self.placeholders


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat: what each speaker said there in order, what the bot shows, and what it says of given-up texts.

    `given_up` has the words of the visible error by the text that it is about.
    """

    said: Mapping[str, Sequence[Said]]
    shown: Sequence[Shown]
    given_up: Mapping[str, str]


def answer(said: Sequence[Said], index: int) -> str:
    """The answer that the demo model owes to one text of a conversation."""
    return (
        f"You said: {said[index].text}. This is message {index + 1} of our conversation, "
        f'which began with "{said[0].text}".'
    )


def judge(chat: Chat) -> Verdict:
    """Judge one chat at its end."""
    showing = _by_token(chat.shown)
    tokens = {it.token for said in chat.said.values() for it in said}
    told = set(chat.given_up.values())
    others = [body(it) for token, shown in showing.items() if token not in tokens for it in shown]
    placeholders = others.count(PLACEHOLDER)
    lines = sum(is_line(it) for it in others)
    foreign = sum(it not in told for it in others) - placeholders - lines
    verdict = Verdict(placeholders=placeholders, lines=lines, foreign=foreign)
    for said in chat.said.values():
        verdict += _judge_speaker(said, showing, chat)
    return verdict


def missing(chat: Chat) -> Iterator[Said]:
    """The texts that have no complete answer and no visible error."""
    showing = _by_token(chat.shown)
    texts = {it.text.removeprefix(MARK) for it in chat.shown}
    for said in chat.said.values():
        for index, it in enumerate(said):
            if chat.given_up.get(it.text, "") in texts:
                continue
            if not any(body(shown) == answer(said, index) for shown in showing.get(it.token, ())):
                yield it


def _judge_speaker(said: Sequence[Said], showing: Mapping[str, Sequence[Shown]], chat: Chat) -> Verdict:
    absent = {it.token for it in missing(chat)}
    verdict, last = Verdict(), -1
    for index, it in enumerate(said):
        shown = showing.get(it.token, ())
        verdict += _judge_text(it, answer(said, index), shown)
        is_told = it.text in chat.given_up
        verdict += Verdict(lost=it.token in absent, given_up=is_told and it.token not in absent)
        if shown:
            verdict += Verdict(inversions=shown[0].place < last)
            last = max(last, shown[0].place)
    return verdict


def _judge_text(said: Said, expected: str, shown: Sequence[Shown]) -> Verdict:
    extra = max(0, len(shown) - 1)
    unmarked = sum(not it.text.startswith(MARK) for it in shown[1:])
    strays = min(sum(body(it) != expected for it in shown), extra - unmarked)
    return Verdict(
        messages=1,
        unmarked=unmarked,
        strays=strays,
        repeats=extra - unmarked - strays,
        wrong=sum(not expected.startswith(body(it)) for it in shown),
        stale=sum(it.at - said.at > STALE_SECONDS for it in shown),
    )


def is_line(text: str) -> bool:
    """Whether this only stands for an answer that has not begun."""
    return text in _LINES


def body(shown: Shown) -> str:
    """What it says, without the mark of a repeat."""
    return shown.text.removeprefix(MARK).rstrip()


def token_of(shown: Shown) -> str:
    """The first word of the text that it answers, empty where it answers none."""
    match = _BEGINNING.match(body(shown))
    return match[1] if match else ""


def _by_token(shown: Sequence[Shown]) -> Mapping[str, Sequence[Shown]]:
    found: dict[str, list[Shown]] = defaultdict(list)
    for it in sorted(shown, key=lambda it: it.place):
        found[token_of(it)].append(it)
    return found
