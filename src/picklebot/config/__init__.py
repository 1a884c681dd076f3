"""The operator's wishes: read, checked, merged over all their places, and followed while they change."""
