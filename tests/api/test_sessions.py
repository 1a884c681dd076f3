"""Sessions and agents as resources."""

from itertools import product

import pytest
from tests.api.conftest import Site


async def test_a_session_is_made_once_for_a_speaker(site: Site) -> None:
    first = await site.client.post("/api/v1/sessions", json={"speaker": "ann", "platform": "console"})
    again = await site.client.post("/api/v1/sessions", json={"speaker": "ann", "platform": "console"})
    fresh = await site.client.post(
        "/api/v1/sessions", json={"speaker": "ann", "platform": "console", "fresh": True}
    )
    assert [first.status_code, again.status_code, fresh.status_code] == [201, 200, 201]
    assert first.json()["id"] == again.json()["id"] != fresh.json()["id"]
    assert first.json()["speaker"] == "ann"


async def test_an_unknown_agent_is_not_found(site: Site) -> None:
    answer = await site.client.post("/api/v1/sessions", json={"agent": "nobody"})
    assert answer.status_code == 404
    assert "engineer, pickle" in answer.json()["error"]["message"]


async def test_sessions_are_listed_newest_first_and_by_page(site: Site) -> None:
    ids = [await site.session(speaker=f"s{n}", agent="engineer" if n % 2 else "pickle") for n in range(5)]
    first = (await site.client.get("/api/v1/sessions", params={"limit": 2})).json()
    assert [session["id"] for session in first["sessions"]] == ids[:-3:-1]
    rest = (
        await site.client.get("/api/v1/sessions", params={"limit": 9, "offset": first["next_offset"]})
    ).json()
    assert [session["id"] for session in rest["sessions"]] == ids[2::-1]
    assert rest["next_offset"] is None
    engineers = (await site.client.get("/api/v1/sessions", params={"agent": "engineer"})).json()["sessions"]
    assert [session["speaker"] for session in engineers] == ["s3", "s1"]


@pytest.mark.parametrize("said", [{"speaker": "ann@b c"}, {"key": "ann%40b%20c"}])
async def test_a_speaker_is_found_by_the_name_they_gave(site: Site, said: dict[str, str]) -> None:
    wanted = await site.session(speaker="ann@b c")
    await site.session(speaker="ben")
    found = (await site.client.get("/api/v1/sessions", params=said)).json()["sessions"]
    assert [session["id"] for session in found] == [wanted]


async def test_the_messages_of_a_session_are_read_backwards(site: Site) -> None:
    session = await site.session()
    for text in ("one", "two", "three"):
        await site.client.post(f"/api/v1/sessions/{session}/messages", json={"text": text})
    path = f"/api/v1/sessions/{session}/messages"
    last = (await site.client.get(path, params={"limit": 4})).json()
    assert [row["text"] for row in last["messages"]] == ["two", "You said: two", "three", "You said: three"]
    assert last["messages"][0]["turn"] == last["messages"][1]["turn"]
    earlier = (await site.client.get(path, params={"before": last["next_before"]})).json()
    assert [row["text"] for row in earlier["messages"]] == ["one", "You said: one"]
    assert earlier["next_before"] is None
    assert (await site.client.get(f"/api/v1/sessions/{session}")).json()["message_count"] == 6


async def test_a_bad_id_is_never_a_path(site: Site) -> None:
    long = "x" * 65
    ids = [
        "../x",
        "a%2Fb",
        "..%2f..%2fetc",
        "%2e%2e",
        long,
        "no-such",
        "a.b",
        "%00",
        "%ff",
        "%C3%BC",
        "a%20b",
    ]
    for place, bad in product(["sessions/{}", "sessions/{}/messages", "agents/{}"], ids):
        target = f"/api/v1/{place.format(bad)}".encode()
        answer = await site.client.get(site.url, extensions={"target": target})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), target


async def test_a_bad_query_is_refused(site: Site) -> None:
    for query in ("limit=0", "limit=201", "offset=-1", "limit=x", "nonsense=1"):
        answer = await site.client.get(f"/api/v1/sessions?{query}")
        assert answer.status_code == 422
        assert query.partition("=")[0] in answer.json()["error"]["message"]


async def test_agents_show_themselves_without_their_prompt(site: Site) -> None:
    agents = (await site.client.get("/api/v1/agents")).json()["agents"]
    assert [agent["id"] for agent in agents] == ["engineer", "pickle"]
    one = await site.client.get("/api/v1/agents/pickle")
    assert one.json() == agents[1]
    assert "secret prompt" not in one.text


async def test_a_failing_database_is_an_error_and_not_an_absence(site: Site) -> None:
    session = await site.session()
    site.gateway.database.broken = True
    answer = await site.client.get(f"/api/v1/sessions/{session}")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "storage"


async def test_an_unexpected_error_shows_no_trace(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(wish: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(site.gateway, "open_session", fail)
    answer = await site.client.post("/api/v1/sessions", json={})
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "secret" not in answer.text


async def test_the_api_describes_itself_without_scripts(site: Site) -> None:
    page = await site.client.get("/api/docs")
    assert page.status_code == 200
    assert "/api/v1/sessions/{session_id}/messages" in page.text
    assert "<script" not in page.text
    assert (await site.client.get("/api/openapi.json")).json()["info"]["title"] == "picklebot"


async def test_what_is_not_there_is_json_too(site: Site) -> None:
    answer = await site.client.get("/nowhere")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    answer = await site.client.delete("/api/v1/agents")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
