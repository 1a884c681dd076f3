"""Run a bot that is built on python-telegram-bot with another Bot API: python redirect.py BASE_URL MODULE [ARGS…]

It runs in the bot's own environment; nothing else of the bot is changed.
"""

import runpy
import sys
from functools import wraps

from telegram.ext import ApplicationBuilder


def redirect(base_url: str) -> None:
    """Let every application that does not name its Bot API use this one."""
    build = ApplicationBuilder.__init__

    @wraps(build)
    def build_elsewhere(self: ApplicationBuilder) -> None:
        build(self)
        self.base_url(f"{base_url}/bot")

    ApplicationBuilder.__init__ = build_elsewhere


if __name__ == "__main__":
    redirect(sys.argv[1])
    module, sys.argv = sys.argv[2], sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
