"""Keys of the contract that this version accepts but cannot act on, so that nobody waits for them in vain."""

from __future__ import annotations

from collections.abc import Iterator

from picklebot.config.settings import Settings
from picklebot.forms.chat import PlatformForm


def not_yet(settings: Settings) -> list[str]:
    """One line for each setting that has no effect in this version."""
    return [f"{key} is not supported by this version; {instead}" for key, instead in _findings(settings)]


def _findings(settings: Settings) -> Iterator[tuple[str, str]]:
    bus = settings.messagebus
    for platform in ("telegram", "discord"):
        block = bus.chat_platform(platform)
        if block is not None and block.enabled:
            yield from _of_platform(f"messagebus.{platform}", block)


def _of_platform(prefix: str, block: PlatformForm) -> Iterator[tuple[str, str]]:
    if block.streaming == "draft" and prefix.endswith(".discord"):
        yield f"{prefix}.streaming: draft", "edit is used, as Discord has no drafts"
    if block.rich_messages and prefix.endswith(".discord"):
        yield f"{prefix}.rich_messages", "Discord's own dialect is used"
