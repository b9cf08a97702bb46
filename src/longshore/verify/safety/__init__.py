"""What the family Safe looks at: processes, images, what is served and logged, and what other tools say."""
