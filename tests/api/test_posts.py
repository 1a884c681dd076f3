"""`POST /api/v1/posts`."""

from __future__ import annotations

import json

import pytest
from tests.api.conftest import Site

from picklebot.errors import NotFoundError, UsageError


@pytest.mark.requirement("S0.9")
async def test_a_post_is_taken_and_its_place_told(site: Site) -> None:
    answer = await site.client.post("/api/v1/posts", json={"text": "hi", "session_id": "s1"})
    place = {"platform": "memory", "chat_id": "1", "thread_id": None}
    assert (answer.status_code, answer.json()) == (202, {"id": "p1", **place, "session_id": "s1"})
    answer = await site.client.post("/api/v1/posts", json={"text": "hi", "to": "memory:1"})
    assert answer.json()["session_id"] is None
    answer = await site.client.post("/api/v1/posts", json={"text": "hi", "post_id": "mine"})
    assert answer.json()["id"] == "mine"
    assert site.gateway.posting.posts.pop() == ("hi", None, None)
    assert site.gateway.posting.posts == [("hi", None, "s1"), ("hi", "memory:1", None)]


@pytest.mark.parametrize(
    ("trouble", "status"), [(UsageError("no default chat"), 422), (NotFoundError("no session"), 404)]
)
async def test_a_refusal_is_told_in_its_own_words(site: Site, trouble: Exception, status: int) -> None:
    site.gateway.posting.troubles.append(trouble)
    answer = await site.client.post("/api/v1/posts", json={"text": "hi"})
    assert (answer.status_code, answer.json()["error"]["message"]) == (status, str(trouble))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"text": "x", "to": "memory:\ud800"}, 422),
        ({"text": " "}, 422),
        ({"text": "x", "post_id": "a b"}, 422),
        ({"text": "x", "chat": "1"}, 422),
        ({"text": "x" * 100_001}, 413),
    ],
)
async def test_what_is_no_post_is_refused(site: Site, body: dict[str, str], status: int) -> None:
    kind = {"content-type": "application/json"}
    answer = await site.client.post("/api/v1/posts", content=json.dumps(body), headers=kind)
    assert answer.status_code == status
    assert site.gateway.posting.posts == []
