"""A program of the operator's that sends a message, as mail has `sendmail`.

On its input: the phone on a line, then the words. It ends with 0 when the message was taken, with
65 or 67 (`sysexits.h`: the words or the phone are wrong) when it never will be, with anything else
when it may be later. Not the phone as an argument, which every user of the machine can read.
"""

from __future__ import annotations

import subprocess
import time

from server.sms.segments import Segments
from server.sms.smpp import Answer, Event, Status

SECONDS_MAX = 20
_NEVER = (65, 67)


def run(program: str, phone: str, body: str) -> int:
    """Run the program once, for one message. Returns with what it ended.

    Raises:
        OSError: it cannot be run; nothing has gone.
        subprocess.TimeoutExpired: it did not end, and was ended; the message may have gone.
    """
    done = subprocess.run(  # noqa: S603 - the operator's own program
        [program],
        input=f"{phone}\n{body}\n".encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=SECONDS_MAX,
        check=False,
    )
    return done.returncode


class ProgramLine:
    """The program, as the sender uses a line. It reports nothing, and hears of no phone."""

    window = 2
    """Even where it takes its longest for each, a lease holds."""

    def __init__(self, program: str) -> None:
        """Take its path."""
        self._program, self._sequence, self._status = program, 0, 0
        self._answers: list[Event] = []

    def submit(self, phone: str, text: Segments, number: int, reference: int) -> int:
        """Hand the whole message over with its first part. Raises OSError: it may have gone."""
        if number == 1:
            self._status = self._run(phone, text.body)
        self._sequence += 1
        self._answers.append(Answer(self._sequence, self._status, ""))
        return self._sequence

    def _run(self, phone: str, body: str) -> int:
        try:
            code = run(self._program, phone, body)
        except OSError:
            return Status.BUSY
        except subprocess.TimeoutExpired:
            # Not chained: its text has the message.
            raise TimeoutError("the program does not end") from None
        if code in _NEVER:
            return Status.NO_PHONE
        return Status.BUSY if code else Status.TAKEN

    def poll(self, timeout_s: float) -> list[Event]:
        """Return what became of what was handed over."""
        if not self._answers:
            time.sleep(timeout_s)
        answers, self._answers = self._answers, []
        return answers

    def acknowledge(self, sequence: int) -> None:
        """Nothing is reported."""

    def close(self) -> None:
        """Nothing is open."""
