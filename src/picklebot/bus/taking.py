"""From a message to the work that it is, and from that to a message that asks it again.

Pure but for the id and the clock.
"""

from __future__ import annotations

from dataclasses import replace

from picklebot import clock
from picklebot.model.attachments import lines
from picklebot.model.ids import new_id
from picklebot.model.job import Job
from picklebot.model.message import InboundMessage
from picklebot.model.session import Session, SessionMode
from picklebot.ports.storage import DedupeKeys


def dedupe_keys(message: InboundMessage) -> DedupeKeys:
    """The two marks by which a redelivery of this message is known."""
    address = message.address
    return DedupeKeys(
        update=(address.platform, address.bot_id, message.update_id),
        message=(address.platform, address.bot_id, address.chat_id, message.message_id),
    )


def job_for(message: InboundMessage, session: Session | None) -> Job:
    """The work that this message is; a message that no session has seen yet carries an empty session id.

    What came without words is told in a line.
    """
    return Job(
        id=new_id(),
        session_id=session.id if session else "",
        agent=session.agent if session else "",
        mode=session.mode if session else SessionMode.CHAT,
        text=message.text if message.text.strip() else lines(message.attachments),
        sender=message.sender,
        address=message.address,
        sent_at=message.sent_at,
        accepted_at=clock.now(),
        attachments=message.attachments,
        model=session.model if session else "",
        verbose=session.verbose if session else False,
        awaits=message.awaits,
        quotes=message.quotes,
        origin=message.origin,
        parts=message.parts,
        sums_up=message.sums_up,
    )


def again(message: InboundMessage, kept: Job) -> InboundMessage:
    """The message as one that asks what was kept, with all that came with it."""
    return replace(
        message,
        text=kept.text,
        attachments=kept.attachments,
        quotes=kept.quotes,
        origin=kept.origin,
        parts=kept.parts,
        command=None,
    )
