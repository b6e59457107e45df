"""Tasks: where a robot starts, and what it is worth."""
