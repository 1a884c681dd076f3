"""The steps from one shape of the tables to the next, run by alembic when the gateway starts."""

from typing import Final

HEAD: Final = "0015"
"""The newest revision. Revisions are four digits and grow, so that they can be compared as text."""
