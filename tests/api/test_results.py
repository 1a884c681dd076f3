"""Files that agents wrote, over HTTP: to be saved by those who may, and by no trick by anybody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.api.conftest import Site, open_site
from tests.hostile import GOOD, IDS, PATHS

pytestmark = pytest.mark.requirement("S3.3")

TOKEN = "a-token-of-some-length"
PUBLIC = "https://bot.example:8443/chat"
PAGE = b"<script>alert(1)</script>"


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Site]:
    """A site with a token, files and a public address; what is asked for with `client` has the token."""
    async with open_site(token=TOKEN, folder=tmp_path / "results", public_url=PUBLIC) as site:
        site.client.headers["authorization"] = f"Bearer {TOKEN}"
        (tmp_path / "secret").write_bytes(b"secret")
        yield site


async def write(site: Site, path: str, data: bytes = PAGE) -> str:
    """A session with this file."""
    session_id = await site.session()
    await site.gateway.shelf.results.write(session_id, path, data)
    return session_id


async def test_files_are_listed_and_fetched(shelf: Site) -> None:
    session_id = await write(shelf, "notes/plän.html")
    listed = (await shelf.client.get(f"/api/v1/sessions/{session_id}/results")).json()["results"]
    assert [(it["path"], it["size"], it["media_type"]) for it in listed] == [
        ("notes/plän.html", len(PAGE), "text/html")
    ]
    assert listed[0]["modified"].endswith("Z")
    answer = await shelf.client.get(f"/api/v1/sessions/{session_id}/results/notes/plän.html")
    assert (answer.status_code, answer.content) == (200, PAGE)
    check_saved(answer.headers, "pl%C3%A4n.html")


def check_saved(headers, name: str) -> None:
    """A browser saves it, whatever it is, and runs nothing of it."""
    assert headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["cache-control"] == "no-store"
    assert headers["content-length"] == str(len(PAGE))


async def test_names_of_all_kinds_come_back(shelf: Site) -> None:
    session_id = await shelf.session()
    for name in GOOD[1:]:
        await shelf.gateway.shelf.results.write(session_id, name, name.encode())
        answer = await shelf.client.get(f"/api/v1/sessions/{session_id}/results/{quote(name)}")
        assert answer.content == name.encode(), name


async def test_what_is_not_there_is_404(shelf: Site) -> None:
    session_id = await write(shelf, "a")
    for path in ("nowhere/results", f"{session_id}/results/b", f"{session_id}/results/a/b"):
        assert (await shelf.client.get(f"/api/v1/sessions/{path}")).status_code == 404
    empty = await shelf.session()
    assert (await shelf.client.get(f"/api/v1/sessions/{empty}/results")).json() == {"results": []}
    for method in ("POST", "PUT", "DELETE"):
        answer = await shelf.client.request(method, f"/api/v1/sessions/{session_id}/results/a")
        assert answer.status_code == 405


@pytest.mark.requirement("P29")
async def test_no_path_and_no_id_leads_out(shelf: Site) -> None:
    session_id = await write(shelf, "a")
    for path in (*PATHS, "../../secret", f"../{session_id}/a", "../../../secret"):
        for form in {quote(path, safe="", errors="replace"), quote(path, safe="/", errors="replace")}:
            answer = await raw(shelf, f"/api/v1/sessions/{session_id}/results/{form}")
            assert answer in (404, 307) or path == "", (path, answer)
    for hostile in IDS:
        form = quote(hostile, safe="", errors="replace")
        for rest in ("", "/a"):
            assert await raw(shelf, f"/api/v1/sessions/{form}/results{rest}") in (404, 307), hostile


async def raw(site: Site, target: str) -> int:
    """The status for a target exactly as it is written, which clients would tidy up."""
    answer = await site.client.get("/", extensions={"target": target.encode()})
    assert b"secret" not in answer.content
    return answer.status_code


@pytest.mark.requirement("P31")
async def test_the_list_and_the_files_take_the_token(shelf: Site) -> None:
    session_id = await write(shelf, "a")
    for path in (f"/api/v1/sessions/{session_id}/results", f"/api/v1/sessions/{session_id}/results/a"):
        answer = await shelf.client.get(path, headers={"authorization": "Bearer wrong"})
        assert answer.status_code == 401
        answer = await shelf.client.get(path, headers={"host": "bot.example"})
        assert answer.status_code == 421


async def offered(site: Site, path: str = "a") -> str:
    """The way of a link to a file, below the public address."""
    session_id = await write(site, path)
    site.gateway.links.handles["h" * 32] = (session_id, path)
    return "/files/" + "h" * 32


async def test_a_link_is_its_own_permission(shelf: Site) -> None:
    link = await offered(shelf, "notes/a.html")
    del shelf.client.headers["authorization"]
    answer = await shelf.client.get(link)
    assert (answer.status_code, answer.content) == (200, PAGE)
    check_saved(answer.headers, "a.html")
    cross = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert (await shelf.client.get(link, headers=cross)).status_code == 200


@pytest.mark.requirement("P31")
async def test_a_link_is_followed_under_the_public_name_and_nothing_else_is(shelf: Site) -> None:
    link = await offered(shelf)
    for host in ("bot.example", "bot.example:8443", "BOT.example:1", f"127.0.0.1:{shelf.port}"):
        assert (await shelf.client.get(link, headers={"host": host})).status_code == 200, host
        if host != f"127.0.0.1:{shelf.port}":
            for path in ("/", "/api/v1/sessions", "/healthz", "/files", "/web/history"):
                answer = await shelf.client.get(path, headers={"host": host})
                assert answer.status_code == 421, path
    for host in ("evil.example", "bot.example.evil.example", "xbot.example", "", "bot.example/x"):
        assert (await shelf.client.get(link, headers={"host": host})).status_code == 421, host
    for origin in ("https://evil.example", "https://bot.example:8443", "null"):
        assert (await shelf.client.get(link, headers={"origin": origin})).status_code == 403
    for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        assert (await shelf.client.request(method, link)).status_code == 405, method


@pytest.mark.requirement("P29")
async def test_what_is_no_link_leads_nowhere(shelf: Site) -> None:
    link = await offered(shelf)
    for handle in (*PATHS, link.removeprefix("/files/")[:-1], link.upper()):
        for form in {quote(handle, safe="", errors="replace"), quote(handle, errors="replace")}:
            assert await raw(shelf, f"/files/{form}") in (404, 307), handle


async def test_a_link_to_what_is_gone_is_404(shelf: Site) -> None:
    link = await offered(shelf)
    [(session_id, _)] = shelf.gateway.links.handles.values()
    await shelf.gateway.shelf.results.remove(session_id)
    answer = await shelf.client.get(link)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_without_a_public_address_links_are_followed_under_our_own_names(tmp_path: Path) -> None:
    async with open_site(folder=tmp_path) as site:
        link = await offered(site)
        assert (await site.client.get(link)).status_code == 200
        assert (await site.client.get(link, headers={"host": "bot.example"})).status_code == 421
