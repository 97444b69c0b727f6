"""Libraries whose calls are observed: requests, SQLAlchemy."""
