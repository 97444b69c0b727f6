"""What every service of the shop needs and none should write itself.

Nothing is re-exported here, on purpose: a service's rules import `chassis.errors`, and must not get Flask or
SQLAlchemy with it.
"""
