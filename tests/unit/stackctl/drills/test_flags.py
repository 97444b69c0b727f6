"""The file of flags, written by drills: what is in it by hand stays."""

import json
from pathlib import Path

from chassis.faults import Fault, Watch
from stackctl.drills.flags import Flag

SLOW = Fault("test-slow", seconds=1.0)


def flags(state: Path) -> object:
    return json.loads((state / "faults.json").read_text(encoding="utf-8"))


def test_a_flag_that_a_drill_switches_is_on_in_the_services(state: Path) -> None:
    watch = Watch(state / "faults.json", {"service.version": "2"})
    Flag("test-slow", {"seconds": 3.0}, {"service.version": "2"}).inject("any", owner=None)
    watch.look()
    assert SLOW.current() == {"seconds": 3.0}
    Flag("test-slow").undo("any")
    watch.look()
    assert SLOW.current() is None
    watch.stop()


def test_flags_of_others_stay_as_they_are(state: Path) -> None:
    by_hand = {"state": "on", "value": {"ratio": 0.1}}
    (state / "faults.json").write_text(json.dumps({"by-hand": by_hand}), encoding="utf-8")
    Flag("test-slow").inject("any", owner=None)
    Flag("test-slow").undo("any")
    assert flags(state) == {"by-hand": by_hand}


def test_the_last_flag_takes_the_file_with_it_and_undoing_twice_does_no_harm(state: Path) -> None:
    Flag("test-slow").inject("any", owner=None)
    Flag("test-slow").undo("any")
    Flag("test-slow").undo("any")
    assert not (state / "faults.json").exists()


def test_a_broken_file_is_replaced(state: Path) -> None:
    (state / "faults.json").write_text("{broken", encoding="utf-8")
    Flag("test-slow").inject("any", owner=None)
    assert flags(state) == {"test-slow": {"state": "on", "value": {}, "when": {}}}
