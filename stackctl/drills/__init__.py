"""Drills: a fault is injected under traffic, the alert is awaited, the cause is told, the fault is healed.

What there is to practise with stands in drills/*.yml; docs/drills.md says how to add one.
"""
