"""What is promised, in a few words each; beside each the results say what the tests saw."""

from __future__ import annotations

PROMISED = {
    "S0.7": "a failed turn is tried at most 3 times, with its original text, and then said",
    "S0.9": "the service can speak first",
    "P1": '"received" is said only of what is stored: 0 lost over 1,000 `kill -9` and 15,000 messages',
    "P2": "every accepted message ends as a reply, a visible error or a dead letter: 0 unaccounted",
    "P3": "0 second turns of 10,000 redeliveries",
    "P4": "on Telegram at most one marked repeat or stray beginning for each send that was cut off, never an "
    "unmarked one; with placeholders none; on Discord none",
    "P5": "0 stale replies",
    "P6": "0 acts repeated over 100 kills inside a tool",
    "P7": "at most 3 model calls for a message, also one that kills the process; 0 innocents among the dead letters",
    "P8": "0 more model calls while all sends fail",
    "P9": "0 inversions and 0 overlaps: 10,000 messages, 64 sessions, with faults",
    "P10": "`/stop` ends the stream in 2 s",
    "P11": "beside 1,000 flooded messages the p95 wait of 50 speakers grows by at most 1 s",
    "P12": "a flood of 100,000 messages: under 400 MiB, nothing accepted is dropped",
    "P13": "an error is shown at most 5 s after a deadline",
    "P14": "SIGTERM: no more intake after 1 s, 0 lost, exit 0; a second one is immediate",
    "P15": "0 times told to wait at 10 times the load, by a simulator that enforces Telegram's limits",
    "P16": "any model output is delivered: 100,000 fuzzed ones, 0 undelivered, 0 over the limit",
    "P18": "one bad update holds up nothing for longer than a poll",
    "P19": "0 messages missed in a gap",
    "P20": "at most 100 IDENTIFYs in a day of crash loops",
    "P21": "0 pings in 10,000 fuzzed replies on Discord",
    "P22": "0 torn files in 10,000 writes with `kill -9`, a full disk and I/O errors",
    "P23": "0 saved edits lost in 100,000 steps with stale buffers; live within 2 s, 10 s among 100,000 entries",
    "P24": "no prefix of a valid file, and none of 60 broken ones, is written over or taken",
    "P25": "byte-equal outside the lines that changed",
    "P26": "the 100,000th new speaker costs at most 1.5 times the 100th",
    "P30": "0 secrets in logs, database, YAML and replies after the fault tests",
    "P33": "by webhook an update is told received only once it is kept: 0 lost",
}
"""Requirement id → promise, in the order of the results."""
