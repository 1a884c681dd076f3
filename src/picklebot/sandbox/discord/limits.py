"""Rate limits as Discord counts them: per route and its major parameter, and 50 calls a second in all.

Unenforced, the headers advertise buckets that are wide enough never to hold a client up; without any headers
discord.py would keep to one request at a time for each route.
"""

from dataclasses import dataclass
from zlib import crc32

from picklebot.sandbox.discord.clock import Clock

BUCKETS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Rule:
    """So many calls in a window of so many seconds."""

    calls: int
    window: float


WIDE = Rule(10_000, 1.0)
EVERYTHING = Rule(50, 1.0)
RULES = {
    "POST /channels/{channel}/messages": Rule(5, 5.0),
    "PATCH /channels/{channel}/messages/{message}": Rule(5, 5.0),
    "DELETE /channels/{channel}/messages/{message}": Rule(5, 1.0),
    "GET /channels/{channel}/messages": Rule(5, 5.0),
    "POST /channels/{channel}/typing": Rule(5, 5.0),
    "PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me": Rule(1, 0.25),
}
OTHERS = Rule(50, 1.0)


@dataclass(slots=True)
class _Bucket:
    ends: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the headers of one answer say; `retry_after` is in seconds, None when the call may pass."""

    bucket: str
    calls: int
    remaining: int
    ends: float
    reset_after: float
    retry_after: float | None = None
    everything: bool = False

    def headers(self) -> dict[str, str]:
        """The X-RateLimit headers, and those of a 429. `Via` shows that Discord answered, not its front."""
        headers = {
            "X-RateLimit-Bucket": self.bucket,
            "X-RateLimit-Limit": str(self.calls),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{self.ends:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after:.3f}",
            "Via": "1.1 google",
        }
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, round(self.retry_after)))
            headers["X-RateLimit-Scope"] = "global" if self.everything else "user"
        if self.everything:
            headers["X-RateLimit-Global"] = "true"
        return headers


class RateLimits:
    """Counts calls in fixed windows."""

    def __init__(self, clock: Clock, *, enforced: bool) -> None:
        self._clock = clock
        self._enforced = enforced
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take(self, route: str, major: str, *, counts_globally: bool) -> Verdict:
        """Count one call; a refused one is not counted."""
        rule = RULES.get(route, OTHERS) if self._enforced else WIDE
        if self._enforced and counts_globally:
            overall = self._bucket(("*", ""), EVERYTHING)
            if overall.used >= EVERYTHING.calls:
                return self._verdict(route, EVERYTHING, overall, refused=True, everything=True)
            overall.used += 1
        bucket = self._bucket((route, major), rule)
        refused = self._enforced and bucket.used >= rule.calls
        if not refused:
            bucket.used += 1
        return self._verdict(route, rule, bucket, refused=refused)

    def _bucket(self, key: tuple[str, str], rule: Rule) -> _Bucket:
        now = self._clock.now()
        bucket = self._buckets.get(key)
        if bucket is None or now >= bucket.ends:
            bucket = self._buckets[key] = _Bucket(now + rule.window)
            self._forget_over(now)
        return bucket

    def _forget_over(self, now: float) -> None:
        if len(self._buckets) > BUCKETS_KEPT:
            self._buckets = {key: each for key, each in self._buckets.items() if each.ends > now}

    def _verdict(
        self, route: str, rule: Rule, bucket: _Bucket, *, refused: bool, everything: bool = False
    ) -> Verdict:
        after = max(0.0, bucket.ends - self._clock.now())
        return Verdict(
            bucket=f"{crc32(route.encode()):08x}",
            calls=rule.calls,
            remaining=max(0, rule.calls - bucket.used),
            ends=bucket.ends,
            reset_after=after,
            retry_after=after if refused else None,
            everything=everything,
        )
