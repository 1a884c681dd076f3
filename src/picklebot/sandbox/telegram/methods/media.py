"""Files that the bot sends and fetches."""

from http import HTTPStatus

from picklebot.sandbox.telegram.content import find_chat, find_replied, find_thread, read_caption, read_markup
from picklebot.sandbox.telegram.files import (
    LARGEST_DOWNLOAD,
    LARGEST_PHOTO,
    LARGEST_UPLOAD,
    FileKind,
    StoredFile,
    media_json,
)
from picklebot.sandbox.telegram.params import Params
from picklebot.sandbox.telegram.refusal import BotApiError, bad_request
from picklebot.sandbox.telegram.state import World
from picklebot.sandbox.telegram.wire import message_json


def send_document(world: World, params: Params) -> object:
    """Send a file of up to 50 MB."""
    return _send(world, params, FileKind.DOCUMENT, LARGEST_UPLOAD)


def send_photo(world: World, params: Params) -> object:
    """Send a picture of up to 10 MB."""
    return _send(world, params, FileKind.PHOTO, LARGEST_PHOTO)


def get_file(world: World, params: Params) -> object:
    """Give the path of a file of up to 20 MB, to be fetched from `/file/bot<token>/<path>`."""
    file = world.files.find(params.text("file_id"))
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(file.data) > LARGEST_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": file.id,
        "file_unique_id": file.unique_id,
        "file_size": len(file.data),
        "file_path": file.path,
    }


def _send(world: World, params: Params, kind: FileKind, largest: int) -> object:
    chat = find_chat(world, params)
    caption, entities = read_caption(params)
    markup, thread, replied = read_markup(params), find_thread(chat, params), find_replied(chat, params)
    media = media_json(kind, _file(world, params, kind, largest))
    message = world.post(chat, caption, entities, markup=markup, thread=thread, reply_to=replied, media=media)
    return message_json(message, world.chats)


def _file(world: World, params: Params, kind: FileKind, largest: int) -> StoredFile:
    """Take the upload, or a file that is known already; addresses are refused, as nothing leaves loopback."""
    upload = params.upload(kind)
    if upload is None:
        known = world.files.find(params.text(kind))
        if known is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return known
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > largest:
        raise BotApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
    return world.files.add(kind, upload.name, upload.mime, upload.data)
