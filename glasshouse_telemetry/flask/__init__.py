"""Flask: one WSGI middleware around the app, and what Flask says about the request meanwhile."""
