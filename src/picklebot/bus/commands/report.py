"""What `/status` tells a speaker. Pure."""

from __future__ import annotations

from picklebot.model import words
from picklebot.model.session import Session
from picklebot.ports.messages import SessionNews


def report(session: Session, news: SessionNews) -> str:
    """How a session's messages stand, in a few short lines."""
    lines = [words.STATUS_SESSION.format(session=session.id, agent=session.agent)]
    if news.running:
        lines.append(words.STATUS_RUNNING)
    if news.waiting:
        lines.append(words.STATUS_WAITING.format(count=len(news.waiting)))
    if news.owed:
        lines.append(words.STATUS_OWED.format(count=news.owed))
    if not (news.running or news.waiting or news.owed):
        lines.append(words.STATUS_QUIET)
    if news.failed:
        lines.append(words.STATUS_FAILED.format(references=", ".join(job_id[:8] for job_id in news.failed)))
    if news.expired:
        questions = ", ".join(f"“{question}”" for question in news.expired)
        lines.append(words.STATUS_EXPIRED.format(questions=questions))
    return "\n".join(lines)
