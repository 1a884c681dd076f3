"""The parameters of one call, whatever way they came: query, form, multipart or JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import web
from multidict import MultiDictProxy

from picklebot.sandbox.telegram.refusal import bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart body."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Params:
    """Texts as they came over the wire, read by type; each reader raises BotApiError (400) for nonsense."""

    texts: Mapping[str, str]
    uploads: Mapping[str, Upload] = field(default_factory=dict[str, Upload])

    def text(self, name: str, default: str = "") -> str:
        """Read a text."""
        value = self.texts.get(name, default)
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise bad_request("strings must be encoded in UTF-8")
        return value

    def integer(self, name: str, default: int = 0) -> int:
        """Read a whole number."""
        given = self.optional_integer(name)
        return default if given is None else given

    def optional_integer(self, name: str) -> int | None:
        """Read a whole number that may be left out."""
        value = self.texts.get(name, "")
        try:
            return int(value) if value else None
        except ValueError:
            raise bad_request(f'parameter "{name}" must be an integer') from None

    def flag(self, name: str) -> bool:
        """Read a truth value."""
        return self.texts.get(name, "").lower() in ("true", "1", "yes")

    def json(self, name: str) -> Any:
        """Read a JSON value, None when it was left out."""
        value = self.texts.get(name)
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None

    def json_object(self, name: str) -> dict[str, Any] | None:
        """Read a JSON object, None when it was left out."""
        value = self.json(name)
        if value is not None and not isinstance(value, dict):
            raise bad_request(f"can't parse {name} JSON object: object expected")
        return cast("dict[str, Any] | None", value)

    def upload(self, name: str) -> Upload | None:
        """Give the file of a field, sent as that part or as `attach://<part>`."""
        return self.uploads.get(self.texts.get(name, "").removeprefix("attach://") or name)

    def shown(self) -> dict[str, str]:
        """Give the parameters for the log of calls, files by name and size."""
        files = {name: f"{upload.name} ({len(upload.data)} bytes)" for name, upload in self.uploads.items()}
        return dict(self.texts) | files


async def read_params(request: web.Request) -> Params:
    """Read the parameters of a request. Raises BotApiError (400) for a body that is no JSON object."""
    texts = dict(request.query)
    if request.content_type == "application/json":
        return Params(texts | _from_json(await request.read()))
    uploads: dict[str, Upload] = {}
    for name, value in (await _form(request)).items():
        if isinstance(value, web.FileField):
            uploads[name] = Upload(value.filename, value.content_type, value.file.read())
        else:
            texts[name] = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
    return Params(texts, uploads)


async def _form(request: web.Request) -> MultiDictProxy[Any]:
    try:
        return await request.post()
    except ValueError:
        raise bad_request("can't parse the body as a form") from None


def _from_json(body: bytes) -> dict[str, str]:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise bad_request("can't parse the body as a JSON object")
    fields = cast("dict[str, Any]", values)
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
