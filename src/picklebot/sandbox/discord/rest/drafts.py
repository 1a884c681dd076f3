"""Reading a message body: what Discord accepts, and what it refuses."""

from dataclasses import replace
from typing import Any

from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.mentions import Mentions, allow_mentions, contradicts
from picklebot.sandbox.discord.payloads import ATTACHMENT_LIMIT
from picklebot.sandbox.discord.refusals import Refused, invalid_form
from picklebot.sandbox.discord.rest.route import RestCall, snowflake
from picklebot.sandbox.discord.rows import Attachment, Change, Channel, Draft, Message
from picklebot.sandbox.discord.world import World

CONTENT_LIMIT = 2000
CUSTOM_ID_LIMIT = 100
ATTACHMENTS_LIMIT = 10
EMBEDS_LIMIT = 10


def read_draft(world: World, channel: Channel, call: RestCall, form: Json) -> Draft:
    """The message to send. Raises Refused: 50035 a bad field, 50006 an empty message, 40005 a big file."""
    text = _text(form) or ""
    answered = _answered(channel, form)
    author = None if answered is None or answered.author is world.bot else answered.author.id
    draft = Draft(
        text=text,
        attachments=_uploads(world, channel, call, form),
        embeds=_embeds(form) or (),
        components=_components(form) or (),
        reply_to=answered,
        mentions=_mentions(text, form, author),
        nonce=None if form.get("nonce") is None else str(form["nonce"]),
        flags=int(form.get("flags") or 0),
    )
    if not (draft.text.strip() or draft.attachments or draft.embeds or draft.components):
        raise Refused(400, 50006, "Cannot send an empty message")
    return draft


def read_change(world: World, message: Message, call: RestCall, form: Json) -> Change:
    """The edit to make; a field that is not sent stays. Raises Refused like `read_draft`."""
    text = _text(form)
    kept = _kept(message, form) if "attachments" in form else message.attachments
    new = _uploads(world, message.channel, call, form)
    change = Change(
        text=text,
        mentions=None if text is None else _mentions(text, form, None),
        attachments=kept + new,
        embeds=_embeds(form),
        components=_components(form),
    )
    shown = message.text if text is None else text
    parts = (change.attachments, change.embeds or message.embeds, change.components or message.components)
    if not (shown.strip() or any(parts)):
        raise Refused(400, 50006, "Cannot send an empty message")
    return change


def _text(form: Json) -> str | None:
    if "content" not in form:
        return None
    text = form["content"]
    if text is not None and not isinstance(text, str):
        raise invalid_form("content", "STRING_TYPE_CONVERT", "Could not interpret value as string.")
    if text and len(text) > CONTENT_LIMIT:
        raise invalid_form("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
    return text or ""


def _mentions(text: str, form: Json, replied_to: int | None) -> Mentions:
    allowed: Json | None = form.get("allowed_mentions")
    if contradicts(allowed):
        raise invalid_form(
            "allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", "Mutually exclusive."
        )
    return allow_mentions(text, allowed, replied_to)


def _embeds(form: Json) -> tuple[Json, ...] | None:
    if form.get("embeds") is None:
        return None
    embeds = tuple(form["embeds"])
    if len(embeds) > EMBEDS_LIMIT:
        raise invalid_form("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    return embeds


def _components(form: Json) -> tuple[Json, ...] | None:
    if form.get("components") is None:
        return None
    components = tuple(form["components"])
    _check_custom_ids(components)
    return components


def _check_custom_ids(components: tuple[Json, ...]) -> None:
    for component in components:
        if len(str(component.get("custom_id") or "")) > CUSTOM_ID_LIMIT:
            raise invalid_form("custom_id", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
        _check_custom_ids(tuple(component.get("components") or ()))


def _answered(channel: Channel, form: Json) -> Message | None:
    reference: Json | None = form.get("message_reference")
    if not reference:
        return None
    answered = channel.messages.get(snowflake("message_reference", reference.get("message_id")))
    if answered is None and reference.get("fail_if_not_exists", True):
        raise invalid_form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return answered


def _uploads(world: World, channel: Channel, call: RestCall, form: Json) -> tuple[Attachment, ...]:
    if len(call.files) > ATTACHMENTS_LIMIT:
        raise invalid_form("attachments", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    if any(len(each.data) > ATTACHMENT_LIMIT for each in call.files.values()):
        raise Refused(413, 40005, "Request entity too large")
    described: dict[str, Any] = {str(each.get("id")): each for each in form.get("attachments") or ()}
    uploads: list[Attachment] = []
    for field, upload in call.files.items():
        said = described.get(field.removeprefix("files[").removesuffix("]"), {})
        filename = str(said.get("filename") or upload.filename)
        stored = world.keep_file(channel, filename, upload.data)
        uploads.append(replace(stored, description=said.get("description")))
    return tuple(uploads)


def _kept(message: Message, form: Json) -> tuple[Attachment, ...]:
    wanted = {str(each.get("id")) for each in form["attachments"] or ()}
    return tuple(each for each in message.attachments if str(each.id) in wanted)
