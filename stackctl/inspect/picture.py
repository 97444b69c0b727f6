"""Makes the picture in the README: what `./stack verify` says of the last run, as SVG.

python -m stackctl.inspect.picture docs/pictures/demo.svg
"""

import argparse
import io
import re
from pathlib import Path

from rich.console import Console

from proof.verify.run import run_verify

_WIDTH = 110

# Rich lets a picture fetch fonts from the internet; this one takes those of whoever looks at it.
_FETCHED_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the verification of the last run.")
    parser.add_argument("path", type=Path)
    path: Path = parser.parse_args().path
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print("[bold]$ ./stack verify[/]")
    complete = run_verify(console)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_FETCHED_FONT.sub("", console.export_svg(title="./stack demo")), encoding="utf-8")
    print(f"{path}: {'complete' if complete else 'NOT complete'}")


if __name__ == "__main__":
    main()
