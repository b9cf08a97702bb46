"""What the server runs: `uvicorn assistant.api.main:app`."""

from assistant import logs
from assistant.api.application import create_app
from assistant.settings import from_environment

settings = from_environment()
logs.configure(settings, "api")
app = create_app(settings)
