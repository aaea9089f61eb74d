"""python-for-android's hook: declare the FileProvider, for which its manifest has no place.

By it the camera app writes into a file of ours (`mobile_app/device/camera.py`). Never built.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

PROVIDER = """
        <provider
            android:name="androidx.core.content.FileProvider"
            android:authorities="${applicationId}.fileprovider"
            android:exported="false"
            android:grantUriPermissions="true">
            <meta-data
                android:name="android.support.FILE_PROVIDER_PATHS"
                android:resource="@xml/file_paths" />
        </provider>
    """


def with_provider(manifest: str) -> str:
    """Return a manifest with the provider, whether it had it or not."""
    assert manifest.count("</application>") == 1, "the manifest is not as it used to be"
    if PROVIDER in manifest:
        return manifest
    return manifest.replace("</application>", f"{PROVIDER}</application>")


def before_apk_assemble(_toolchain: Any) -> None:
    """Called in the build's folder, after the manifest is written and before Gradle reads it."""
    manifest = Path("src/main/AndroidManifest.xml")
    manifest.write_text(with_provider(manifest.read_text("utf-8")), "utf-8")
