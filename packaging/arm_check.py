"""Do `sync/`, the stores and `headless` say the same on 32-bit and 64-bit Arm as here?

`make arm-check`, on Debian. Two small Debians (armhf, arm64) are unpacked under `build/arm/`; they
are not started and none of their scripts run. The emulator of `qemu-user-static` runs their Python.
Packages are of the versions of `requirements.lock`: wheels, and what has none for armhf is compiled
with Debian's cross compiler. All of it is made once and kept.

1. a tablet's week (`tests/portable.py`) is recorded here, and replayed there: every hash is equal;
2. the file that one wrote, the other opens: both ways, row by row;
3. the tests of `sync/` and of the wire's fixtures, and those of `OF_THE_STORE`, pass there.

What it can say nothing of: bionic (Android's C library), its linker, Android's own Python.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "arm"
SITE = Path(sysconfig.get_path("purelib"))
PYTHON = "python3.11"
TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "qemu-arm-static": "qemu-user-static",
    "arm-linux-gnueabihf-gcc": "gcc-arm-linux-gnueabihf",
}
"""Program -> the Debian package that brings it."""
COMPILED = ("msgspec", "cryptography", "cffi", "sqlcipher3")
"""What has machine code; everything else is Python, and read from the environment here."""
FOR_TESTS = ("hypothesis",)
"""What the tests need besides, in whichever version there is for Arm."""
DEBIAN = (PYTHON, "tzdata")
OF_THE_STORE = ("tests/mobile_app/test_store.py", "tests/mobile_app/test_search.py")
OF_NO_MACHINE = (
    "--ignore=tests/sync/test_words.py",
    "--deselect=tests/mobile_app/test_store.py::test_the_time_is_the_servers_until_the_tablet"
    "_starts_anew",
)
"""Left out: whether all words are there, which takes longest; and what needs the server."""
_SHOWN_MAX = 10


class Lacking(Exception):
    """Something from outside is not to be had; the message says what."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One kind of Arm. `built`: packages that are compiled for it, having no wheel."""

    name: str
    emulator: str
    platforms: tuple[str, ...]
    debian: tuple[str, ...] = ()
    compiler: str = ""
    built: tuple[str, ...] = ()

    @property
    def root(self) -> Path:
        """Return where its Debian lies: elsewhere as soon as it is to hold something else."""
        return BUILD / f"{self.name}-{_short((DEBIAN, self.debian))}"

    @property
    def packages(self) -> Path:
        """Return where its Python packages lie; likewise."""
        lock = (ROOT / "requirements.lock").read_text("utf-8")
        wanted = (pins(lock, COMPILED), FOR_TESTS, self.platforms, self.built)
        return BUILD / f"{self.name}-packages-{_short(wanted)}"


MACHINES = (
    Machine(
        "armhf",
        "qemu-arm-static",
        ("manylinux_2_31_armv7l", "manylinux_2_28_armv7l"),
        ("libpython3.11-dev", "libssl-dev", "python3-cffi-backend"),
        "arm-linux-gnueabihf-gcc",
        ("msgspec", "sqlcipher3"),
    ),
    Machine(
        "arm64",
        "qemu-aarch64-static",
        ("manylinux_2_34_aarch64", "manylinux_2_28_aarch64", "manylinux2014_aarch64"),
    ),
)


def pins(lock: str, names: Sequence[str]) -> dict[str, str]:
    """Return {package: version} of those that are in the lock."""
    found = dict(re.findall(r"^([a-z0-9_-]+)==([^\s;]+)", lock, re.MULTILINE))
    return {name: found[name] for name in names}


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Return the names of what is not the same, or only on one side, in their order."""
    return [name for name in {**here, **there} if here.get(name) != there.get(name)]


def missing_tools() -> list[str]:
    """Return the Debian packages that are needed and not here."""
    return [package for program, package in TOOLS.items() if shutil.which(program) is None]


def make_root(machine: Machine) -> None:
    """Unpack a Debian. Raises Lacking."""
    with _made_once(machine.root) as root:
        if root is None:
            return
        mirror = _out("apt-get", "indextargets", "--format", "$(REPO_URI)", "Codename: bookworm")
        _run(
            "mmdebstrap",
            "--quiet",
            "--variant=extract",  # only this needs no kernel that runs foreign programs
            f"--architectures={machine.name}",
            f"--include={','.join((*DEBIAN, *machine.debian))}",
            "bookworm",
            str(root),
            *mirror.split()[:1],
        )


def make_packages(machine: Machine, versions: Mapping[str, str]) -> None:
    """Fetch or compile the packages with machine code. Raises Lacking."""
    with _made_once(machine.packages) as target:
        if target is None:
            return
        by_debian = ("cffi",) if "python3-cffi-backend" in machine.debian else ()
        wanted = [
            f"{name}=={version}"
            for name, version in versions.items()
            if name not in (*machine.built, *by_debian)
        ]
        platforms = [f"--platform={one}" for one in machine.platforms]
        how = ["--no-deps", "--only-binary=:all:", "--python-version=3.11", *platforms]
        _run(*_pip("install", *how, "--target", str(target), *wanted, *FOR_TESTS))
        for name in machine.built:
            _compile(machine, name, versions[name], target)


def _compile(machine: Machine, name: str, version: str, target: Path) -> None:
    """Compile an extension: its setup.py is run there, the cross compiler here."""
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        # No isolation: what the packages ask for builds a wheel for this machine. So pip fails
        # after it unpacked the sources, which is all that is wanted of it.
        fetch = _pip("download", "--no-clean", "--no-deps", "--no-build-isolation")
        done = subprocess.run(
            [*fetch, "--no-binary=:all:", "-d", folder, f"{name}=={version}"],
            env=os.environ | {"TMPDIR": folder},
            capture_output=True,
            text=True,
            check=False,
        )
        found = sorted(Path(folder).glob(f"pip-download-*/{name}_*/setup.py"))
        if not found:
            raise Lacking(f"{name} {version}: no sources: {done.stderr[-300:]}")
        sources = found[0].parent
        (sources / "pyproject.toml").unlink(missing_ok=True)
        compiler = f"{machine.compiler} --sysroot={machine.root}"
        _run(
            *python_of(machine),
            "setup.py",
            "-q",
            "build_ext",
            "--build-lib",
            str(target),
            folder=sources,
            env={
                "CC": compiler,
                "LDSHARED": f"{compiler} -shared",
                "CFLAGS": "-O1 -g0 -w",
                "PYTHONPATH": str(SITE),
            },
        )
        for source in (sources / name, sources / "src" / name):
            if source.is_dir():
                shutil.copytree(
                    source, target / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.c")
                )


def python_of(machine: Machine) -> list[str]:
    """Return the command that runs a machine's Python."""
    return [machine.emulator, "-L", str(machine.root), str(machine.root / "usr" / "bin" / PYTHON)]


def run_on(machine: Machine | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python on our sources: there, with what is pure taken from here; None: here."""
    python, packages = [sys.executable], [ROOT]
    if machine:
        python, packages = python_of(machine), [machine.packages, ROOT, SITE]
    path = os.pathsep.join(map(str, packages))
    return subprocess.run(
        [*python, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def check_week(machine: Machine, book: Path, here: Mapping[str, str]) -> list[str]:
    """Replay the week there. Returns a sentence for each difference."""
    folder = book / machine.name
    week = ("-m", "tests.portable")
    done = run_on(machine, *week, "replay", str(book), str(folder))
    if done.returncode:
        return [f"{machine.name}: the week ends there: {done.stderr[-2_000:]}"]
    there = json.loads(done.stdout)
    faults = [f"{machine.name}: another: {one}" for one in differences(here, there)]
    for written in (book / "here", folder):
        read = [run_on(one, *week, "rows", str(written)) for one in (machine, None)]
        if any(one.returncode for one in read) or read[0].stdout != read[1].stdout:
            words = read[0].stderr[-500:]
            faults.append(f"{machine.name}: {written.name}'s file says something else: {words}")
    print(f"  {machine.name}: {len(there)} hashes compared, {len(faults)} faults")
    return faults


def check_suites(machine: Machine) -> list[str]:
    """Run the tests there. Returns a sentence if some fail."""
    suites = ["tests/sync", "tests/wire", *OF_THE_STORE]
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        done = run_on(
            machine,
            *("-m", "pytest", "-p", "no:cacheprovider", "--noconftest", "--hypothesis-profile=ci"),
            *("--basetemp", f"{folder}/tests", *OF_NO_MACHINE, *suites),
        )
    print(
        f"  {machine.name}: {' '.join(suites)}: {(done.stdout.strip().splitlines() or ['-'])[-1]}"
    )
    return [f"{machine.name}: tests fail there:\n{done.stdout[-4_000:]}"] if done.returncode else []


def main() -> int:
    """Check both machines. Returns 1 if anything is not the same; 0 also where it cannot run."""
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {what}", flush=True)

    if missing := missing_tools():
        print(f"Not checked on Arm. First: apt-get install {' '.join(missing)}")
        return 0
    BUILD.mkdir(parents=True, exist_ok=True)
    versions = pins((ROOT / "requirements.lock").read_text("utf-8"), COMPILED)
    try:
        for machine in MACHINES:
            make_root(machine)
            tell(f"{machine.name}: Debian is there")
            make_packages(machine, versions)
            tell(f"{machine.name}: packages are there")
    except Lacking as lack:
        print(f"Not checked on Arm: {lack}")
        return 0
    from tests import portable  # noqa: PLC0415 - the path to it is set below

    faults = []
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        book = Path(folder)
        here = portable.record(book)
        tell("the week is recorded here")
        for machine in MACHINES:
            faults += check_week(machine, book, here)
            tell(f"{machine.name}: the week is replayed")
    for machine in MACHINES:
        faults += check_suites(machine)
        tell(f"{machine.name}: the tests are run")
    print("\n".join(faults[:_SHOWN_MAX]) if faults else "The same on armhf and arm64 as here.")
    print("Not looked at: bionic (Android's C library), its linker, Android's own Python.")
    return bool(faults)


def _short(what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()[:8]


@contextlib.contextmanager
def _made_once(path: Path) -> Iterator[Path | None]:
    """Have a folder to fill, which is at `path` only once it is full; None: it is there."""
    if path.is_dir():
        yield None
        return
    fresh = path.with_name(f"{path.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    yield fresh
    fresh.rename(path)


def _pip(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pip", *arguments, "-q", "--disable-pip-version-check"]


def _out(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _run(*command: str, folder: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip()[-600:]
        raise Lacking(f"`{' '.join(command[:3])} …` failed: {words}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
