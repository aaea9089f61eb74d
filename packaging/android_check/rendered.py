"""What buildozer and python-for-android make of the spec: manifest, resources, Java, by themselves.

Their own code is run in a folder that looks like a distribution to it, up to where Gradle would
begin; then our hook. aapt2 links the manifest and the resources against Android's framework, which
Debian has of API 29: it knows neither the rules nor the attributes of later ones.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import stage_apk

FRAMEWORK = Path("/usr/share/android-framework-res/framework-res.apk")
PLACEHOLDER = "${applicationId}"
"""Which Gradle puts in, and aapt2 does not know."""
SDL_ACTIVITY = Path("src/main/java/org/libsdl/app/SDLActivity.java")
_PERMISSION = "android.permission."
_NAME = "{http://schemas.android.com/apk/res/android}"
_OF_THE_TOOLCHAIN = ("--bootstrap", "--dist_name", "--local-recipes", "--arch", "--ndk-api")
"""Arguments, a value each, that python-for-android takes out before its build script."""


class _Asked(Exception):
    """Raised in place of the call of python-for-android."""


@dataclass(frozen=True)
class Rendered:
    """A distribution's folder as Gradle would find it, and the package's name.

    `refused`: what the hook says where it finds its place not.
    """

    folder: Path
    package: str
    refused: str

    @property
    def manifest(self) -> str:
        """Return the manifest as the hook leaves it."""
        return (self.folder / "src/main/AndroidManifest.xml").read_text("utf-8")


def _arguments() -> tuple[list[str], Any, str]:
    """Return what buildozer hands to python-for-android's build script, its spec, the package.

    Buildozer ends the program by itself where the spec has an unknown or a missing key.
    """
    from buildozer import Buildozer
    from buildozer.targets.android import TargetAndroid

    caught: list[str] = []

    class Target(TargetAndroid):
        artifact_format, build_mode = "apk", "debug"

        def get_dist_dir(self, _name: str) -> str:
            return str(stage_apk.STAGE)

        def _update_libraries_references(self, _folder: str) -> None:
            """Do nothing: it needs an SDK."""

        def _p4a(self, cmd: list[str], **_kwargs: Any) -> None:
            caught.extend(cmd)
            raise _Asked

    os.chdir(stage_apk.SPEC.parent)
    build = Buildozer(stage_apk.SPEC.name, "android")
    build.check_configuration_tokens()
    with contextlib.suppress(_Asked):
        Target(build).build_package()
    kept, words = [], iter(caught[1:])
    for word in words:
        if word in _OF_THE_TOOLCHAIN:
            next(words)
        elif word != "--copy-libs":
            # python-for-android's own renaming, on the way.
            kept.append("--resource" if word == "--add-resource" else word)
    kept[kept.index("--private") + 1] = str(stage_apk.STAGE / "source")
    return kept, build.config, kept[kept.index("--package") + 1]


@contextlib.contextmanager
def rendered(sdl: Path | None) -> Iterator[Rendered]:
    """Yield what would be handed to Gradle.

    Args:
        sdl: the folder of SDL's Java sources; None: without them, and without what is changed
            in them.
    """
    words, config, package = _arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "dist")
        _look_like_a_distribution(folder, config, sdl)
        with contextlib.chdir(folder), _quiet():
            # It reads `dist_info.json` as it is loaded.
            load(folder / "build.py").parse_args_and_make_package(words)
            hook = load(stage_apk.SPEC.parent / "android" / "hook.py")
            if sdl is None:
                SDL_ACTIVITY.parent.mkdir(parents=True, exist_ok=True)
                SDL_ACTIVITY.write_text(hook.BACKSPACE_OLD, "utf-8")
            refused = ""
            try:
                hook.before_apk_assemble(None)
            except ValueError as fault:
                refused = str(fault)
            if sdl is None:
                shutil.rmtree(SDL_ACTIVITY.parent)
        yield Rendered(folder, package, refused)


def load(path: Path) -> ModuleType:
    """Return a module that lies in no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Write what this program and those that it starts say to a file."""
    sys.stdout.flush()
    kept = os.dup(1)
    with (stage_apk.STAGE / "rendered.log").open("wb") as log:
        os.dup2(log.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(kept, 1)
            os.close(kept)


def _look_like_a_distribution(folder: Path, config: Any, sdl: Path | None) -> None:
    import pythonforandroid

    bootstraps = Path(pythonforandroid.__file__).parent / "bootstraps"
    for name in ("common", "_sdl_common", "sdl2"):
        shutil.copytree(bootstraps / name / "build", folder, dirs_exist_ok=True)
    if sdl is not None:
        shutil.copytree(sdl, folder / SDL_ACTIVITY.parent)
    archs = config.getlist("app", "android.archs")
    for arch in archs:
        (folder / "libs" / arch).mkdir(parents=True)
        (folder / f"_python_bundle__{arch}").mkdir()
    sdk = folder.parent / "sdk"
    (sdk / "build-tools" / "34.0.0").mkdir(parents=True)
    (folder / "local.properties").write_text(f"sdk.dir={sdk}", "ascii")
    target = config.get("app", "android.api")
    (folder / "project.properties").write_text(f"target=android-{target}", "ascii")
    facts = {"hostpython": sys.executable, "bootstrap": "sdl2", "archs": archs}
    facts |= {"ndk_api": config.get("app", "android.ndk_api"), "use_setup_py": False}
    (folder / "dist_info.json").write_text(json.dumps(facts), "ascii")


def link_faults(made: Rendered) -> list[str]:
    """Return what aapt2 has against the manifest and the resources."""
    with tempfile.TemporaryDirectory() as name:
        manifest, packed = Path(name, "AndroidManifest.xml"), Path(name, "resources.zip")
        text = made.manifest.replace(PLACEHOLDER, made.package)
        # Gradle puts the package there, which the template leaves out.
        text = text.replace("<manifest ", f'<manifest package="{made.package}" ', 1)
        manifest.write_text(text, "utf-8")
        compiled = [
            str(one) for one in (made.folder / "src/main/res").iterdir() if any(one.iterdir())
        ]
        print("  aapt2 links resources of", " ".join(sorted(Path(one).name for one in compiled)))
        for step in (
            ["compile", "-o", str(packed), "--dir", str(made.folder / "src/main/res")],
            [
                *("link", "-o", str(Path(name, "linked.apk")), "-I", str(FRAMEWORK)),
                *("--manifest", str(manifest), str(packed)),
            ],
        ):
            done = subprocess.run(["aapt2", *step], capture_output=True, text=True, check=False)
            if done.returncode:
                return [f"aapt2 {step[0]}: {done.stderr.strip()}"]
    return []


def manifest_faults(made: Rendered) -> list[str]:
    """Return a sentence for each thing of the manifest that is not as the code needs it."""
    root, code = ET.fromstring(made.manifest), _device_code()
    declared = {_attribute(one, "name") for one in root.iter("uses-permission")}
    named = {_PERMISSION + one for one in re.findall(r'"([A-Z][A-Z_]{3,})"', code)}
    # Those of later Androids are known by how they are asked for.
    asked = {_PERMISSION + one for one in re.findall(r'is_permitted\(\s*"(\w+)"', code)}
    faults = [
        f"manifest: the code names {one}, which is not declared"
        for one in sorted((named & _permissions_of_the_framework() | asked) - declared)
    ]
    services = [_attribute(one, "name") for one in root.iter("service")]
    faults += [
        f"manifest: mobile_app/device starts no {one}" for one in services if f'"{one}"' not in code
    ]
    for tag in ("activity", "service"):
        for one in root.iter(tag):
            name = _attribute(one, "name")
            file = f"{name.replace('.', '/')}.java"
            folders = (made.folder / "src/main/java", stage_apk.SPEC.parent / "android/java")
            if not any((folder / file).is_file() for folder in folders):
                faults.append(f"manifest: the class of {tag} {name} is not there")
    scripts = re.findall(r'"serviceEntrypoint", "([^"]+)"', _java_of_services(made))
    faults += [
        f"service: {one} is not staged"
        for one in scripts
        if not (stage_apk.STAGE / "source" / one).is_file()
    ]
    (application,) = root.iter("application")
    if _attribute(application, "allowBackup") != "false":
        faults.append("manifest: the store would go to a cloud (allowBackup)")
    (sdk,) = root.iter("uses-sdk")
    print(
        f"  target {_attribute(sdk, 'targetSdkVersion')}, from {_attribute(sdk, 'minSdkVersion')};"
        f" {len(declared)} permissions; services {' '.join(services)}"
    )
    return faults


def _java_of_services(made: Rendered) -> str:
    folder = made.folder / "src/main/java" / made.package.replace(".", "/")
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("Service*.java")))


def _attribute(element: ET.Element, name: str) -> str:
    return element.get(_NAME + name, "")


def _permissions_of_the_framework() -> set[str]:
    dump = ["aapt2", "dump", "xmltree", "--file", "AndroidManifest.xml", str(FRAMEWORK)]
    text = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r'"(android\.permission\.[A-Z_]+)"', text))


def _device_code() -> str:
    """Return the sources of `mobile_app/device`, one after another."""
    folder = stage_apk.ROOT / "mobile_app" / "device"
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))
