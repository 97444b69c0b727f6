"""A drill that is killed in the middle leaves nothing broken."""

import subprocess
import sys

import psutil

from stackctl.drills import active_faults
from stackctl.paths import ROOT
from stackctl.run import pidfiles, readiness
from stackctl.run.stack import known_components
from stackctl.system.polling import poll_until


def test_a_drill_that_is_killed_is_healed_and_what_it_has_killed_is_back(stack: None) -> None:
    inventory = next(each for each in known_components() if each.name == "inventory")
    command = (sys.executable, "-m", "stackctl", "drill", "inventory-down")
    drill = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    poll_until(lambda: active_faults.read() is not None, "the injection", timeout=400.0)
    poll_until(lambda: pidfiles.running("inventory") is None, "the death of inventory")
    active = active_faults.read()
    assert active is not None
    drill.kill()
    drill.wait()
    poll_until(lambda: active_faults.read() is None, "healing by the guard", timeout=60.0)
    poll_until(lambda: readiness.answers(inventory.ready_url), "inventory to be back", timeout=60.0)
    poll_until(lambda: not psutil.pid_exists(active.traffic), "the end of its traffic", timeout=60.0)
