"""Discord, through discord.py. Importing this package alone loads no library; its modules do."""
