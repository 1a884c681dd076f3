"""Answers as rich messages: headings, nested lists, tables and formulas as Telegram itself draws them."""
