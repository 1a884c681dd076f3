"""The control API: how a page or a program in another process plays the people.

JSON in, JSON out; an error is `{"error": "..."}` with 400 or 404. All paths begin with `/sandbox/telegram`:

    GET    /state                    bot, token, base_url, users, chats with their messages, commands, faults …
    GET    /calls?after=N            the bot's calls with a number above N
    GET    /files/{file_id}          the bytes of a file in a message
    GET    /events?after=N           server-sent events; data is {"number", "at", "kind", …}; Last-Event-ID works too.
                                     kinds: message edit delete reaction draft action press answer call fault delivery
                                     membership bot outage reset
    POST   /users                    {"id", "name", "username"?, "language"?, "is_bot"?}
    POST   /chats                    {"type": "private", "user"} | {"type": "channel", "id", "title"}
                                     | {"type": "group", "id", "title", "forum"?, "members"?}
    POST   /bot                      {"privacy"?, "topics"?, "bot_to_bot"?}: what BotFather is told of the bot
    POST   /chats/{chat}/say         {"from", "text", "thread"?, "reply_to"?, "quote"?}; `from` is a user id or a chat
                                     id: the group's own for its anonymous administrators, or a channel's
    POST   /chats/{chat}/paste       {"from", "text", "thread"?}
    POST   /chats/{chat}/file        {"from", "kind", "data" (base64), "name"?, "mime"?, "caption"?, "emoji"?,
                                     "album"?, "thread"?, "reply_to"?}; kinds: photo, video, document, audio, voice,
                                     sticker
    POST   /chats/{chat}/send        {"from", "kind", …its fields, "thread"?, "reply_to"?}; kinds with their fields:
                                     location (latitude, longitude), venue (the same, title, address), contact
                                     (phone_number, first_name, last_name?), poll (question, options), checklist
                                     (title, tasks), dice (emoji?, value?), game (title), invoice (title), story ()
    POST   /chats/{chat}/forward     {"from", "source" (a chat id), "message", "comment"?, "hidden"?, "thread"?}
    POST   /chats/{chat}/edit        {"message", "text"}
    POST   /chats/{chat}/press       {"from", "message", "label"}
    POST   /chats/{chat}/stop        {"draft"}
    POST   /chats/{chat}/topic       {"name"}; in private chats where the bot has topics
    POST   /chats/{chat}/close       {"thread", "closed": true | false}: a closed topic refuses the bot
    POST   /chats/{chat}/join        {"user"}: a person, or another bot
    POST   /chats/{chat}/block       {"blocked": true | false}
    POST   /chats/{chat}/admin       {"admin"?: true | false}: make the bot an administrator, or a member again
    POST   /chats/{chat}/upgrade     turn a group into a supergroup; gives the new {"chat"}
    POST   /faults                   {"method", "times"?, "kind"?, "code"?, "description"?, "chat_id"?, "seconds"?,
                                     "retry_after"?, "migrate_to_chat_id"?}
    DELETE /faults                   forget those still to happen
    POST   /updates                  any JSON object: an update as it stands
    POST   /limits                   {"enforced": true | false}
    POST   /outage                   {"seconds"}, at most 300
    POST   /reset                    begin anew

Messages are Bot API JSON with `from_bot`, `reactions` and `versions` ([{"text", "at"}]) beside it. Who calls must
be on loopback by its `Host`, and by its `Origin` when it is a page; any loopback origin may read the answers.
"""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING

import anyio
from aiohttp import web

from picklebot.sandbox.telegram.chats import Chat, SandboxMessage, SandboxUser
from picklebot.sandbox.telegram.door import Action, Json, acting, allowed, guarded, preflight, read_body
from picklebot.sandbox.telegram.journal import Event
from picklebot.sandbox.telegram.people import SandboxChat
from picklebot.sandbox.telegram.state import World
from picklebot.sandbox.telegram.wire import chat_json, message_json, user_json

if TYPE_CHECKING:
    from picklebot.sandbox.telegram.sandbox import TelegramSandbox

PREFIX = "/sandbox/telegram"
LONGEST_OUTAGE = 300.0
KEEP_ALIVE = 15.0
_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})


class Control:
    """Turns requests into what people do in a sandbox."""

    def __init__(self, sandbox: "TelegramSandbox", world: World) -> None:
        """Control `sandbox`, whose world is `world`."""
        self._sandbox = sandbox
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to mount."""
        at_large: dict[str, Action] = {
            "bot": self._bot,
            "users": self._user,
            "chats": self._chat,
            "faults": self._fault,
            "updates": lambda body: {"update_id": self._sandbox.inject_update(body)},
            "limits": self._limits,
            "outage": self._outage,
            "reset": lambda _: self._sandbox.reset(),
        }
        posts = [web.post(f"{PREFIX}/{name}", guarded(acting(act))) for name, act in at_large.items()]
        return [
            *posts,
            web.get(f"{PREFIX}/state", guarded(self._state)),
            web.get(f"{PREFIX}/calls", guarded(self._calls)),
            web.get(f"{PREFIX}/files/{{id}}", guarded(self._file)),
            web.get(f"{PREFIX}/events", guarded(self._events)),
            web.delete(f"{PREFIX}/faults", guarded(acting(lambda _: self._sandbox.clear_faults()))),
            web.post(f"{PREFIX}/chats/{{chat}}/{{verb}}", guarded(self._in_chat)),
            web.options(f"{PREFIX}/{{path:.*}}", guarded(preflight)),
        ]

    async def _state(self, request: web.Request) -> web.Response:  # noqa: ARG002
        world, events = self._world, self._world.journal.events
        state = {
            "bot": user_json(world.bot.user) | self._profile(),
            "token": world.bot.token,
            "base_url": self._sandbox.base_url,
            "users": [user_json(user) for user in world.users.values()],
            "chats": [self._chat_state(chat) for chat in world.chats.values()],
            "commands": [
                {"scope": json.loads(scope), "language": language, "commands": commands}
                for (scope, language), commands in world.commands.items()
            ],
            "webhook": world.webhook.url,
            "pending_updates": len(world.updates.pending),
            "faults": world.faults.to_json(),
            "limits": world.limits.enforced,
            "event": events[-1].number if events else 0,
        }
        return web.json_response(state)

    async def _calls(self, request: web.Request) -> web.Response:
        floor = int(request.query.get("after", "0"))
        return web.json_response([asdict(call) for call in self._sandbox.calls if call.number > floor])

    async def _file(self, request: web.Request) -> web.Response:
        """Give a picture as what it is and all else as bytes, so that a browser never runs it."""
        file = self._world.files.find(request.match_info["id"])
        if file is None:
            return web.json_response({"error": "no such file"}, status=HTTPStatus.NOT_FOUND)
        mime = file.mime if file.mime in _PICTURES else "application/octet-stream"
        return web.Response(body=file.data, content_type=mime, headers={"X-Content-Type-Options": "nosniff"})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Stream events for as long as the page listens."""
        number = int(request.headers.get("Last-Event-ID") or request.query.get("after", "0"))
        response = web.StreamResponse(headers=allowed(request) | {"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        with suppress(ConnectionError):  # the page was closed
            await self._follow(response, number)
        return response

    async def _follow(self, response: web.StreamResponse, number: int) -> None:
        while True:
            for event in self._world.journal.after(number):
                number = event.number
                await response.write(self._sse(event))
            with anyio.move_on_after(KEEP_ALIVE) as waiting:
                await self._world.journal.changed()
            if waiting.cancelled_caught:
                await response.write(b": still here\n\n")

    def _sse(self, event: Event) -> bytes:
        data = json.dumps(event.fields | {"number": event.number, "at": event.at, "kind": event.kind})
        return f"id: {event.number}\ndata: {data}\n\n".encode()

    async def _in_chat(self, request: web.Request) -> web.Response:
        chat = self._sandbox.chats.get(_number(request.match_info["chat"]))
        verb = _VERBS.get(request.match_info["verb"])
        if chat is None or verb is None:
            return web.json_response({"error": "no such chat or verb"}, status=HTTPStatus.NOT_FOUND)
        return web.json_response(verb(self, chat, await read_body(request)))

    def _profile(self) -> dict[str, bool]:
        bot = self._world.bot
        return {"privacy": bot.privacy, "topics": bot.topics, "bot_to_bot": bot.bot_to_bot}

    def _bot(self, body: Json) -> object:
        self._sandbox.set_bot(**{name: body[name] is True for name in self._profile() if name in body})
        return self._profile()

    def _user(self, body: Json) -> object:
        name, language = str(body["name"]), str(body.get("language", "en"))
        is_bot = body.get("is_bot", False) is True
        return user_json(
            self._sandbox.user(int(body["id"]), name, body.get("username"), language=language, is_bot=is_bot)
        )

    def _chat(self, body: Json) -> object:
        match body.get("type"):
            case "private":
                chat = self._sandbox.private(self._known_user(body["user"]))
            case "group":
                members = [self._known_user(member) for member in body.get("members", [])]
                forum = body.get("forum", False) is True
                chat = self._sandbox.group(int(body["id"]), str(body["title"]), forum=forum, members=members)
            case "channel":
                chat = self._sandbox.channel(int(body["id"]), str(body["title"]))
            case other:
                raise ValueError(f"type is private, group or channel, not {other}")
        return self._chat_state(self._world.chats[chat.id])

    def _fault(self, body: Json) -> None:
        self._sandbox.fault(**body)

    def _limits(self, body: Json) -> None:
        (self._sandbox.enforce_limits if body["enforced"] is True else self._sandbox.lift_limits)()

    def _outage(self, body: Json) -> None:
        self._sandbox.outage_for(min(max(float(body["seconds"]), 0.0), LONGEST_OUTAGE))

    def say(self, chat: SandboxChat, body: Json) -> object:
        """Send a text as somebody."""
        said = chat.say(
            self._speaker(body["from"]),
            str(body["text"]),
            thread=body.get("thread"),
            reply_to=self._replied(chat, body),
            quote=str(body.get("quote") or ""),
        )
        return self._shown(said)

    def paste(self, chat: SandboxChat, body: Json) -> object:
        """Send a long text as the apps cut it."""
        sender = self._known_user(body["from"])
        parts = chat.paste(sender, str(body["text"]), thread=body.get("thread"))
        return [self._shown(message) for message in parts]

    def file(self, chat: SandboxChat, body: Json) -> object:
        """Send a file as somebody."""
        return self._shown(
            chat.send_file(
                self._speaker(body["from"]),
                body["kind"],
                base64.b64decode(body["data"], validate=True),
                name=body.get("name"),
                mime=body.get("mime"),
                caption=str(body.get("caption", "")),
                emoji=str(body.get("emoji") or "🥒"),
                album=body.get("album"),
                thread=body.get("thread"),
                reply_to=self._replied(chat, body),
            )
        )

    def send(self, chat: SandboxChat, body: Json) -> object:
        """Send a place, a contact, a poll and so on as somebody."""
        fields = {name: value for name, value in body.items() if name not in _ABOUT_SENDING}
        sender, replied = self._speaker(body["from"]), self._replied(chat, body)
        sent = chat.send(sender, str(body["kind"]), thread=body.get("thread"), reply_to=replied, **fields)
        return self._shown(sent)

    def forward(self, chat: SandboxChat, body: Json) -> object:
        """Pass on a message of this or another chat, after a comment on it."""
        source = self._sandbox.chats.get(_number(body["source"]))
        if source is None:
            raise ValueError(f"there is no chat {body['source']}")
        said = chat.pass_on(
            self._known_user(body["from"]),
            self._message(source, body["message"]),
            comment=str(body.get("comment", "")),
            hidden=body.get("hidden", False) is True,
            thread=body.get("thread"),
        )
        return [self._shown(message) for message in said]

    def edit(self, chat: SandboxChat, body: Json) -> object:
        """Change what somebody said."""
        return self._shown(chat.edit(self._message(chat, body["message"]), str(body["text"])))

    def press(self, chat: SandboxChat, body: Json) -> object:
        """Press a button."""
        message, user = self._message(chat, body["message"]), self._known_user(body["from"])
        return {"query": chat.press(user, message, str(body["label"]))}

    def stop(self, chat: SandboxChat, body: Json) -> object:
        """Stop a draft."""
        chat.stop(int(body["draft"]))
        return {}

    def topic(self, chat: SandboxChat, body: Json) -> object:
        """Open a topic."""
        return {"thread": chat.topic(str(body["name"]))}

    def close(self, chat: SandboxChat, body: Json) -> object:
        """Close a topic, or open it again."""
        act = chat.close_topic if body["closed"] is True else chat.reopen_topic
        return act(_number(body["thread"]))

    def join(self, chat: SandboxChat, body: Json) -> object:
        """Let somebody come into a group."""
        return chat.join(self._known_user(body["user"]))

    def block(self, chat: SandboxChat, body: Json) -> object:
        """Block the bot, or let it back in."""
        return chat.block() if body["blocked"] is True else chat.unblock()

    def upgrade(self, chat: SandboxChat, body: Json) -> object:  # noqa: ARG002
        """Turn a group into a supergroup."""
        return {"chat": chat.upgrade().id}

    def admin(self, chat: SandboxChat, body: Json) -> object:
        """Make the bot an administrator, or a member again."""
        return chat.make_admin(admin=body.get("admin", True) is True)

    def _chat_state(self, chat: Chat) -> Json:
        return chat_json(chat) | {
            "members": [user_json(member) for member in chat.members.values()],
            "topics": chat.topics,
            "closed_topics": sorted(chat.closed_topics),
            "bot_in": chat.bot_in,
            "bot_admin": chat.bot_admin,
            "messages": [self._shown(message) for message in chat.history.values() if not message.deleted],
        }

    def _shown(self, message: SandboxMessage) -> Json:
        versions = [{"text": version.text, "at": version.at} for version in message.versions]
        beside = {"from_bot": message.from_bot, "versions": versions, "reactions": list(message.reactions)}
        return message_json(message, self._world.chats) | beside

    def _known_user(self, user_id: object) -> SandboxUser:
        user = self._world.users.get(_number(user_id))
        if user is None:
            raise ValueError(f"there is no user {user_id}: make one with POST {PREFIX}/users")
        return user

    def _replied(self, chat: SandboxChat, body: Json) -> SandboxMessage | None:
        return self._message(chat, body["reply_to"]) if body.get("reply_to") else None

    def _speaker(self, speaker_id: object) -> SandboxUser | SandboxChat:
        number = _number(speaker_id)
        chat = self._sandbox.chats.get(number)
        if number < 0 and chat is None:
            raise ValueError(f"there is no chat {speaker_id} to speak as")
        return chat if number < 0 and chat is not None else self._known_user(number)

    def _message(self, chat: SandboxChat, message_id: object) -> SandboxMessage:
        number = _number(message_id)
        found = next((message for message in chat.messages if message.id == number), None)
        if found is None:
            raise ValueError(f"there is no message {message_id} in chat {chat.id}")
        return found


_ABOUT_SENDING = frozenset({"from", "kind", "thread", "reply_to"})

_VERBS: dict[str, Callable[[Control, SandboxChat, Json], object]] = {
    "say": Control.say,
    "paste": Control.paste,
    "file": Control.file,
    "send": Control.send,
    "forward": Control.forward,
    "edit": Control.edit,
    "press": Control.press,
    "stop": Control.stop,
    "topic": Control.topic,
    "close": Control.close,
    "join": Control.join,
    "block": Control.block,
    "upgrade": Control.upgrade,
    "admin": Control.admin,
}


def _number(raw: object) -> int:
    return int(str(raw))
