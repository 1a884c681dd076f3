"""The chat page: what a browser says becomes a message, and replies go to whoever is looking."""
