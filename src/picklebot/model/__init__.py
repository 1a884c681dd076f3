"""The words: frozen values that cross borders. Standard library only, and nothing here awaits."""
