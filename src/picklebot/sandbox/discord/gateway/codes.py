"""The gateway's numbers."""

from enum import IntEnum


class Op(IntEnum):
    """What a frame is."""

    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE = 4
    RESUME = 6
    RECONNECT = 7
    MEMBERS = 8
    INVALID = 9
    HELLO = 10
    ACK = 11


class Close(IntEnum):
    """Why the gateway closes a connection. After BAD_TOKEN and INTENTS_REFUSED a client must not come back."""

    UNKNOWN_ERROR = 4000
    UNKNOWN_OP = 4001
    BAD_FRAME = 4002
    NOT_IDENTIFIED = 4003
    BAD_TOKEN = 4004
    IDENTIFIED_TWICE = 4005
    TIMED_OUT = 4009
    INTENTS_REFUSED = 4014
