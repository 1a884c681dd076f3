"""`POST /api/v1/posts`: let the bot speak first."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from picklebot.api.access import GatewayOf
from picklebot.api.messages import check_length
from picklebot.api.resources import MESSAGE_ID, Text
from picklebot.ports.posting import Posted

router = APIRouter(prefix="/posts", tags=["posts"])


class NewPost(BaseModel):
    """A text for the chat `to` (PLATFORM:CHAT_ID or PLATFORM:CHAT_ID#THREAD), for a session, or the default chat.

    Who sends the same `post_id` again, for want of an answer, does not post again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Text
    to: str | None = Field(None, max_length=256)
    session_id: str | None = Field(None, max_length=64)
    post_id: str | None = Field(None, pattern=MESSAGE_ID)


class PostView(BaseModel):
    """A message that will arrive. An answer goes on in `session_id`, which is null where nobody knows in which."""

    model_config = ConfigDict(frozen=True)

    id: str
    platform: str
    chat_id: str
    thread_id: str | None
    session_id: str | None

    @classmethod
    def of(cls, posted: Posted) -> PostView:
        """Show a post."""
        place = posted.address
        return cls(
            id=posted.id,
            platform=place.platform,
            chat_id=place.chat_id,
            thread_id=place.thread_id,
            session_id=posted.session_id or None,
        )


@router.post("", status_code=202)
async def post(gateway: GatewayOf, wanted: NewPost) -> PostView:
    """Post a text. It is kept before this answers, and delivered as soon as its platform takes it.

    422 for a chat that cannot be posted to, 404 for an unknown session, 409 for the `post_id` of another text.
    """
    check_length(wanted.text)
    posted = await gateway.posting.post(
        wanted.text, to=wanted.to, session_id=wanted.session_id, post_id=wanted.post_id
    )
    return PostView.of(posted)
