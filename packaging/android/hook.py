"""python-for-android's hook: what its manifest and SDL's Java have no place for.

Run by `make android-check` on what python-for-android renders; never by Gradle.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

APPLICATION = """
        <!-- By it the camera app writes into a file of ours (mobile_app/device/camera.py). -->
        <provider
            android:name="androidx.core.content.FileProvider"
            android:authorities="${applicationId}.fileprovider"
            android:exported="false"
            android:grantUriPermissions="true">
            <meta-data
                android:name="android.support.FILE_PROVIDER_PATHS"
                android:resource="@xml/file_paths" />
        </provider>
        <!-- What a device manager may set (mobile_app/device/managed.py). -->
        <meta-data
            android:name="android.content.APP_RESTRICTIONS"
            android:resource="@xml/app_restrictions" />
    """
BACKSPACE_OLD = """\
    public boolean deleteSurroundingText(int beforeLength, int afterLength) {
        if (Build.VERSION.SDK_INT <= 29 /* Android 10.0 (Q) */) {
"""
BACKSPACE_NEW = """\
    public boolean deleteSurroundingText(int beforeLength, int afterLength) {
        if (true /* and not up to Android 10 alone */) {
"""
"""SDL 2.30 rubs out, from Android 11 on, only what was typed since the field was entered: SDL's own
cure (libsdl-org/SDL#15155, #15162 for SDL 2) is to do everywhere what it did up to Android 10."""


def with_ours(manifest: str) -> str:
    """Return a manifest with what is ours, whether it had it or not. Raises ValueError."""
    return _replaced(manifest, "</application>", f"{APPLICATION}</application>")


def with_backspace(activity: str) -> str:
    """Return SDLActivity.java as it rubs out what stood there, too. Raises ValueError."""
    return _replaced(activity, BACKSPACE_OLD, BACKSPACE_NEW)


def _replaced(text: str, old: str, new: str) -> str:
    if new in text:
        return text
    if text.count(old) != 1:
        raise ValueError(f"hook: not as it used to be, found {text.count(old)} times: {old}")
    return text.replace(old, new)


def before_apk_assemble(_toolchain: Any) -> None:
    """Called in the build's folder, after everything is written and before Gradle reads it."""
    source = Path("src/main")
    for name, changed in (
        ("AndroidManifest.xml", with_ours),
        ("java/org/libsdl/app/SDLActivity.java", with_backspace),
    ):
        file = source / name
        file.write_text(changed(file.read_text("utf-8")), "utf-8")
