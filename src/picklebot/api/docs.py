"""`/api/docs`: the OpenAPI description as a plain page, without scripts from anywhere."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>picklebot API</title><link rel="stylesheet" href="/assets/app.css">
<body class="docs"><h1>picklebot API</h1>
<p>For programs: <a href="/api/openapi.json">/api/openapi.json</a>. Back to the <a href="/">chat</a>.</p>
{operations}
</body></html>
"""


@router.get("/api/docs")
async def docs(request: Request) -> HTMLResponse:
    """Every operation on one page."""
    return HTMLResponse(render(request.app.openapi()))


def render(description: dict[str, Any]) -> str:
    """An OpenAPI description as HTML."""
    operations = [
        _operation(method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    return _PAGE.format(operations="\n".join(operations))


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = ", ".join(item["name"] for item in operation.get("parameters", ()))
    answers = ", ".join(operation.get("responses", ()))
    return (
        f"<section><h2><code>{escape(method.upper())}</code> <code>{escape(path)}</code></h2>"
        + "".join(f"<p>{escape(text)}</p>" for text in operation.get("description", "").split("\n\n"))
        + (f"<p class='quiet'>Parameters: {escape(parameters)}</p>" if parameters else "")
        + f"<p class='quiet'>Answers: {escape(answers)}</p></section>"
    )
