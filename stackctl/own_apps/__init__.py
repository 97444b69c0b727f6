"""Programs of the user's own, run so that this stack sees them: `./stack run -- python app.py`."""
