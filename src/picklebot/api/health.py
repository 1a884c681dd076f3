"""`/healthz` and `/readyz`: open, at the root, for whoever watches over the process."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from picklebot import clock
from picklebot.api.access import GatewayOf
from picklebot.api.gateway import GatewayHealth
from picklebot.ports.platform import AdapterHealth

router = APIRouter(tags=["health"])


@router.get("/healthz", responses={503: {"description": "degraded"}})
async def healthz(gateway: GatewayOf) -> JSONResponse:
    """How it goes: 200 when all is well, 503 when something is degraded.

    Each platform tells its state and how many seconds ago it was last in contact (a successful poll, or a
    heartbeat of its gateway); null where there is no far side, or no contact yet.
    """
    health = gateway.health()
    return JSONResponse(describe(health, clock.now()), 200 if health.status == "ok" else 503)


@router.get("/readyz", responses={503: {"description": "not ready"}})
async def readyz(gateway: GatewayOf) -> JSONResponse:
    """200 once the database answers and every platform has begun."""
    health = gateway.health()
    starting = [name for name, platform in health.platforms.items() if platform.state == "starting"]
    ready = health.database and not starting
    return JSONResponse({"ready": ready, "starting": starting}, 200 if ready else 503)


def describe(health: GatewayHealth, now: datetime) -> dict[str, Any]:
    """The health as JSON-ready data; ages in seconds."""
    return {
        "status": health.status,
        "platforms": {name: _platform(platform, now) for name, platform in health.platforms.items()},
        "queue": asdict(health.queue),
        "database": "ok" if health.database else "failing",
        "runtime_yaml": health.runtime_yaml,
        "settings": health.settings,
        "restart_needed": list(health.restart_needed),
        "agents": dict(health.agents),
        "crons": dict(health.crons),
    }


def _platform(health: AdapterHealth, now: datetime) -> dict[str, Any]:
    contact = health.last_contact
    return {
        "state": health.state,
        "detail": health.detail,
        "last_contact": contact.isoformat() if contact else None,
        "age_seconds": round(max(0.0, (now - contact).total_seconds()), 3) if contact else None,
    }
