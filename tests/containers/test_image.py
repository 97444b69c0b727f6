"""The image of the shop: what is in it, what is not, and that the same sources make the same files."""

from tests.containers import images
from tests.containers.engine import Engine

# Contents, modes and times. The folders that COPY makes are as old as the image.
_HASHES = (
    "find /opt -type f -print0 | sort -z | xargs -0 sha256sum;"
    " find /opt ! -type d -printf '%p %m %T@ %l\\n' | sort; find /opt -type d -printf '%p %m\\n' | sort"
)


def run(engine: Engine, image: str, *command: str) -> str:
    return engine.run(
        "docker", "run", "--rm", "--network=none", "--entrypoint", command[0], image, *command[1:]
    ).stdout


def test_what_has_built_it_is_not_in_it(engine: Engine) -> None:
    code = "import importlib.util as u; print([n for n in ('pip', 'setuptools', 'wheel') if u.find_spec(n)])"
    assert run(engine, "glasshouse/shop:dev", "python", "-c", code).strip() == "[]"
    assert (
        run(engine, "glasshouse/shop:dev", "sh", "-c", "ls -d /build 2>&1 || true")
        .strip()
        .endswith("No such file or directory")
    )


def test_it_holds_the_shop_and_neither_tests_nor_the_repository(engine: Engine) -> None:
    listed = run(engine, "glasshouse/shop:dev", "ls", "-A", "/opt/glasshouse").split()
    assert listed == [
        ".env",
        "alerts",
        "apps",
        "chassis",
        "glasshouse_telemetry",
        "otel-collector",
        "proof",
        "stackctl",
    ]


def test_the_same_sources_make_the_same_files(engine: Engine) -> None:
    images.make_shop(engine, "glasshouse/shop:again", "--no-cache")
    first, again = (run(engine, f"glasshouse/shop:{tag}", "sh", "-c", _HASHES) for tag in ("dev", "again"))
    assert first == again
