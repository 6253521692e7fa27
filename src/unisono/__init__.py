"""Learn a music collection's own tags with one multi-task model, and tag the rest of it."""
