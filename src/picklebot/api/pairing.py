"""`/api/v1/pairing`: who waits to be let in, for the terminal."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from picklebot.api.access import GatewayOf
from picklebot.model.pairing import Pending

router = APIRouter(prefix="/pairing", tags=["pairing"])

BY: Final = "the terminal"
"""Whose guesses these are."""


class Approval(BaseModel):
    """A code that a stranger was given. `operator` lets them use operators' commands, too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(min_length=1, max_length=64)
    operator: bool = False


class Revocation(BaseModel):
    """Somebody who is to be shut out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    platform: Literal["telegram", "discord"]
    user_id: str = Field(pattern=r"^-?[0-9]{1,20}$")


class PendingView(BaseModel):
    """Somebody who waits, or just came in; their code is good until `until`."""

    model_config = ConfigDict(frozen=True)

    platform: str
    user_id: str
    name: str
    until: datetime

    @classmethod
    def of(cls, pending: Pending) -> PendingView:
        """Show somebody."""
        return cls(platform=pending.platform, user_id=pending.user_id, name=pending.name, until=pending.until)


@router.post("/approve")
async def approve(gateway: GatewayOf, wanted: Approval) -> PendingView:
    """Let in whoever has this code. 404 for a wrong one, 409 after five wrong ones in ten minutes."""
    found = await gateway.database.write(
        lambda tx: gateway.doors.approve(tx, wanted.code, by=BY, operator=wanted.operator)
    )
    return PendingView.of(found)


@router.post("/revoke")
async def revoke(gateway: GatewayOf, wanted: Revocation) -> Revocation:
    """Shut somebody out, whatever list they stand in."""
    await gateway.database.write(lambda tx: gateway.doors.revoke(tx, wanted.platform, wanted.user_id, by=BY))
    return wanted
