"""Keeps each adapter alive on its own: one platform's trouble is never another's."""
