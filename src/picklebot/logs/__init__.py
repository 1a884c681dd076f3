"""Logs: one line an event, for people on a terminal and as JSON elsewhere, and no secret in any of them."""

from picklebot.logs.redaction import HIDDEN, Redactor
from picklebot.logs.setup import configure, hide, redact

__all__ = ["HIDDEN", "Redactor", "configure", "hide", "redact"]
