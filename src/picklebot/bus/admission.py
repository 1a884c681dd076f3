"""Who may speak, and to whom the bot listens. Pure: it looks only at the message and the live rules."""

from __future__ import annotations

from enum import StrEnum

from picklebot.model.message import ChatKind, InboundMessage
from picklebot.ports.rules import Answer, Rules


class Verdict(StrEnum):
    """`ignore` is silent: the message is not for the bot. `refuse` may be answered with a short notice."""

    ADMIT = "admit"
    REFUSE = "refuse"
    IGNORE = "ignore"


def judge(message: InboundMessage, rules: Rules) -> Verdict:
    """Decide about one message.

    Talk between others is left alone before anything is asked about its speaker, so a stranger in a group
    is told nothing unless they spoke to the bot. Another bot has to be admitted and to speak to us each time, and is
    told nothing.
    """
    if message.sender.is_bot:
        heard = message.spoken_to and rules.admits(message.address, message.sender)
        return Verdict.ADMIT if heard else Verdict.IGNORE
    if not _is_for_us(message, rules):
        return Verdict.IGNORE
    return Verdict.ADMIT if rules.admits(message.address, message.sender) else Verdict.REFUSE


def _is_for_us(message: InboundMessage, rules: Rules) -> bool:
    if message.address.chat_kind is ChatKind.PRIVATE:
        return True
    match rules.chat_rule(message.address).answer:
        case Answer.ALWAYS:
            return True
        case Answer.COMMANDS:
            return message.command is not None and message.spoken_to
        case Answer.SPOKEN_TO:
            return message.spoken_to
