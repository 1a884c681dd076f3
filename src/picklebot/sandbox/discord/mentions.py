"""Who a message mentions, and whom it pings: pure functions.

Discord's rules: without `allowed_mentions` everything in the text pings, and so does a reply. With it, only
what it names. Mentions inside code are counted too, so that a careless bot is rather caught than excused.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(?:everyone|here)\b")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Ids in the order of the text, each once."""

    users: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False

    def with_user(self, user_id: int) -> "Mentions":
        """The same, and this user."""
        return Mentions(_once((*self.users, user_id)), self.roles, self.everyone)


NOBODY = Mentions()


def find_mentions(text: str) -> Mentions:
    """What the text names."""
    return Mentions(
        users=_once(map(int, _USER.findall(text))),
        roles=_once(map(int, _ROLE.findall(text))),
        everyone=_EVERYONE.search(text) is not None,
    )


def allow_mentions(text: str, allowed: Mapping[str, Any] | None, replied_to: int | None = None) -> Mentions:
    """What the text pings under `allowed_mentions` (None: it was not sent); `replied_to` is the asker's id."""
    found = find_mentions(text)
    if allowed is None:
        return found if replied_to is None else found.with_user(replied_to)
    kinds = _kinds(allowed)
    pinged = Mentions(
        users=_kept(found.users, "users" in kinds, allowed.get("users")),
        roles=_kept(found.roles, "roles" in kinds, allowed.get("roles")),
        everyone=found.everyone and "everyone" in kinds,
    )
    if replied_to is not None and allowed.get("replied_user"):
        return pinged.with_user(replied_to)
    return pinged


def contradicts(allowed: Mapping[str, Any] | None) -> bool:
    """Discord refuses an `allowed_mentions` that parses a kind and lists ids of it as well."""
    if allowed is None:
        return False
    kinds = _kinds(allowed)
    return any(kind in kinds and allowed.get(kind) for kind in ("users", "roles"))


def _kept(found: tuple[int, ...], all_of_them: bool, listed: Any) -> tuple[int, ...]:
    if all_of_them:
        return found
    named = {int(each) for each in listed or ()}
    return tuple(each for each in found if each in named)


def _kinds(allowed: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(str(each) for each in allowed.get("parse") or ())


def _once(ids: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(ids))
