"""What people send besides words and files: stickers and polls, as a bot is told of them. Pure.

Source: https://discord.com/developers/docs/resources/sticker and …/resources/poll.
"""

from dataclasses import dataclass

from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.payloads import iso

MOST_ANSWERS = 10
_DAY = 86400.0
_PNG = 1
_DEFAULT_LAYOUT = 1


@dataclass(frozen=True, slots=True)
class Poll:
    """A question with its answers."""

    question: str
    answers: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.question.strip() or not 1 <= len(self.answers) <= MOST_ANSWERS:
            raise ValueError(f"a poll has a question and 1 to {MOST_ANSWERS} answers")

    def payload(self, now: float) -> Json:
        """The field that a message carries for it; it is open for a day from `now` on."""
        answers = [
            {"answer_id": number, "poll_media": {"text": text}} for number, text in enumerate(self.answers, 1)
        ]
        shape = {"expiry": iso(now + _DAY), "allow_multiselect": False, "layout_type": _DEFAULT_LAYOUT}
        return {"poll": {"question": {"text": self.question}, "answers": answers, **shape}}


def sticker_items(sticker_id: int, name: str) -> Json:
    """The field that a message carries for a sticker."""
    return {"sticker_items": [{"id": str(sticker_id), "name": name, "format_type": _PNG}]}
