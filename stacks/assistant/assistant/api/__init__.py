"""The API: figures, dialogues and the chat on the web."""
