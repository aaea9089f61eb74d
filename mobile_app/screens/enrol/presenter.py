"""Link the tablet to a server, by the coordinator's one-time code."""

from __future__ import annotations

from mobile_app.device import managed
from mobile_app.exchange import enrolment
from mobile_app.screens.context import Context
from sync import typed
from sync.errors import Refusal, SyncError


class EnrolPresenter:
    """`problem` is a sentence, empty when there is none. `managed`: what device management set.

    `is_running`: the server is being asked; `submit` may be called on another thread.
    """

    def __init__(self, context: Context) -> None:
        """Begin with an empty form."""
        self.context = context
        self.problem = ""
        self.is_running = self.is_done = False
        self.managed = managed.of_this_device()

    def remark(self) -> str:
        """Return that the address, or who vouches for it, is set by device management."""
        if self.managed.server_url:
            return self.context.say("tablet.enrol.managed")
        return self.context.say("tablet.enrol.authority") if self.managed.authority_pem else ""

    def submit(self, url: str, code: str) -> None:
        """Enrol with an address and a code, or with the text of the QR in either field.

        An address is taken for one of https if it does not say.
        """
        url, code = typed.line(url), typed.line(code)
        for text in (url, code):
            if text.startswith("nuqta:") and "#" in text:
                url, _, code = text.removeprefix("nuqta:").partition("#")
        if "://" not in url:
            url = f"https://{url}"
        try:
            # The tablet may be locked before the answer, which counts once.
            with self.context.opened.beside() as store:
                enrolment.enrol(store, url, code, ca_pem=self.managed.authority_pem)
        except (Refusal, SyncError) as fault:
            self.problem = self.context.sentence(fault)
        else:
            self.problem, self.is_done = "", True
        finally:
            self.is_running = False
