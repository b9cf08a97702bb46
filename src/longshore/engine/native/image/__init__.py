"""Images for the native engine: root file systems from Debian packages, interpreters, providers and Dockerfile builds."""
