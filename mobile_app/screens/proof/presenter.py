"""A scanned receipt or letter: whether the server wrote it, told without a network.

What the server signed stays true; whether it still holds is known here only as far as the request
is on this tablet, and that is said.
"""

from __future__ import annotations

from mobile_app.screens.context import Context
from sync import proof
from sync.entities.training import TRAINING_SESSION
from sync.errors import Refusal
from sync.wording import in_words


class ProofPresenter:
    """A paper by the text of its square. `said`: what it must say; None: it is not genuine."""

    def __init__(self, context: Context, text: str) -> None:
        """Check the signature by the key of the server that this tablet is linked to."""
        self.context = context
        key = context.opened.kept.server_key
        self.said: proof.Proof | None = None
        self.problem = "" if key else context.say("tablet.proof.unlinked")
        if key:
            try:
                self.said = proof.read(text, bytes.fromhex(key))
            except Refusal as refusal:
                self.problem = context.sentence(refusal)

    def is_replaced(self) -> bool:
        """Whether this tablet knows that the paper does not hold any more."""
        store, said = self.context.opened, self.said
        step = store.find("application_step", said.step_id) if said else None
        of = step.values["application_id"] if step else None
        request = store.find("application", of) if isinstance(of, bytes) else None
        if step is None or request is None:
            return False
        wanted = "application_id = ? AND at > ?"
        later = store.list("application_step", wanted, (request.record_id, step.values["at"]))
        return not proof.holds(
            str(step.values["state"]),
            [str(one.values["state"]) for one in later],
            str(request.values["state"]),
        )

    def facts(self) -> list[tuple[str, str, str]]:
        """Return what the paper must say: sign, value, what it is."""
        said, say = self.said, self.context.say
        if said is None:
            return []
        if said.state == proof.ATTENDED:
            return self._of_training(said)
        found = [
            ("file-text", self.context.phrases.code(said.number), "number"),
            ("user", self.context.facts(said.latin, said.arabic), "name"),
            ("stack-2", self.context.service(said.service), "service"),
            ("check", say(f"application.state.{said.state}"), "state"),
            ("calendar", self.context.phrases.day(said.day), "day"),
        ]
        return [(sign, value, say(f"tablet.proof.{code}")) for sign, value, code in found if value]

    def _of_training(self, said: proof.Proof) -> list[tuple[str, str, str]]:
        say, phrases = self.context.say, self.context.phrases
        found = [
            ("file-text", phrases.code(said.number), say("tablet.proof.number")),
            ("user", self.context.facts(said.latin, said.arabic), say("tablet.proof.name")),
            (
                "school",
                in_words(phrases, TRAINING_SESSION, "topic", said.service),
                say("training_session.field.topic"),
            ),
            ("check", say("attendance.state.present"), say("tablet.proof.state")),
            ("calendar", phrases.day(said.day), say("tablet.proof.day")),
        ]
        return [one for one in found if one[1]]
