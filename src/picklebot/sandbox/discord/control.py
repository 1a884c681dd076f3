"""The control API: how a page or a program in another process plays the people.

JSON in, JSON out; an error is `{"error": "…"}` with 400 or 404. Ids go both ways as strings, for pages lose the
last digits of a snowflake. All paths begin with `/sandbox/discord`:

    GET    /state                     bot, token, api_base_url, gateway_url, users, guilds, channels with their
                                      messages, commands, faults, gateway
    GET    /calls?after=N             the bot's REST calls with a number above N
    GET    /events                    server-sent events from now on; data is {"name", "data"}. Names: Discord's own
                                      (MESSAGE_CREATE, MESSAGE_UPDATE, MESSAGE_DELETE, TYPING_START,
                                      MESSAGE_REACTION_ADD, MESSAGE_REACTION_REMOVE, GUILD_CREATE, CHANNEL_CREATE,
                                      THREAD_CREATE, THREAD_UPDATE, INTERACTION_CREATE) and call, channel, gateway,
                                      interaction_answered, approved, reset. Who falls behind is cut off: read the
                                      state again.
    POST   /users                     {"id", "name", "bot"?, "locale"?}
    POST   /guilds                    {"id", "name", "members"? [user ids]}
    POST   /channels                  {"guild", "id", "name", "hidden"?, "read_only"?} | {"dm": user id}
                                      | {"guild", "id", "name", "forum": true}
                                      | {"parent": channel id, "name", "from", "on"? message id}; in a forum a post,
                                      with its "text"
    POST   /roles                     {"guild", "id", "name"}
    POST   /members                   {"guild", "user", "roles" [ids]}: these roles, and no others
    POST   /channels/{channel}/say    {"from", "text", "reply_to"?, "ping_reply"?, "mentions_bot"?,
                                      "files"? {name: base64}, "voice"?, "sticker"? name,
                                      "poll"? {"question", "answers"}}; `voice` makes the one file a voice message
    POST   /channels/{channel}/edit   {"message", "text"}
    POST   /channels/{channel}/delete {"message"}
    POST   /channels/{channel}/react  {"from", "message", "emoji", "add"?}
    POST   /channels/{channel}/type   {"from"}
    POST   /channels/{channel}/slash  {"from", "command", "options"? {name: value}}
    POST   /channels/{channel}/complete {"from", "command", "option", "typed"}: ask what may follow
    POST   /channels/{channel}/close  {"closed": true | false}: direct messages refuse the bot, a thread is locked
    POST   /channels/{channel}/apply  {"from", "message", "command"}
    POST   /channels/{channel}/press  {"from", "message", "custom_id", "values"?}
    POST   /channels/{channel}/invite add the bot to its server, as if it had not been there
    GET    /interactions/{id}         {"acknowledged", "failed", "messages" [ids], "choices" [{"name", "value"}],
                                      "form" (the open modal, or null)}
    POST   /interactions/{id}/submit  {"values": {custom_id: text}}: submit that form
    POST   /faults                    {"route"?, "times"?, "status"?, "code"?, "message"?, "retry_after"?, "drop"?,
                                      "delay"?, "everything"?}
    DELETE /faults                    forget those still to happen
    POST   /gateway                   {"do": "disconnect", "code"? (null breaks it)} | {"do": "reconnect"}
                                      | {"do": "invalidate"} | {"do": "refuse_content"} | {"do": "approve_content"}:
                                      the message content intent in the portal; refused, it is 4014
    POST   /dispatch                  {"event", "data"}: any dispatch as it stands
    POST   /outage                    {"seconds"}, at most 300: hang up on the bot for so long
    POST   /reset                     forget what was said; people and places stay

Messages are Discord's JSON with `from_bot`, `ephemeral`, `loading`, `pinged` and `versions` ([{"text", "at"}])
beside it. Who calls must be on loopback by its `Host`, and by its `Origin` when it is a page; any loopback origin
may read the answers.
"""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import anyio
from aiohttp import web

from picklebot.sandbox.discord.door import answer, read_body, stream
from picklebot.sandbox.discord.faults import Fault
from picklebot.sandbox.discord.feed import Feed, Happening, Json
from picklebot.sandbox.discord.interactions import Interaction
from picklebot.sandbox.discord.people import SandboxChannel, SandboxGuild
from picklebot.sandbox.discord.portrait import describe_message, describe_state
from picklebot.sandbox.discord.rows import ChannelKind, Message, User
from picklebot.sandbox.discord.things import Poll

if TYPE_CHECKING:
    from picklebot.sandbox.discord.sandbox import DiscordSandbox

PREFIX = "/sandbox/discord"
LONGEST_OUTAGE = 300.0
EVENTS_BEHIND = 1000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """Turns requests into what people do in a sandbox."""

    def __init__(self, sandbox: "DiscordSandbox", feed: Feed) -> None:
        self._sandbox = sandbox
        self._feed = feed

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        at_large: dict[str, Callable[[Json], Any]] = {
            "users": self._user,
            "guilds": self._guild,
            "channels": self._channel,
            "roles": lambda body: self._server(body).role(int(body["id"]), str(body["name"])),
            "members": self._member,
            "faults": self._fault,
            "gateway": self._gateway,
            "dispatch": lambda body: self._sandbox.gateway.inject(str(body["event"]), dict(body["data"])),
            "outage": self._outage,
            "reset": lambda _: self._sandbox.reset(),
        }
        in_channel: dict[str, Callable[[SandboxChannel, Json], Any]] = {
            "say": self._say,
            "edit": lambda channel, body: channel.edit(_message(channel, body["message"]), str(body["text"])),
            "delete": lambda channel, body: channel.delete(_message(channel, body["message"])),
            "react": self._react,
            "type": lambda channel, body: channel.type(self._person(body["from"])),
            "slash": self._slash,
            "complete": self._complete,
            "close": self._close,
            "apply": self._apply,
            "press": self._press,
            "invite": self._invite,
        }
        return [
            *(web.post(f"{PREFIX}/{name}", self._acting(act)) for name, act in at_large.items()),
            *(
                web.post(f"{PREFIX}/channels/{{channel}}/{n}", self._acting_in(a))
                for n, a in in_channel.items()
            ),
            web.post(f"{PREFIX}/interactions/{{interaction}}/submit", self._submitting),
            web.get(f"{PREFIX}/state", self._reading(lambda _: describe_state(self._sandbox))),
            web.get(f"{PREFIX}/calls", self._reading(self._calls)),
            web.get(f"{PREFIX}/interactions/{{interaction}}", self._reading(self._interaction)),
            web.get(f"{PREFIX}/events", self._events),
            web.delete(f"{PREFIX}/faults", self._reading(lambda _: self._sandbox.clear_faults())),
        ]

    # -- from requests to deeds ----------------------------------------------------------------------

    def _acting(self, act: Callable[[Json], Any]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            body = await read_body(request)
            return answer(lambda: act(body))

        return handle

    def _acting_in(self, act: Callable[[SandboxChannel, Json], Any]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            body = await read_body(request)
            return answer(lambda: act(self._place(request.match_info["channel"]), body))

        return handle

    async def _submitting(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        return answer(lambda: self._submit(self._opened(request), body))

    def _reading(self, read: Callable[[web.Request], Any]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            return answer(lambda: read(request))

        return handle

    # -- deeds ---------------------------------------------------------------------------------------

    def _user(self, body: Json) -> Json:
        name, locale = str(body["name"]), str(body.get("locale") or "en-US")
        user = self._sandbox.user(int(body["id"]), name, bot=bool(body.get("bot")), locale=locale)
        return {"id": str(user.id)}

    def _member(self, body: Json) -> None:
        roles = [int(each) for each in body.get("roles") or ()]
        self._server(body).wear(self._person(body["user"]), *roles)

    def _guild(self, body: Json) -> Json:
        members = [self._person(each) for each in body.get("members") or ()]
        return {"id": str(self._sandbox.guild(int(body["id"]), str(body["name"]), members=members).id)}

    def _channel(self, body: Json) -> Json:
        return {"id": str(self._make_channel(body).id)}

    def _make_channel(self, body: Json) -> SandboxChannel:
        if "dm" in body:
            return self._sandbox.dm(self._person(body["dm"]))
        if "parent" in body:
            parent = self._place(body["parent"])
            name, person = str(body["name"]), self._person(body["from"])
            if parent.row.kind is ChannelKind.FORUM:
                return parent.post(name, person, str(body["text"]))
            on = _message(parent, body["on"]) if body.get("on") else None
            return parent.thread(name, person, on=on)
        guild, channel_id, name = self._server(body), int(body["id"]), str(body["name"])
        if body.get("forum"):
            return guild.forum(channel_id, name)
        hidden, read_only = bool(body.get("hidden")), bool(body.get("read_only"))
        return guild.channel(channel_id, name, hidden=hidden, read_only=read_only)

    def _invite(self, channel: SandboxChannel, body: Json) -> None:
        del body
        guild = channel.row.guild
        next(each for each in self._sandbox.guilds if each.row is guild).invite()

    def _say(self, channel: SandboxChannel, body: Json) -> Json:
        said = channel.say(
            self._person(body["from"]),
            str(body.get("text") or ""),
            reply_to=_message(channel, body["reply_to"]) if body.get("reply_to") else None,
            ping_reply=bool(body.get("ping_reply", True)),
            mentions_bot=bool(body.get("mentions_bot")),
            files={str(name): base64.b64decode(data) for name, data in _object(body, "files").items()},
            voice=bool(body.get("voice")),
            sticker=str(body.get("sticker") or ""),
            poll=_poll(body["poll"]) if body.get("poll") else None,
        )
        return describe_message(said)

    def _react(self, channel: SandboxChannel, body: Json) -> None:
        message, person = _message(channel, body["message"]), self._person(body["from"])
        channel.react(person, message, str(body["emoji"]), add=bool(body.get("add", True)))

    def _slash(self, channel: SandboxChannel, body: Json) -> Json:
        person, options = self._person(body["from"]), _object(body, "options")
        return {"interaction": str(self._sandbox.slash(person, channel, str(body["command"]), options).id)}

    def _complete(self, channel: SandboxChannel, body: Json) -> Json:
        asked = [str(body[name]) for name in ("command", "option", "typed")]
        return {"interaction": str(self._sandbox.complete(self._person(body["from"]), channel, *asked).id)}

    def _close(self, channel: SandboxChannel, body: Json) -> None:
        closed, recipient = bool(body["closed"]), channel.row.recipient
        if recipient is None:
            channel.lock(locked=closed)
        else:
            recipient.dms_open = not closed
            self._feed.publish("channel", {"id": str(channel.id)}, for_bot=False)

    def _apply(self, channel: SandboxChannel, body: Json) -> Json:
        message, person = _message(channel, body["message"]), self._person(body["from"])
        return {"interaction": str(self._sandbox.apply(person, message, str(body["command"])).id)}

    def _press(self, channel: SandboxChannel, body: Json) -> Json:
        message, person = _message(channel, body["message"]), self._person(body["from"])
        values = tuple(str(each) for each in body.get("values") or ())
        return {"interaction": str(self._sandbox.press(person, message, str(body["custom_id"]), values).id)}

    def _submit(self, opened: Interaction, body: Json) -> Json:
        values = {str(name): str(text) for name, text in _object(body, "values").items()}
        return {"interaction": str(self._sandbox.submit(opened, values).id)}

    def _fault(self, body: Json) -> None:
        times = int(body.pop("times", 1))
        self._sandbox.add_fault(Fault(**body), times)

    def _gateway(self, body: Json) -> None:
        gateway = self._sandbox.gateway
        deeds: dict[str, Callable[[], None]] = {
            "disconnect": lambda: gateway.disconnect(body.get("code", 4000)),
            "reconnect": gateway.reconnect,
            "invalidate": gateway.invalidate,
            "refuse_content": lambda: self._sandbox.approve_content(approved=False),
            "approve_content": lambda: self._sandbox.approve_content(approved=True),
        }
        deeds[str(body["do"])]()

    def _outage(self, body: Json) -> None:
        self._sandbox.outage_for(min(float(body["seconds"]), LONGEST_OUTAGE))

    # -- reading -------------------------------------------------------------------------------------

    def _calls(self, request: web.Request) -> list[Json]:
        return [
            asdict(each) for each in self._sandbox.calls_of("*", after=int(request.query.get("after", 0)))
        ]

    def _interaction(self, request: web.Request) -> Json:
        interaction = self._opened(request)
        return {
            "acknowledged": interaction.acknowledged,
            "failed": self._sandbox.failed(interaction),
            "messages": [str(each.id) for each in interaction.messages],
            "form": interaction.form,
            "choices": list(interaction.choices),
        }

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        put, queue = anyio.create_memory_object_stream[Happening](EVENTS_BEHIND)

        def hear(happening: Happening) -> None:
            try:
                put.send_nowait(happening)
            except anyio.WouldBlock:
                put.close()
            except anyio.ClosedResourceError:
                return

        with put, queue, self._feed.listening(hear):
            await stream(response, queue)
        return response

    # -- finding -------------------------------------------------------------------------------------

    def _opened(self, request: web.Request) -> Interaction:
        return self._sandbox.interaction(int(request.match_info["interaction"]))

    def _server(self, body: Json) -> SandboxGuild:
        found = next((each for each in self._sandbox.guilds if each.id == int(body["guild"])), None)
        if found is None:
            raise LookupError(f"there is no guild {body['guild']}")
        return found

    def _person(self, user_id: Any) -> User:
        found = next((each for each in self._sandbox.users if each.id == int(user_id)), None)
        if found is None:
            raise LookupError(f"there is no user {user_id}")
        return found

    def _place(self, channel_id: Any) -> SandboxChannel:
        found = self._sandbox.channels.get(int(channel_id))
        if found is None:
            raise LookupError(f"there is no channel {channel_id}")
        return found


def _message(channel: SandboxChannel, message_id: Any) -> Message:
    found = channel.row.messages.get(int(message_id))
    if found is None:
        raise LookupError(f"there is no message {message_id} in {channel.name}")
    return found


def _object(body: Json, name: str) -> Json:
    return body.get(name) or dict[str, Any]()


def _poll(raw: Json) -> Poll:
    return Poll(str(raw["question"]), tuple(str(each) for each in raw["answers"]))
