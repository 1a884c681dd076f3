"""The people of both platforms, what each has said, and what their chats show."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from string import digits

from tests.kills.judge import Chat, Said, Shown, Verdict, answer, judge
from tests.kills.waiting import Waiting

from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.discord.feed import Happening
from picklebot.sandbox.telegram import TelegramSandbox

GROUP = -1_000_000_000_987
CHANNEL = 901
NAMES = ("ann", "bob", "cyd", "dan", "eve", "fay")
GROUP_NAMES = ("gus", "hal", "ivy")
DIRECT_NAMES = ("jan", "kim", "leo", "mia")
CHANNEL_NAMES = ("ned", "ola", "pat")
MOST_WAITING = 8
"""Texts of one speaker without an answer; fewer than a lane holds, as a full lane would rightly refuse them."""
LENGTHS = (0, 0, 3, 3, 30, 120)
"""Words of a text. The demo model takes a tenth of a second for the shortest, half a second for the longest."""

WORDS = ["some", "plain", "words", "that", "make", "an", "answer", "long", "enough", "to", "be", "streamed"]


@dataclass(slots=True)
class Speaker:
    """One person in one chat. `waiting` are the texts without an answer, as far as somebody has looked."""

    name: str
    platform: str
    chat: str
    utter: Callable[[str], object]
    said: list[Said] = field(default_factory=list[Said])
    waiting: int = 0


class Town:
    """Both sandboxes, full of people. What is shown is kept here, as sandboxes forget the oldest messages.

    Only what has changed is looked at: with many thousands of messages all else would take longer than the kills.
    """

    def __init__(self, tg: TelegramSandbox, dc: DiscordSandbox, random: Random) -> None:
        self.tg = tg
        self.dc = dc
        self._random = random
        self._numbers = count()
        self._waiting = Waiting()
        self._seen = 0
        self._changed: set[tuple[int, int]] = set()
        self.speakers: list[Speaker] = []
        for name in NAMES:
            self._settle_in_private(name)
        self._settle_in_group()
        self._settle_on_discord()

    def say_something(self) -> None:
        """Let somebody speak who does not wait for too many answers."""
        ready = [it for it in self.speakers if it.waiting < MOST_WAITING]
        if ready:
            self.say(self._random.choice(ready))

    def say(self, speaker: Speaker, length: int | None = None) -> Said:
        """Let this one speak: a text whose first word is like no other, and of very different lengths or this one."""
        length = self._random.choice(LENGTHS) if length is None else length
        token = f"{speaker.name}{next(self._numbers):06d}"
        text = " ".join([token, *(self._random.choice(WORDS) for _ in range(length))])
        said = Said(text, time.time())
        speaker.said.append(said)
        speaker.waiting += 1
        self._waiting.say(speaker.chat, said, answer(speaker.said, len(speaker.said) - 1))
        speaker.utter(text)
        return said

    def welcome(self) -> Speaker:
        """Somebody whom the gateway has never heard writes it on Telegram."""
        return self._settle_in_private(f"new{len(self.speakers):04d}x")

    def count(self) -> int:
        """How many texts were said so far."""
        return sum(len(it.said) for it in self.speakers)

    @contextmanager
    def watched(self) -> Generator[None]:
        """Hear of what changes on Discord; on Telegram the journal tells it."""
        with self.dc._feed.listening(self._hear):
            yield

    def look(self) -> None:
        """Take down what the chats show now."""
        self._look_at_telegram()
        self._look_at_discord()

    def chats(self, given_up: Mapping[str, str]) -> dict[str, Chat]:
        """Every chat for the judge. `given_up` as in `Chat`, of all chats."""
        self.look()
        said: dict[str, dict[str, list[Said]]] = defaultdict(dict)
        for speaker in self.speakers:
            said[speaker.chat][speaker.name] = speaker.said
        return {
            chat: Chat(people, list(self._waiting.shown[chat].values()), _about(people, given_up))
            for chat, people in said.items()
        }

    def unanswered(self, given_up: Mapping[str, str]) -> list[Said]:
        """All texts that have no complete answer and no visible error yet; each speaker is told how many."""
        self.look()
        waiting = self._waiting.unanswered(given_up)
        counts = Counter(it.token.rstrip(digits) for it in waiting)
        for speaker in self.speakers:
            speaker.waiting = counts[speaker.name]
        return waiting

    def verdict(self, given_up: Mapping[str, str], platform: str) -> Verdict:
        """The judgement over all chats of one platform."""
        chats = self.chats(given_up)
        names = {it.chat for it in self.speakers if it.platform == platform}
        return sum((judge(chats[name]) for name in sorted(names)), Verdict())

    def _look_at_telegram(self) -> None:
        events = self.tg._world.journal.after(self._seen)
        assert not events or events[0].number == self._seen + 1, "what happened meanwhile is forgotten"
        for event in events:
            self._seen = event.number
            if isinstance(message := event.fields.get("message"), dict):
                chat_id, place = message["chat"]["id"], message["message_id"]
                it = self.tg._world.chats[chat_id].history[place]
                if it.from_bot:
                    shown = None if it.deleted else Shown(place, it.text, it.at)
                    self._waiting.show(f"tg{chat_id}", place, shown)

    def _look_at_discord(self) -> None:
        for chat_id, place in self._changed:
            it = self.dc._world.channels[chat_id].messages.get(place)
            if it is None or it.from_bot:
                shown = it and Shown(place, it.text, it.created_at)
                self._waiting.show(f"dc{chat_id}", place, shown)
        self._changed.clear()

    def _hear(self, happening: Happening) -> None:
        if happening.name in ("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"):
            self._changed.add((int(happening.data["channel_id"]), int(happening.data["id"])))

    def _settle_in_private(self, name: str) -> Speaker:
        user = self.tg.user(len(self.speakers) + 1, name)
        chat = self.tg.private(user)
        return self._add(Speaker(name, "telegram", f"tg{chat.id}", partial(chat.say, user)))

    def _settle_in_group(self) -> None:
        people = [self.tg.user(50_000 + place, name) for place, name in enumerate(GROUP_NAMES)]
        group = self.tg.group(GROUP, "Town", members=people)
        for user in people:
            ask = partial(_ask, partial(group.say, user))
            self._add(Speaker(user.name, "telegram", f"tg{GROUP}", ask))

    def _settle_on_discord(self) -> None:
        for place, name in enumerate(DIRECT_NAMES):
            user = self.dc.user(60_000 + place, name)
            direct = self.dc.dm(user)
            self._add(Speaker(name, "discord", f"dc{direct.id}", partial(direct.say, user)))
        people = [self.dc.user(70_000 + place, name) for place, name in enumerate(CHANNEL_NAMES)]
        channel = self.dc.guild(900, "Town", members=people).channel(CHANNEL, "general")
        for user in people:
            mention = partial(channel.say, user, mentions_bot=True)
            self._add(Speaker(user.name, "discord", f"dc{CHANNEL}", mention))

    def _add(self, speaker: Speaker) -> Speaker:
        self.speakers.append(speaker)
        return speaker


def write_config(workspace: Path, town: Town, **more: str) -> None:
    """A gateway for this town that admits everybody and keeps no budget; with more keys for both platforms."""
    lines = "".join(f"\n    {key}: {value}" for key, value in more.items())
    (workspace / "config.yaml").write_text(
        f"""\
messagebus:
  web: {{port: 0}}
  telegram:
    bot_token: {town.tg.token}
    api_base_url: {town.tg.base_url}
    allowed_user_ids: ["*"]
    rate: off{lines}
  discord:
    bot_token: {town.dc.token}
    api_base_url: {town.dc.api_base_url}
    gateway_url: {town.dc.gateway_url}
    allowed_user_ids: ["*"]
    rate: off{lines}
""",
        encoding="utf-8",
    )


def _ask(say: Callable[[str], object], text: str) -> None:
    say(f"/ask {text}")


def _about(people: Mapping[str, list[Said]], given_up: Mapping[str, str]) -> dict[str, str]:
    texts = {it.text for said in people.values() for it in said}
    return {text: told for text, told in given_up.items() if text in texts}
