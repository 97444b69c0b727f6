"""What programs print as their version, copied from the real ones."""

from pathlib import Path

import pytest

from stackctl.fetch.probe import version_of
from tests.unit.stackctl.fetch.samples import program, write_program


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ("prometheus, version 3.15.0 (branch: HEAD, revision: 1b)\n  go version:  go1.27.1", "3.15.0"),
        ("loki, version 3.7.8 (branch: release-3.7.x, revision: 1b2c3d4e)", "3.7.8"),
        ("otelcol-contrib version 0.155.0", "0.155.0"),
        ('{"gitCommit":"1b2c","gitVersion":"v2.13.0","buildDate":"2025-12-03T18:12:07Z"}', "2.13.0"),
        ("prometheus, version 3.15.0-rc.1 (branch: HEAD)", "3.15.0-rc.1"),
        ("v1.7.12\ninstalled by building from source\nbuilt with go1.26.8", "1.7.12"),
        ("v5.8.2", "5.8.2"),
        ("prometheus, version  (branch: , revision: unknown)", None),
        ("usage: something else", None),
    ],
)
def test_the_version_is_read_from_what_a_program_says(tmp_path: Path, says: str, version: str | None) -> None:
    assert version_of("any", write_program(tmp_path / "any", program(says))) == version


def test_jaeger_is_asked_by_a_command_because_it_has_no_such_flag(tmp_path: Path) -> None:
    jaeger = write_program(tmp_path / "jaeger", "#!/bin/sh\necho any version 1.0.0, asked by $1\n")
    assert version_of("jaeger", jaeger) == "1.0.0"
    strict = write_program(tmp_path / "strict", '#!/bin/sh\n[ "$1" = version ] && echo any version 2.0.0\n')
    assert version_of("jaeger", strict) == "2.0.0"


def test_a_program_for_another_machine_has_no_version(tmp_path: Path) -> None:
    assert version_of("any", write_program(tmp_path / "any", "\x7fELF nothing that runs")) is None


def test_a_program_that_does_not_end_has_no_version(tmp_path: Path) -> None:
    endless = write_program(tmp_path / "endless", "#!/bin/sh\nexec sleep 300\n")
    assert version_of("endless", endless, within_seconds=0.2) is None


def test_a_missing_program_has_no_version(tmp_path: Path) -> None:
    assert version_of("missing", tmp_path / "missing") is None
