"""What every service of the shop needs and none should write itself.

Nothing is re-exported here, on purpose: a service's rules import `chassis.facts`, and must not get Flask or
SQLAlchemy with it.
"""
