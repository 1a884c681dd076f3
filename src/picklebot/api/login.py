"""`POST /login`: the page trades the token for a cookie that scripts cannot read."""

from __future__ import annotations

from math import ceil
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict

from picklebot.api.attempts import Attempts
from picklebot.api.problems import Problem
from picklebot.api.token import COOKIE, Token

router = APIRouter(include_in_schema=False)

YEAR: Final = 365 * 24 * 60 * 60


class Login(BaseModel):
    """What the page's form posts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: str


@router.get("/login")
async def login_page() -> RedirectResponse:
    """Whoever opens this address finds the form on the page."""
    return RedirectResponse("/")


@router.post("/login", status_code=204)
async def log_in(request: Request, login: Login) -> Response:
    """Set the login cookie; without a configured token there is nothing to log in to.

    After ten wrong tokens in a minute an address is not listened to for a while, not even with the right one.
    """
    token: Token | None = request.app.state.token
    response = Response(status_code=204)
    if token is None:
        return response
    attempts: Attempts = request.app.state.attempts
    address = request.client.host if request.client else ""
    if wait := ceil(attempts.wait(address)):
        message = f"There were too many wrong tokens from your address; try again in {wait} seconds."
        raise Problem(429, "too_many", message, {"retry-after": str(wait)})
    if not token.is_token(login.token.strip()):
        attempts.missed(address)
        raise Problem(401, "wrong_token", "That is not the token of messagebus.web.token.")
    response.set_cookie(COOKIE, token.login, max_age=YEAR, httponly=True, samesite="strict", path="/")
    return response
