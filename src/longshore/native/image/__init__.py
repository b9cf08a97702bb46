"""Images for the native engine: root file systems from packages, interpreters, providers, Dockerfile builds."""
