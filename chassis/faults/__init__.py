"""Faults on purpose: OpenFeature flags in the JSON file that FAULTS_FILE names, read again while running.

    # apps/payments/faults.py: what can go wrong in this service, one knob each
    SLOW = Fault("payments-slow", seconds=3.0)

    # where it goes wrong, in one line
    faults.SLOW.delay()

    # FAULTS_FILE
    {"payments-slow": {"state": "on", "value": {"seconds": 1.5}, "when": {"service.version": "2"}}}

A missing or broken file switches everything off, and so does a service without FAULTS_FILE. What can be
switched on, and how to practise with it: docs/drills.md.
"""

from chassis.faults._fault import Fault, Knob, Knobs
from chassis.faults._flags import Flag, FlagsBroken, read_flags
from chassis.faults._resource_leak import ResourceLeak
from chassis.faults._watcher import Watch, watch

__all__ = ["Fault", "Flag", "FlagsBroken", "Knob", "Knobs", "ResourceLeak", "Watch", "read_flags", "watch"]
