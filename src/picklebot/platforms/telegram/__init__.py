"""Telegram, through aiogram. Importing this package alone loads no library; its modules do."""
