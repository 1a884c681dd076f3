"""The gateway WebSocket: sessions that outlive their connections, and what passes over them."""
