"""HTTP/1.1 as a client, for whoever talks to a container engine or to a registry of images."""
