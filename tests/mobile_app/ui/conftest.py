"""A window without a screen, for every test of this folder."""

import pytest

from tests.mobile_app.ui.hands import Ui


@pytest.fixture
def ui():
    ui = Ui()
    yield ui
    ui.clear()
