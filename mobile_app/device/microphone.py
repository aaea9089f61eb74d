"""Record what is said: a port, what a machine without one says, Android's recorder, a fake.

Sixteen kilobits a second of speech: a minute is as much as a photo.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from mobile_app.device import java
from sync.errors import Refusal

SECONDS_MAX = 120
_RECORDER, _FEATURE = "android.media.MediaRecorder", "android.hardware.microphone"
BYTES_PER_SECOND, _SAMPLES_PER_SECOND = 2_000, 16_000


class MicrophoneMissing(Refusal):
    """There is no microphone here, or the person did not allow it."""

    code = "microphone_missing"


class MicrophoneBusy(Refusal):
    """It is there and allowed, and records nothing: a call or another app has it."""

    code = "microphone_busy"


class Microphone(Protocol):
    """What a screen asks of the microphone."""

    def start(self, path: Path) -> None:
        """Record into `path`, at most SECONDS_MAX.

        Raises MicrophoneMissing, MicrophoneBusy, PermissionRefused (`device.java`).
        """

    def stop(self) -> None:
        """End; the file is whole when this returns. Without a start, nothing."""


class NoMicrophone:
    """A machine without a microphone."""

    def start(self, path: Path) -> None:
        """Say so."""
        raise MicrophoneMissing("microphone: none on this machine")

    def stop(self) -> None:
        """Do nothing."""


@dataclass(slots=True)
class FakeMicrophone:
    """A microphone that always hears the same."""

    speech: bytes
    _path: Path | None = field(default=None, init=False)

    def start(self, path: Path) -> None:
        """Begin."""
        self._path = path

    def stop(self) -> None:
        """Write what was heard."""
        if self._path is not None:
            self._path.write_bytes(self.speech)
            self._path = None


class AndroidMicrophone:
    """The tablet's recorder: AAC in ADTS, which browsers play and which may be cut off anywhere."""

    def __init__(self) -> None:
        """Record nothing yet."""
        self._recorder: Any = None

    def start(self, path: Path) -> None:
        """Begin, once the person allowed it."""
        if not java.activity().getPackageManager().hasSystemFeature(_FEATURE):
            raise MicrophoneMissing("microphone: none on this device")
        if not java.is_permitted("RECORD_AUDIO"):
            raise MicrophoneMissing("microphone: not allowed yet")
        try:
            with java.thrown_as(MicrophoneBusy, "microphone: it does not record"):
                self._recorder = java.of(_RECORDER)()
                self._begin(path)
        except MicrophoneBusy:
            self.stop()
            path.unlink(missing_ok=True)
            raise

    def _begin(self, path: Path) -> None:
        recorder = self._recorder
        recorder.setAudioSource(java.of(f"{_RECORDER}$AudioSource").MIC)
        recorder.setOutputFormat(java.of(f"{_RECORDER}$OutputFormat").AAC_ADTS)
        recorder.setAudioEncoder(java.of(f"{_RECORDER}$AudioEncoder").AAC)
        recorder.setAudioChannels(1)
        recorder.setAudioSamplingRate(_SAMPLES_PER_SECOND)
        recorder.setAudioEncodingBitRate(8 * BYTES_PER_SECOND)
        recorder.setMaxDuration(SECONDS_MAX * 1_000)
        recorder.setOutputFile(str(path))
        recorder.prepare()
        recorder.start()

    def stop(self) -> None:
        """End, and give the microphone back; what was heard until then is in the file."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            with suppress(java.fault()):  # stopped before it heard anything, or taken by a call
                recorder.stop()
            with suppress(java.fault()):
                recorder.release()
