"""The bot for the MAX messenger."""
