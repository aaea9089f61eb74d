"""Would the tablet app build for Android, as far as that can be known without an SDK or NDK?

Run in `.venv-android` (`make android-check`). What is checked, on the sources as they are staged:

1. every import is ours, the standard library's, a recipe's, or a pinned package with wheels;
2. python-for-android's graph of recipes resolves with our own, to the versions that are pinned;
   so does pip, as the build calls it, for the rest;
3. the pins are the versions that the tests run with (`requirements.lock`), but for `OTHERWISE`;
4. buildozer accepts the spec, whose permissions and service are those that the code needs;
5. nothing is used that Python 3.12 to 3.14 took away; where a Python 3.14 is found, it compiles
   everything and runs the tests of `sync/`;
6. the check itself: with an import of `FORBIDDEN` it must fail.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import stage_apk

OURS = {"main", *stage_apk.PACKAGES}
BY_THE_BUILD = {"android", "jnius"}
"""Modules that a build for Android brings, and no other machine has."""
PACKAGE_BY_MODULE = {"PIL": "pillow"}
FORBIDDEN = "orjson"
"""Compiled, and neither a recipe nor a wheel for Android."""
OTHERWISE = {"pillow": "Kivy on a desktop caps it below 11; the recipe is 11.3.0"}
API, PYTHON = 24, "3.14"
ARCHS = ("arm64_v8a", "armeabi_v7a")
SERVICE = "Sync:mobile_app/service.py:foreground:foregroundServiceType=dataSync"
PERMISSIONS = (
    "INTERNET ACCESS_NETWORK_STATE ACCESS_FINE_LOCATION ACCESS_COARSE_LOCATION RECORD_AUDIO"
    " FOREGROUND_SERVICE FOREGROUND_SERVICE_DATA_SYNC POST_NOTIFICATIONS"
).split()
GONE_MODULES = frozenset(
    """asynchat asyncore distutils imp smtpd
    aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes
    sndhdr spwd sunau telnetlib uu xdrlib""".split()
)
GONE_NAMES = frozenset(
    """ast.Num ast.Str ast.Bytes ast.NameConstant ast.Ellipsis pkgutil.find_loader
    pkgutil.get_loader asyncio.get_child_watcher asyncio.set_child_watcher sqlite3.version
    sqlite3.version_info urllib.parse.Quoter pty.master_open pty.slave_open
    importlib.abc.ResourceReader importlib.abc.Traversable locale.resetlocale ssl.wrap_socket
    ssl.match_hostname ssl.RAND_pseudo_bytes unittest.makeSuite unittest.findTestCases
    configparser.SafeConfigParser typing.io typing.re""".split()
)
"""What 3.12 to 3.14 took from modules that stay ("What's new", the sections "Removed")."""

Way = Callable[[str], str | None]
"""From a package to the way it gets onto the tablet; None: there is none."""


def imports(source: Path) -> dict[str, set[str]]:
    """Return {module, without its submodules: files that import it}, ours and Python's left out."""
    found: dict[str, set[str]] = {}
    for path, tree in _trees(source):
        for name in _imported(tree):
            top = name.partition(".")[0]
            if top not in OURS | BY_THE_BUILD and top not in sys.stdlib_module_names:
                found.setdefault(top, set()).add(path)
    return found


def without_way(found: Mapping[str, Iterable[str]], way_of: Way) -> list[str]:
    """Return a sentence for each module that cannot be had on the tablet."""
    faults = []
    for module, files in sorted(found.items()):
        package = PACKAGE_BY_MODULE.get(module, module)
        if not (way := way_of(package)):
            faults.append(f"{', '.join(sorted(files))}: imports {module}, which has no way there")
        else:
            print(f"  {module:14} {way}")
    return faults


def gone(source: Path) -> list[str]:
    """Return a sentence for each use of what Python 3.12 to 3.14 took away."""
    faults = []
    for path, tree in _trees(source):
        for name in _imported(tree):
            if name.partition(".")[0] in GONE_MODULES:
                faults.append(f"{path}: {name} is gone by Python {PYTHON}")
        used = {ast.unparse(one) for one in ast.walk(tree) if isinstance(one, ast.Attribute)}
        for name in sorted(GONE_NAMES & used.union(_imported(tree))):
            faults.append(f"{path}: {name} is gone by Python {PYTHON}")
    return faults


def pin_faults(lock: str) -> list[str]:
    """Return a sentence for each pin that is not the version that the tests run with."""
    tested = dict(re.findall(r"^([a-z0-9_-]+)==(\S+)", lock, re.MULTILINE))
    return [
        f"{name}: pinned to {version or 'nothing'}, tested with {tested.get(name, 'nothing')}"
        for name, version in stage_apk.requirements().items()
        if not version or (name not in OTHERWISE and tested.get(name, version) != version)
    ]


def _trees(source: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(source.rglob("*.py")):
        yield str(path.relative_to(source)), ast.parse(path.read_text("utf-8"), str(path))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


class Android:
    """What python-for-android and pip make of the pins."""

    def __init__(self) -> None:
        """Resolve both. Raises as python-for-android does where there is no order of recipes."""
        from pythonforandroid.bootstrap import Bootstrap
        from pythonforandroid.build import Context
        from pythonforandroid.graph import get_recipe_order_and_bootstrap
        from pythonforandroid.recipe import Recipe

        context = Context()
        context.local_recipes = str(stage_apk.ROOT / "packaging" / "recipes")
        self.pins = stage_apk.requirements()
        order, self.by_pip, _ = get_recipe_order_and_bootstrap(
            context, list(self.pins), Bootstrap.get_bootstrap("sdl2", context)
        )
        self.recipes = {name: str(Recipe.get_recipe(name, context).version) for name in order}
        self.wheels = {arch: self._resolve(arch) for arch in ARCHS}

    def way_of(self, package: str) -> str | None:
        """Return how a package gets onto the tablet, or None."""
        if package in self.recipes and package in self.pins:
            return f"recipe {self.recipes[package]}"
        found = {wheels.get(package) for wheels in self.wheels.values()}
        return f"wheel {found}" if None not in found and package in self.pins else None

    def faults(self) -> list[str]:
        """Return a sentence for each version that is not the pinned one, or not pure Python."""
        faults = [
            f"{name}: pinned to {version}, its recipe is {self.recipes[name]}"
            for name, version in self.pins.items()
            if name in self.recipes and self.recipes[name] != version
        ]
        for arch, wheels in self.wheels.items():
            if missing := sorted(set(self.by_pip) - set(wheels)):
                faults.append(f"{arch}: pip finds no wheels that fit the pins: {missing}")
            faults += [
                f"{arch}: {name} comes by pip without a pin, as {wheel}"
                for name, wheel in wheels.items()
                if name not in self.pins
            ]
        return faults

    def _resolve(self, arch: str) -> dict[str, str]:
        """Return {package: wheel} as pip resolves for Android, no sdist; empty if it cannot."""
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.json")
            pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            how = ["--dry-run", "--ignore-installed", "--only-binary=:all:", "--target", folder]
            where = [f"--platform=android_{API}_{arch}", "--python-version", PYTHON]
            done = subprocess.run(
                [*pip, *how, *where, "--report", str(report), *self.by_pip],
                capture_output=True,
                text=True,
                check=False,
                env=os.environ | {"PIP_CONSTRAINT": str(stage_apk.STAGE / "constraints.txt")},
            )
            if done.returncode:
                print(done.stderr, file=sys.stderr)
                return {}
            installed = json.loads(report.read_text("utf-8"))["install"]
        return {
            one["metadata"]["name"].lower().replace("_", "-"): Path(
                one["download_info"]["url"]
            ).name
            for one in installed
        }


def spec_faults() -> list[str]:
    """Return a sentence for each thing of the spec that is not as the code needs it."""
    from buildozer import Buildozer

    os.chdir(stage_apk.SPEC.parent)
    build = Buildozer(stage_apk.SPEC.name, "android")
    build.check_configuration_tokens()  # ends the program by itself where it finds something
    read = build.config.getlist
    wanted = {
        "requirements": [
            f"{name}=={version}" for name, version in stage_apk.requirements().items()
        ],
        "android.permissions": sorted(f"android.permission.{one}" for one in PERMISSIONS),
        "services": [SERVICE],
        "android.allow_backup": ["False"],
        "p4a.local_recipes": ["recipes"],
        "p4a.hook": ["android/hook.py"],
        "android.res_xml": ["android/file_paths.xml"],
    }
    found = {option: read("app", option, []) for option in wanted}
    found["android.permissions"].sort()
    faults = [
        f"spec: {option} is {found[option]}, not {value}"
        for option, value in wanted.items()
        if found[option] != value
    ]
    asked = set(re.findall(r'is_permitted\("(\w+)"\)', _device_code()))
    faults += [f"spec: the code asks for {one}" for one in sorted(asked - set(PERMISSIONS))]
    package = ".".join(build.config.get("app", f"package.{one}") for one in ("domain", "name"))
    name, script = SERVICE.split(":")[:2]
    if f'"{package}.Service{name}"' not in _device_code():
        faults.append(f"spec: device/android.py does not start {package}.Service{name}")
    if not (stage_apk.STAGE / "source" / script).is_file():
        faults.append(f"spec: the service's {script} is not staged")
    return faults


def _device_code() -> str:
    folder = stage_apk.ROOT / "mobile_app" / "device"
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))


def syntax_faults(source: Path) -> list[str]:
    """Return what vermin finds that Python 3.11 lacks, where desks and tests still are."""
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("vermin")),
            "-t=3.11-",
            "--no-tips",
            "--violations",
            str(source),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return [(done.stdout + done.stderr).strip()] if done.returncode else []


def run_there(source: Path) -> list[str]:
    """Compile, and run the tests of `sync/`, where there is a Python of the tablet's version."""
    python = shutil.which(f"python{PYTHON}")
    if python is None:
        print(f"  no python{PYTHON} here: nothing was run with it, only read")
        return []
    with tempfile.TemporaryDirectory() as folder:
        packages = ("msgspec", "cryptography", "httpx")
        pins = [f"{name}=={stage_apk.requirements()[name]}" for name in packages]
        steps = (
            [python, "-m", "compileall", "-q", str(source)],
            [python, "-m", "venv", folder],
            [f"{folder}/bin/pip", "install", "-q", "pytest", "hypothesis", *pins],
            [f"{folder}/bin/python", "-m", "pytest", "-q", "--noconftest", "tests/sync"],
        )
        for step in steps:
            if subprocess.run(step, cwd=stage_apk.ROOT, check=False).returncode:
                return [f"python{PYTHON}: failed: {' '.join(step)}"]
    return []


def main() -> int:
    """Check everything. Returns 1 if anything would not build."""
    source = stage_apk.stage(stage_apk.STAGE)
    print("imports:")
    android = Android()
    faults = without_way(imports(source), android.way_of)
    faults += android.faults()
    print("recipes:", " ".join(android.recipes))
    print("by pip:", " ".join(sorted(android.by_pip)))
    faults += pin_faults((stage_apk.ROOT / "requirements.lock").read_text("utf-8"))
    faults += spec_faults() + gone(source) + syntax_faults(source) + run_there(source)
    if not without_way({FORBIDDEN: ["a module"]}, android.way_of):
        faults.append(f"the check is blind: it finds a way for {FORBIDDEN}")
    print("\n".join(faults) if faults else "Everything would resolve. Nothing was built.")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
