"""Letters, through taps on the real app of a tablet without a line."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mobile_app.device.clock import SystemClock
from mobile_app.store.database import transaction
from tests.mobile_app.ui.test_app import enter_pin, leave

pytestmark = pytest.mark.kivy
SERVER_KEY = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()


def settled(ui, app):
    ui.until(
        lambda: (
            not app.navigator.presenter.is_running
            and (app.navigator.presenter.result or app.navigator.presenter.problem)
        )
    )
    ui.frames(3)
    return " ".join(ui.words())


def test_a_letter_is_written_and_no_answer_to_itself(ui, practised):
    from mobile_app.app import NuqtaApp

    app = ui.start(NuqtaApp(practised, clock=SystemClock(), language="fr", is_automatic=False))
    enter_pin(ui)
    with transaction(app.context.opened.db):
        app.context.opened.kept.login = "amina"
        app.context.opened.kept.secret = b"\1" * 32
        app.context.opened.kept.server_key = SERVER_KEY
    app.navigator.go("sync")
    ui.frames(3)
    ui.press_at_once("Sans réseau")
    assert app.navigator.here == "letters"
    ui.press("Choisir le fichier")
    assert "Aucun fichier dans le dossier" in " ".join(ui.words())
    ui.press("Écrire la lettre dans un fichier")
    assert "Lettre écrite\u202f: 1 fiche" in settled(ui, app)
    (letter,) = (practised / "files").iterdir()
    assert letter.read_bytes().startswith(b"NQL1")
    assert app.context.opened.outbox.pending_count() == 1
    (practised / "files" / "note.txt").write_text("hello")
    ui.press("Choisir le fichier")
    ui.press_at_once("note.txt")
    assert "ni une lettre, ni une réponse" in settled(ui, app)
    leave(app)
