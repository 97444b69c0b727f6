"""The code that is committed is what the interface generates."""

import os
import subprocess
import sys
from pathlib import Path

from stackctl.paths import ROOT

FOLDER = Path("apps/inventory/proto")
GENERATED = ("inventory_pb2.py", "inventory_pb2.pyi", "inventory_pb2_grpc.py", "inventory_pb2_grpc.pyi")


def test_the_generated_code_is_up_to_date(tmp_path: Path) -> None:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    subprocess.run([ROOT / FOLDER / "generate", tmp_path], env=environment, check=True, timeout=60)
    for name in GENERATED:
        generated = (tmp_path / FOLDER / name).read_text(encoding="utf-8")
        assert (ROOT / FOLDER / name).read_text(encoding="utf-8") == generated, f"run {FOLDER}/generate"
