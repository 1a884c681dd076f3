"""`POST /api/v1/sessions/{id}/messages`: say something in a session, and follow the answer.

Whoever asks and goes away before the answer has still asked: the turn runs on, the answer is in the history,
and the same `message_id` brings it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, assert_never
from typing import Final as Constant
from uuid import uuid4

import anyio
from fastapi import APIRouter, Header, Request, Response

from picklebot.api.access import GatewayOf
from picklebot.api.answer import Answer
from picklebot.api.gateway import Gateway, TurnRecord
from picklebot.api.problems import Problem
from picklebot.api.resources import TEXT_LIMIT, NewMessage, Reply
from picklebot.api.sse import EventStream
from picklebot.errors import UnknownSessionError
from picklebot.model.choice import Said
from picklebot.model.events import Failed, Final
from picklebot.model.session import is_session_id
from picklebot.platforms.web.subscription import Subscription
from picklebot.ports.platform import Receipt
from picklebot.ports.storage import InboxState

router = APIRouter(prefix="/sessions", tags=["messages"])

_STREAM: Constant = "text/event-stream"
_DOCS: Constant[dict[int | str, dict[str, Any]]] = {
    200: {"model": Reply, "content": {_STREAM: {"schema": {"type": "string"}}}},
    413: {"description": "longer than 100,000 characters"},
    429: {
        "description": "too much is waiting in this session, or its speaker has used up their day (`quota`)"
    },
    502: {"description": "the agent could not answer"},
}


@router.post("/{session_id}/messages", response_model=None, responses=_DOCS)
async def post_message(
    request: Request,
    gateway: GatewayOf,
    session_id: str,
    message: NewMessage,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Say something; the answer comes as JSON when it is finished, or as it is written.

    With `Accept: text/event-stream` the events are `start` (what was shown so far is void), `delta` {text},
    `tool` {name, label, state}, and at the end `final` {reply, files, message_id, session_id} or `error`
    {code, message}.
    """
    check_length(message.text)
    if not is_session_id(session_id):
        raise UnknownSessionError(session_id)
    message_id = message.message_id or uuid4().hex
    # Subscribed before it is said: an answer cannot come between the two.
    subscription = gateway.hub.subscribe(session_id, only_reply_to=message_id)
    try:
        turn = await _say(gateway, session_id, message, message_id)
    except BaseException:
        subscription.close()
        raise
    answer = Answer(session_id, message_id, turn)
    if answer.ended is None and _STREAM in accept:
        return EventStream(subscription, answer.event, is_last=answer.is_end)
    with subscription:
        outcome = answer.ended or await _outcome(request, subscription, answer)
    return answer.stream(outcome) if _STREAM in accept else answer.json(outcome)


def check_length(text: str) -> None:
    """Refuse what is too long for one message."""
    if len(text) > TEXT_LIMIT:
        raise Problem(
            413, "too_large", f"A message may have {TEXT_LIMIT:,} characters; this one has {len(text):,}."
        )


def check_receipt(receipt: Receipt) -> None:
    """Raise what a receipt other than "taken" means to whoever sent the message."""
    match receipt:
        case Receipt.ACCEPTED | Receipt.JOINED | Receipt.HANDLED | Receipt.DUPLICATE:
            return
        case Receipt.FULL:
            message = "Too many messages wait in this session; try again when some are answered."
            raise Problem(429, "full", message, {"retry-after": "5"})
        case Receipt.REFUSED:
            raise Problem(403, "refused", "This speaker may not talk to this agent.")
        case Receipt.IGNORED:
            raise Problem(409, "ignored", "Nothing here answers to that.")
        case _:
            assert_never(receipt)


async def _say(gateway: Gateway, session_id: str, message: NewMessage, message_id: str) -> TurnRecord:
    """Post the message and tell which turn it is, or was before."""
    receipt = await gateway.post(session_id, message.text, message_id, commands=message.commands)
    if isinstance(receipt, Said):
        return TurnRecord("", InboxState.DONE, receipt.text)
    check_receipt(receipt)
    turn = await gateway.turn_of(session_id, message_id)
    if turn is None:
        raise Problem(409, "duplicate", "This message_id was used before; choose another one.")
    # A turn that has just been accepted and is done already still has its events in the subscription.
    return replace(turn, state=InboxState.RUNNING) if receipt is Receipt.ACCEPTED else turn


async def _outcome(request: Request, subscription: Subscription, answer: Answer) -> Final | Failed | None:
    """The end of the answer; None when the gateway stops before, or when nobody waits any more."""
    outcome = None
    async with anyio.create_task_group() as group:
        group.start_soon(_cancel_when_gone, request, group.cancel_scope)
        outcome = await answer.wait(subscription)
        group.cancel_scope.cancel()
    return outcome


async def _cancel_when_gone(request: Request, scope: anyio.CancelScope) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
