"""What the services and the worker have in common: settings, database, tokens, errors, logs, mails to send.

Mounted at /app/backend/shared in development, copied there in production, and imported as `backend.shared` in both.
"""
