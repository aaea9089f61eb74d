"""Record what is said: a port, what a machine without one says, Android's recorder, a fake.

Sixteen kilobits a second of speech: a minute is as much as a photo.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from mobile_app.device import java
from sync.errors import Refusal

SECONDS_MAX = 120
BYTES_PER_SECOND, _SAMPLES_PER_SECOND = 2_000, 16_000


class MicrophoneMissing(Refusal):
    """There is no microphone here, or the person did not allow it."""

    code = "microphone_missing"


class Microphone(Protocol):
    """What a screen asks of the microphone."""

    def start(self, path: Path) -> None:
        """Record into `path`, at most SECONDS_MAX. Raises MicrophoneMissing."""

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
        if not java.is_permitted("RECORD_AUDIO"):
            raise MicrophoneMissing("microphone: not allowed yet")
        name = "android.media.MediaRecorder"
        recorder = java.of(name)()
        recorder.setAudioSource(java.of(f"{name}$AudioSource").MIC)
        recorder.setOutputFormat(java.of(f"{name}$OutputFormat").AAC_ADTS)
        recorder.setAudioEncoder(java.of(f"{name}$AudioEncoder").AAC)
        recorder.setAudioChannels(1)
        recorder.setAudioSamplingRate(_SAMPLES_PER_SECOND)
        recorder.setAudioEncodingBitRate(8 * BYTES_PER_SECOND)
        recorder.setMaxDuration(SECONDS_MAX * 1_000)
        recorder.setOutputFile(str(path))
        recorder.prepare()
        recorder.start()
        self._recorder = recorder

    def stop(self) -> None:
        """End, and give the microphone back."""
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            try:
                recorder.stop()
            except Exception:  # noqa: BLE001 - Java's: stopped before it heard anything
                recorder.reset()
            recorder.release()
