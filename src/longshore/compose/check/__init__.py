"""Third phase: schema and what must hold beyond it."""
