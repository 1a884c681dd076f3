"""picklebot: a self-hosted gateway between chat platforms and AI agents."""

__version__ = "0.1.0"
