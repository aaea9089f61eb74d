"""A form says what is wrong when a field is left, and takes it back as soon as it is right."""

from __future__ import annotations

import pytest

from mobile_app.ui.kit import Field
from tests.mobile_app.ui import gallery
from tests.mobile_app.ui.walk import leave, say

pytestmark = pytest.mark.kivy


def field(ui, name):
    shown = [one for top in ui.window.children for one in top.walk() if isinstance(one, Field)]
    return next(one for one in shown if one.name == name)


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_a_year_is_not_called_wrong_while_it_is_typed(ui, tmp_path, language):
    app = gallery.start(ui, tmp_path, language, "light")
    app.navigator.go("form", ("person",))
    ui.frames(3)
    year = field(ui, "birth_year")
    year.input.focus = True
    for text in ("1", "19", "198"):
        year.input.text = text
        ui.frames(2)
        assert "1900" not in " ".join(ui.words()), text
    year.input.focus = False
    ui.frames(2)
    assert "1900" in " ".join(ui.words())
    year.input.text = "1985"
    ui.frames(2)
    assert "1900" not in " ".join(ui.words())
    leave(app)


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_red_of_both_names_goes_once_one_is_typed(ui, tmp_path, language):
    app = gallery.start(ui, tmp_path, language, "light")
    app.navigator.go("form", ("person",))
    ui.frames(3)
    assert not app.navigator.presenter.go_on()
    app.window.show()
    ui.frames(2)
    assert field(ui, "name_ar").input._has_problem
    assert not field(ui, "name_fr").input._has_problem
    field(ui, "name_fr").input.text = "Aïcha"
    ui.frames(2)
    assert not field(ui, "name_ar").input._has_problem
    assert say(app, "tablet.form.one_of") not in ui.words()
    leave(app)


def test_a_tablet_that_is_locked_while_typing_rests_asks_for_the_pin(ui, tmp_path):
    app = gallery.start(ui, tmp_path, "fr", "light")
    app.navigator.go("form", ("person",))
    ui.frames(3)
    field(ui, "name_fr").input.text = "Ali"
    app.session.lock()
    app.typing.flush()
    ui.frames(2)
    assert app.context.store is None
