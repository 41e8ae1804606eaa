"""The wheel: built, installed into an empty environment, it runs the demo without a checkout."""

import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.conftest import Demo, processes

ROOT = Path(__file__).parent.parent
SOURCES = ("idp", "clients", "migrations", "setup.cfg", "pyproject.toml", "README.md")
# One of each kind of thing that is no module.
CARGO = (
    "idp/templates/base.html",
    "idp/templates/pages/login.html",
    "idp/templates/mail/activate.txt",
    "idp/static/app.css",
    "idp/static/kern/kern.min.css",
    "idp/profiles/b.toml",
    "idp/translations/de/LC_MESSAGES/messages.mo",
    "idp/translations/en/LC_MESSAGES/messages.mo",
    "idp/migrations/env.py",
    "idp/migrations/script.py.mako",
    "idp/clients/courses/app.py",
    "idp/clients/jobs/templates/places.html",
    "idp/clients/static/clients.css",
    "idp/py.typed",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy: the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / "source" / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / "source" / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "../dist"]
    subprocess.run(command, cwd=folder / "source", check=True, capture_output=True, timeout=120)
    return next((folder / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs of a new environment that has the wheel."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    command = [
        *(sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"),
        *("install", "--quiet", "--no-deps", "--no-index", str(wheel)),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    # The dependencies are those of the running environment; its editable install is not seen,
    # for the `.pth` files of a folder that is named in a `.pth` file are not read.
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


@pytest.fixture(scope="module")
def demo(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("empty"), [str(installed / "idp")])
    try:
        yield running.ready()
    finally:
        running.stop()


def test_the_wheel_installs_one_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"idp"}
    assert not set(CARGO) - set(names)


def test_every_module_of_the_checkout_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    here = {path.relative_to(ROOT).as_posix() for path in (ROOT / "idp").rglob("*.py")}
    for folder in ("clients", "migrations"):
        here |= {
            f"idp/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / folder).rglob("*.py")
        }
    assert not here - names


def test_the_demo_runs_from_the_wheel(demo: Demo, installed: Path) -> None:
    command = [str(installed / "python"), "-P", "-c", "import idp; print(idp.__file__)"]
    where = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert str(installed.parent) in where
    issuer = demo.get("/.well-known/openid-configuration").json()["issuer"]
    assert issuer == demo.url("")
    assert "Kammer-Konto" in demo.get("/demo/mailbox").text
    assert len(demo.get("/demo/letters.json").json()) >= 3
    assert demo.get("/static/kern/kern.min.css").status_code == 200
    for application in (1, 2, 3):
        assert demo.get("/", application).status_code == 200
        assert demo.get("/login", application).url.startswith(demo.url("/login"))


def test_the_demo_of_the_wheel_ends_whole(demo: Demo) -> None:
    family = demo.family()
    assert family

    assert demo.interrupt() == 0

    assert not set(family) & set(processes())
