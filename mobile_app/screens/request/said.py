"""A service said aloud: what the applicant may hear of it, in the languages they speak."""

from __future__ import annotations

from mobile_app.screens.context import Context
from mobile_app.screens.voice import Heard
from mobile_app.store.records import Record
from sync.entities.service_recording import SERVICE_RECORDING
from sync.rules import spoken


class Said(Heard):
    """The recordings of services; each is fetched when it is first wanted, and stays."""

    def __init__(self, context: Context) -> None:
        """Read nothing yet."""
        super().__init__(context, SERVICE_RECORDING.name)

    def of(self, service: str, subject: Record) -> list[tuple[str, str]]:
        """Return what is heard of a service, as (key, the language's name).

        Args:
            subject: who listens; the language that they speak stands first.
        """
        edition = self.context.terms(service, subject.values["commune_code"])
        found = self.context.opened.list(
            SERVICE_RECORDING.name, "service = ?", (service,), order="taken_at DESC, id DESC"
        )
        keys = [(one.record_id.hex(), one.values) for one in found]
        said = spoken.heard(edition, self.context.catalogue, keys)
        own = subject.values.get("service_language")
        order = sorted(said, key=lambda language: language != own)
        return [(said[one], self.context.say(f"language.{one}")) for one in order]
