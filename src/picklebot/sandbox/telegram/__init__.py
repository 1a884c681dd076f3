"""Telegram on loopback: a Bot API server that unmodified clients connect to, and the people behind it."""

from picklebot.sandbox.telegram.chats import SandboxMessage, SandboxUser
from picklebot.sandbox.telegram.faults import FaultKind
from picklebot.sandbox.telegram.files import FileKind
from picklebot.sandbox.telegram.journal import Call
from picklebot.sandbox.telegram.limits import Rate, Rates
from picklebot.sandbox.telegram.people import SandboxChat
from picklebot.sandbox.telegram.sandbox import TEST_TOKEN, TelegramSandbox

__all__ = [
    "TEST_TOKEN",
    "Call",
    "FaultKind",
    "FileKind",
    "Rate",
    "Rates",
    "SandboxChat",
    "SandboxMessage",
    "SandboxUser",
    "TelegramSandbox",
]
