"""A claim code on the glass: found here, kept for later, and how it is drawn."""

from __future__ import annotations

import pytest

from mobile_app.store.database import transaction
from sync.rules.codes import claim_code, claim_mark
from sync.scopes import DAY_MS
from tests.mobile_app.ui import gallery
from tests.mobile_app.ui.walk import say, shot

pytestmark = pytest.mark.kivy
LANGUAGES = pytest.mark.parametrize("language", ["ar", "fr"])
HERE, ELSEWHERE = claim_code(b"12345"), claim_code(b"54321")


def opened(ui, tmp_path, language):
    app = gallery.start(ui, tmp_path, language, "light")
    store = app.context.opened
    with transaction(store.db):
        names = {"name_fr": "Coopérative Tamounte", "name_ar": "تعاونية تامونت"}
        made = store.put("enterprise", {**names, "commune_code": gallery.HOME}).record_id
        asked = {"enterprise_id": made, "service": "fda-grant", "state": "draft"}
        store.put("application", {**asked, "commune_code": gallery.HOME})
        claim = {"commune_code": gallery.HOME, "enterprise_id": made, "mark": claim_mark(HERE)}
        store.put("claim", {**claim, "kind": "typed"})
        store.db.execute(
            "UPDATE claim SET kind = 'issued', expires_at = ?", (gallery.NOW_MS + DAY_MS,)
        )
    app.navigator.go("more")
    ui.frames(4)
    app.navigator.go("claim")
    ui.frames(8)
    return app, made


@LANGUAGES
def test_a_code_that_is_known_here_leads_to_what_was_begun(ui, tmp_path, language):
    app, made = opened(ui, tmp_path, language)
    ui.write(0, HERE.lower())
    ui.press(say(app, "tablet.claim.look"))
    shot(ui, "claim_found", language)
    assert say(app, "tablet.claim.found") in " ".join(ui.words())
    assert gallery.faults(ui) == []
    ui.press(say(app, "tablet.claim.act"))
    typed = app.context.opened.list("claim", "kind = 'typed'")
    assert [one.values["enterprise_id"] for one in typed] == [made]
    assert "Tamounte" in " ".join(ui.words())
    app.context.store.close()


@LANGUAGES
def test_a_code_that_is_not_known_is_kept_with_a_name(ui, tmp_path, language):
    app, _ = opened(ui, tmp_path, language)
    ui.write(0, ELSEWHERE)
    ui.press(say(app, "tablet.claim.look"))
    shot(ui, "claim_unknown", language)
    assert gallery.faults(ui) == []
    ui.press(say(app, "tablet.claim.keep"))
    assert say(app, "tablet.claim.name.missing") in " ".join(ui.words())
    ui.write(1, "Afra")
    ui.press(say(app, "tablet.claim.keep"))
    (typed,) = app.context.opened.list("claim", "kind = 'typed'")
    assert typed.values["mark"] == claim_mark(ELSEWHERE)
    app.context.store.close()
