"""What is the same in every language: the words that commands take, and which commands belong together."""

from __future__ import annotations

from typing import Final

ALL: Final = "all"
"""What `/stop` is told to drop also what waits."""
QUIETLY: Final = "quietly"
"""What `/stop` is told where the chat shows by itself that something stops."""
JSON: Final = "json"
"""What `/export` is told to give all conversations to programs."""
ON: Final = "on"
OFF: Final = "off"
EVERYTHING: Final = "everything"
YES: Final = "yes"
NO: Final = "no"

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "conversations": ("new", "sessions", "resume", "title", "fork", "compact"),
    "last": ("stop", "retry", "undo", "status"),
    "answering": ("agent", "model", "verbose", "settings"),
    "you": ("usage", "export", "forget", "link", "whoami"),
    "operators": ("pair", "allow", "revoke", "health"),
}
"""How `/help` shows the commands; what is in none of these comes last."""
FOR_OPERATORS: Final = GROUPS["operators"]
SUGGESTED: Final = ("resume", "agent", "model")
"""Commands of which it can be said, while they are typed, what may follow."""
IN_PRIVATE_ONLY: Final = ("start", "export", "link")
"""Commands that a group has no use for."""
ASKING: Final = ("ask", "title", "code")
"""Commands that ask for what they need where they are said without it."""
