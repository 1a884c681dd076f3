"""`/healthz` and `/readyz`."""

from datetime import UTC, datetime, timedelta

from tests.api.conftest import Site

from picklebot.ports.platform import AdapterHealth


async def test_health_tells_when_each_platform_was_last_in_contact(site: Site) -> None:
    seen = datetime.now(UTC) - timedelta(seconds=40)
    site.gateway.platforms["telegram"] = AdapterHealth("up", "polling", seen)
    answer = await site.client.get("/healthz")
    assert answer.status_code == 200
    telegram = answer.json()["platforms"]["telegram"]
    assert telegram["last_contact"] == seen.isoformat()
    assert 40 <= telegram["age_seconds"] < 60
    assert answer.json()["platforms"]["web"]["age_seconds"] is None
    assert answer.json()["queue"] == {"waiting": 0, "running": 0, "sessions": 0, "oldest_seconds": 0.0}


async def test_degraded_is_503_and_says_why(site: Site) -> None:
    site.gateway.status = "degraded"
    site.gateway.platforms["telegram"] = AdapterHealth("parked", "the token was refused")
    answer = await site.client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["platforms"]["telegram"]["detail"] == "the token was refused"


async def test_ready_means_that_every_platform_has_begun(site: Site) -> None:
    assert (await site.client.get("/readyz")).status_code == 200
    site.gateway.platforms["discord"] = AdapterHealth("starting")
    answer = await site.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "starting": ["discord"]})


async def test_a_schedule_that_is_wrong_is_told(site: Site) -> None:
    assert (await site.client.get("/healthz")).json()["crons"] == {}
    site.gateway.crons = {"daily": "crons/daily/CRON.md:2 is wrong"}
    assert (await site.client.get("/healthz")).json()["crons"] == site.gateway.crons
