"""Guesses at the token."""

import httpx
from tests.api.conftest import Opens

from picklebot.api.attempts import MOST, REMEMBERED, SECONDS, Attempts

TOKEN = "a-token-of-some-length"


def test_an_address_has_so_many_wrong_guesses_in_a_minute() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for second in range(MOST):
        assert attempts.wait("here") == 0
        now[0] = float(second)
        attempts.missed("here")
    assert attempts.wait("here") == SECONDS - now[0]
    assert attempts.wait("elsewhere") == 0
    now[0] = SECONDS
    assert attempts.wait("here") == 0
    attempts.missed("here")
    assert attempts.wait("here") == 1, "the second guess of the first minute still counts"


def test_only_so_many_addresses_are_remembered() -> None:
    attempts = Attempts(lambda: 0.0)
    for address in range(REMEMBERED + 5):
        attempts.missed(str(address))
    assert len(attempts._wrong) == REMEMBERED


async def test_who_guesses_is_not_listened_to_for_a_while(opens: Opens) -> None:
    async def guess(client: httpx.AsyncClient, token: str) -> httpx.Response:
        return await client.post("/login", json={"token": token})

    async with opens(token=TOKEN) as site:
        codes = [(await guess(site.client, f"wrong-{number}")).status_code for number in range(MOST)]
        assert codes == [401] * MOST
        refused = await guess(site.client, TOKEN)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many")
        assert 0 < int(refused.headers["retry-after"]) <= SECONDS
        assert "set-cookie" not in refused.headers
    async with opens(token=TOKEN) as site:
        for _ in range(MOST + 5):
            assert (await guess(site.client, TOKEN)).status_code == 204, "the right token is no guess"
