"""Every sentence that people in a chat may read, in one place: friendly, short, and never an exception's text."""

from __future__ import annotations

from typing import Final

EMPTY_ANSWER: Final = "I have no words for that. Could you ask in another way?"
EMPTY_MESSAGE: Final = "That message came without words. Please write me something."
LANE_FULL: Final = (
    "I have too many of your messages waiting already, so I did not take this one. "
    "Please send it again when I have caught up."
)
LOST_HISTORY: Final = (
    "I could not find our earlier conversation, so I begin afresh in the same session. "
    "Whoever runs this bot may know what became of it."
)
NEW_SESSION: Final = "A new conversation begins. The earlier one is kept."
NOT_ADMITTED: Final = (
    "Sorry, I may not talk with you yet. "
    "Whoever runs this bot can let you in; your {platform} id is {user_id}."
)
NOT_FOR_AGENT: Final = (
    "Sorry, {agent} does not take questions from you. Whoever runs this bot can change that."
)
NOT_HERE: Final = "I do not listen in this channel. Please ask me in another one."
UNKNOWN_COMMAND: Final = "I do not know /{name}. /help shows what I understand."
UNREADABLE: Final = "I can only read text so far, so I cannot look at this {kind}. Could you put it in words?"

START: Final = (
    "Hello {name}! I am {agent}.{description}\n\nJust write to me. /help shows what else I understand."
)
HELP: Final = "Write to me and I answer; I remember our conversation.\n\n{commands}"
COMMANDS: Final[dict[str, str]] = {
    "start": "say hello",
    "help": "what I understand",
    "new": "begin a new conversation; the earlier one is kept",
    "whoami": "your id, and the session you are in",
}
WHOAMI: Final = "Your {platform} id is {user_id}.\nSession {session}, with {agent}."
SOMEBODY: Final = "there"
NO_SESSION_YET: Final = "none yet"

TOOK_TOO_LONG: Final = "This took longer than I am allowed to think, so I stopped. Please try again."
AGENT_GONE: Final = (
    "The agent {agent} of this conversation is not here any more. /new begins one with another."
)
WENT_WRONG: Final = (
    "Something went wrong on my side, and it has been noted. Please try again. (Reference {reference})"
)
GAVE_UP: Final = (
    "I was interrupted {attempts} times over this message, so I will not try it again. "
    "(Reference {reference})"
)


def command_list() -> str:
    """The commands, one line each."""
    return "\n".join(f"/{name} - {what}" for name, what in COMMANDS.items())
