"""Pictures of robots and runs. Nothing here imports a global plotting state."""
