"""The adapters of all ports together, for the machine that this runs on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mobile_app.device import java
from mobile_app.device.background import AndroidService, NoService, Service
from mobile_app.device.camera import AndroidCamera, Camera, NoCamera
from mobile_app.device.dialer import AndroidDialer, Dialer, NoDialer
from mobile_app.device.files import AndroidFiles, Files, FolderFiles
from mobile_app.device.gps import AndroidGps, Gps, NoGps
from mobile_app.device.installer import AndroidInstaller, Installer, NoInstaller
from mobile_app.device.keyboard import AndroidKeyboard, Keyboard, NoKeyboard
from mobile_app.device.microphone import AndroidMicrophone, Microphone, NoMicrophone
from mobile_app.device.network import Network, network_of_this_device
from mobile_app.device.notices import AndroidNotices, NoNotices, Notices
from mobile_app.device.power import AndroidPower, LinuxPower, Power
from mobile_app.device.scan import AndroidScanner, NoScanner, Scanner
from mobile_app.device.storage import DiskStorage, Storage


@dataclass(frozen=True, slots=True)
class Adapters:
    """One adapter of each port."""

    gps: Gps
    camera: Camera
    microphone: Microphone
    dialer: Dialer
    network: Network
    power: Power
    storage: Storage
    files: Files
    service: Service
    notices: Notices
    keyboard: Keyboard
    installer: Installer = field(default_factory=NoInstaller)
    scanner: Scanner = field(default_factory=NoScanner)


def adapters_of_this_device(folder: Path) -> Adapters:
    """Return the adapters for the machine that this runs on.

    Args:
        folder: where the store lies; its file system is the one that may fill.
    """
    network, storage = network_of_this_device(), DiskStorage(folder)
    if java.is_android():
        java.load()
        return Adapters(
            AndroidGps(),
            AndroidCamera(),
            AndroidMicrophone(),
            AndroidDialer(),
            network,
            AndroidPower(),
            storage,
            AndroidFiles(),
            AndroidService(),
            AndroidNotices(),
            AndroidKeyboard(),
            AndroidInstaller(),
            AndroidScanner(),
        )
    return Adapters(
        NoGps(),
        NoCamera(),
        NoMicrophone(),
        NoDialer(),
        network,
        LinuxPower(),
        storage,
        FolderFiles(folder / "files"),
        NoService(),
        NoNotices(),
        NoKeyboard(),
    )
