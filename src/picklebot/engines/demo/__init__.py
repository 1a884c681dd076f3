"""The engine that works offline: it repeats what was said and shows that the history is there."""

from picklebot.engines.demo.engine import DemoEngine

__all__ = ["DemoEngine"]
