"""Who may knock: the whole matrix of hosts, origins and tokens, through real sockets."""

from collections.abc import AsyncIterator

import anyio
import pytest
from tests.api.conftest import Opens, Site
from tests.api.echo_gateway import EchoGateway

from picklebot.api.guard import Authority, parse_authority
from picklebot.api.server import build_api
from picklebot.errors import ConfigError

TOKEN = "a-token-of-some-length"
EVERYWHERE = [
    "/",
    "/web/history",
    "/web/events",
    "/api/v1/sessions",
    "/api/docs",
    "/healthz",
    "/assets/app.js",
]
CLOSED = [
    "/web/history",
    "/web/events",
    "/web/status",
    "/api/v1/sessions",
    "/api/v1/agents",
    "/api/docs",
    "/nowhere",
]
OPEN = ["/", "/assets/app.js", "/healthz", "/readyz"]
FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1",
    "127.0.0.1:1",
    "localhost.evil.example:{port}",
    "",
    "127.0.0.1:{port}@evil.example",
    "evil.example/127.0.0.1:{port}",
    "2130706433:{port}",
    "0.0.0.0:{port}",
    "127.0.0.1:{port},evil.example",
    "[::1",
    "localhost:x",
]
FOREIGN_ORIGINS = [
    "http://evil.example",
    "null",
    "",
    "http://localhost:1",
    "http://localhost:{port}",
    "http://127.0.0.1",
    "file://127.0.0.1:{port}",
    "http://127.0.0.1:{port}.evil.example",
    "http://127.0.0.1:{port}/x",
    "http://user@127.0.0.1:{port}",
    "127.0.0.1:{port}",
]

pytestmark = pytest.mark.requirement("P31")


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_a_foreign_host_is_misdirected(site: Site, path: str) -> None:
    for host in FOREIGN_HOSTS:
        answer = await site.client.get(path, headers={"host": host.format(port=site.port)})
        assert (answer.status_code, answer.json()["error"]["code"]) == (421, "wrong_host"), host


async def test_our_own_names_are_let_in(site: Site) -> None:
    for host in ("127.0.0.1", "localhost", "LocalHost", "[::1]", "localhost."):
        answer = await site.client.get("/healthz", headers={"host": f"{host}:{site.port}"})
        assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/web/history", "/web/events", "/web/status"])
async def test_a_link_from_another_site_opens_the_page_and_nothing_behind_it(site: Site, path: str) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    answer = await site.client.get(path, headers=link)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_origin")
    assert "set-cookie" not in answer.headers
    assert (await site.client.get("/", headers=link)).status_code == 200
    assert (
        await site.client.get("/web/status", headers={"sec-fetch-site": "same-origin"})
    ).status_code == 200


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_a_foreign_origin_is_refused(site: Site, path: str) -> None:
    for origin in FOREIGN_ORIGINS:
        answer = await site.client.get(path, headers={"origin": origin.format(port=site.port)})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_origin"), origin


async def test_a_foreign_origin_may_not_post(site: Site) -> None:
    answer = await site.client.post("/api/v1/sessions", json={}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403
    assert site.gateway.database.sessions == {}


async def test_our_own_origin_is_let_in(site: Site) -> None:
    assert (await site.client.get("/web/history", headers={"origin": site.url})).status_code == 200


async def test_a_websocket_is_not_let_in(site: Site) -> None:
    headers = {
        "connection": "upgrade",
        "upgrade": "websocket",
        "sec-websocket-key": "x" * 16,
        "sec-websocket-version": "13",
        "origin": "http://evil.example",
    }
    assert (await site.client.get("/web/events", headers=headers)).status_code == 403
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async with anyio.create_task_group() as group:
        app = build_api(EchoGateway(group), host="127.0.0.1", token=None)
        await app({"type": "websocket", "path": "/", "headers": []}, None, send)  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("path", CLOSED)
async def test_the_token_opens_what_is_closed(opens: Opens, path: str) -> None:
    async with opens(token=TOKEN) as site:
        for headers in (
            {},
            {"authorization": "Bearer wrong"},
            {"authorization": f"Basic {TOKEN}"},
            {"authorization": f"Bearer {TOKEN}x"},
            {"authorization": "Bearer"},
            {"cookie": f"picklebot_login={TOKEN}"},
            {"cookie": "picklebot_login="},
            {"cookie": 'picklebot_login="\\000'},
        ):
            answer = await site.client.get(
                path, headers=headers, params={"token": TOKEN, "access_token": TOKEN}
            )
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        request = site.client.build_request("GET", path, headers={"authorization": f"bearer {TOKEN}"})
        answer = await site.client.send(request, stream=True)
        assert answer.status_code == (404 if path == "/nowhere" else 401 if path == "/web/events" else 200)
        if path == "/web/events":
            await answer.aread()
            assert answer.json()["error"]["code"] == "no_speaker"
        await answer.aclose()


async def test_the_shell_and_the_health_are_open(opens: Opens) -> None:
    async with opens(token=TOKEN) as site:
        for path in OPEN:
            assert (await site.client.get(path)).status_code == 200


async def test_the_page_logs_in_with_a_cookie_that_is_not_the_token(opens: Opens) -> None:
    async with opens(token=TOKEN) as site:
        wrong = await site.client.post("/login", json={"token": "wrong"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "wrong_token")
        right = await site.client.post("/login", json={"token": TOKEN})
        assert right.status_code == 204
        cookie = right.headers["set-cookie"]
        assert TOKEN not in cookie
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert (await site.client.get("/web/history")).status_code == 200
        login = site.client.cookies["picklebot_login"]
    async with opens(token=TOKEN) as restarted:
        answer = await restarted.client.get("/web/history", headers={"cookie": f"picklebot_login={login}"})
        assert answer.status_code == 200
    async with opens(token=TOKEN + "2") as changed:
        answer = await changed.client.get("/web/history", headers={"cookie": f"picklebot_login={login}"})
        assert answer.status_code == 401


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "picklebot.example", ""])
async def test_others_may_reach_it_only_with_a_token(host: str) -> None:
    async with anyio.create_task_group() as group:
        gateway = EchoGateway(group)
        with pytest.raises(ConfigError, match=r"set messagebus\.web\.token"):
            build_api(gateway, host=host, token=None)
        with pytest.raises(ConfigError):
            build_api(gateway, host=host, token="")
        build_api(gateway, host=host, token=TOKEN)


async def test_a_server_for_others_knows_its_own_address(opens: Opens) -> None:
    async with opens(token=TOKEN, host="0.0.0.0") as site:
        for host, status in (("127.0.0.1:9000", 200), ("localhost", 200), ("evil.example", 421)):
            assert (await site.client.get("/healthz", headers={"host": host})).status_code == status


async def test_a_large_body_is_refused_chunked_or_not(site: Site) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    declared = await site.client.post("/api/v1/sessions", content=b" " * (2**20 + 1))
    chunked = await site.client.post(
        "/api/v1/sessions", content=chunks(), headers={"content-type": "application/json"}
    )
    for answer in (declared, chunked):
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_every_answer_carries_the_headers(site: Site) -> None:
    for path in ("/", "/assets/app.js", "/api/v1/sessions", "/nowhere"):
        headers = (await site.client.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    refused = await site.client.get("/", headers={"origin": "http://evil.example"})
    assert "frame-ancestors 'none'" in refused.headers["content-security-policy"]


async def test_a_file_outside_of_the_page_is_not_there(site: Site) -> None:
    for path in (
        "/assets/../__init__.py",
        "/assets/%2e%2e/hub.py",
        "/assets/..%2fhub.py",
        "/assets//etc/passwd",
    ):
        answer = await site.client.get(site.url, extensions={"target": path.encode()})
        assert answer.status_code == 404


def test_an_authority_is_read_strictly() -> None:
    assert parse_authority("Localhost", default_port=80) == Authority("localhost", 80)
    assert parse_authority("[::1]:8080", default_port=80) == Authority("::1", 8080)
    for bad in ("", "a b", "a,b", "a/b", "a@b", "a:99999", "a:-1", "[::1"):
        assert parse_authority(bad, default_port=80) is None
