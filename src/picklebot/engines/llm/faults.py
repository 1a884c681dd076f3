"""Every way in which a model call fails, as an EngineError that people can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import httpx2
from pydantic_ai import exceptions as known

from picklebot.engines.llm.endpoint import NO_KEY, Endpoint
from picklebot.errors import EngineError
from picklebot.model import words

FAULTS: Final = (known.AgentRunError, known.UserError, httpx2.HTTPError)
"""What a run raises when model, provider or network fail; anything else is an error of ours."""


@dataclass(frozen=True, slots=True)
class _Fault:
    code: str
    retryable: bool = False

    def error(self, detail: str) -> EngineError:
        return EngineError(self.code, words.FAULTS[self.code], detail=detail, retryable=self.retryable)


_RATE_LIMITED: Final = _Fault("rate_limited", retryable=True)
_QUOTA: Final = _Fault("quota")
_DOWN: Final = _Fault("provider_down", retryable=True)
_UNREACHABLE: Final = _Fault("unreachable", retryable=True)
_REFUSED: Final = _Fault("key_refused")
_UNKNOWN: Final = _Fault("unknown_model")
_TOO_LONG: Final = _Fault("too_long")
_REJECTED: Final = _Fault("rejected")
_FILTERED: Final = _Fault("filtered")
_NO_ROOM: Final = _Fault("no_room")
_STEP_LIMIT: Final = _Fault("step_limit")
_TIMEOUT: Final = _Fault("timeout", retryable=True)
_CUT_OFF: Final = _Fault("cut_off", retryable=True)
_GARBLED: Final = _Fault("garbled", retryable=True)
_CONFUSED: Final = _Fault("confused", retryable=True)
_MISCONFIGURED: Final = _Fault("misconfigured")

# The first row that fits counts: a class stands before those it inherits from.
_BY_TYPE: Final[tuple[tuple[type[Exception], _Fault], ...]] = (
    (known.ModelRateLimitError, _RATE_LIMITED),
    (known.ModelQuotaExceededError, _QUOTA),
    (known.ModelUnavailableError, _DOWN),
    (known.ModelServerError, _DOWN),
    (known.ModelAuthenticationError, _REFUSED),
    (known.ModelNotFoundError, _UNKNOWN),
    (known.ModelContextWindowExceededError, _TOO_LONG),
    (known.ModelRequestRejectedError, _REJECTED),
    (known.ContentFilterError, _FILTERED),
    (known.OutputTokenLimitExceeded, _NO_ROOM),
    (known.UsageLimitExceeded, _STEP_LIMIT),
    (known.UnexpectedModelBehavior, _CONFUSED),
    (known.UserError, _MISCONFIGURED),
    (httpx2.TimeoutException, _TIMEOUT),
    (httpx2.RemoteProtocolError, _CUT_OFF),
    (httpx2.HTTPError, _UNREACHABLE),
)


def explain(error: Exception, endpoint: Endpoint) -> EngineError:
    """The EngineError for one of FAULTS. Its detail never holds the endpoint's key."""
    fault = _fault(error)
    return fault.error(f"{endpoint.provider}:{endpoint.model}: {_detail(error, fault, endpoint)}")


def cut_off(detail: str) -> EngineError:
    """The answer ended without saying that it had ended."""
    return _CUT_OFF.error(detail)


def timed_out(seconds: float) -> EngineError:
    """The model said nothing for `seconds`."""
    return _TIMEOUT.error(f"silent for {seconds:g} s")


def _fault(error: Exception) -> _Fault:
    if isinstance(error, known.UnexpectedModelBehavior) and "Streamed response ended" in error.message:
        return _CUT_OFF  # Before its first event; the library has no class for it.
    for kind, fault in _BY_TYPE:
        if isinstance(error, kind):
            return fault
    if isinstance(error, known.ModelConnectionError):
        return _broken_connection(error)
    if isinstance(error, known.ModelHTTPError):
        return _TOO_LONG if error.status_code == 413 else _REJECTED
    if isinstance(error, known.ModelAPIError):
        return _broken_answer(error)
    return _CONFUSED


def _broken_connection(error: known.ModelConnectionError) -> _Fault:
    if error.phase != "read":
        return _UNREACHABLE
    return _TIMEOUT if isinstance(error, known.ModelTimeoutError) else _CUT_OFF


def _broken_answer(error: known.ModelAPIError) -> _Fault:
    if error.in_stream:
        return _DOWN
    return _GARBLED if isinstance(error.__cause__, ValueError) else _CUT_OFF


def _detail(error: Exception, fault: _Fault, endpoint: Endpoint) -> str:
    if fault is _REFUSED:  # Providers quote parts of the key in this answer.
        return "the provider refused the key; check llm.api_key or the provider's environment variable"
    line = " ".join(f"{type(error).__name__}: {error}".split())
    if endpoint.api_key != NO_KEY:
        line = line.replace(endpoint.api_key, "***")
    return line[:500]
