"""The code on the screen is the code that was made, each module as wide as the others."""

import pytest

pytestmark = pytest.mark.kivy

WORDS = "NUQTA1:visite de نقطة:0123456789"


@pytest.mark.parametrize("high", [220, 305])
def test_a_code_stands_as_it_was_made(ui, tmp_path, high):
    from kivy.uix.floatlayout import FloatLayout

    from mobile_app.qr import qr
    from mobile_app.ui.kit.qr import _MARGIN, QrCode

    modules = qr(WORDS)
    code = QrCode(modules, high=high)
    code.size_hint_x, code.width = None, 411
    code.pos = (31, 57)
    place = FloatLayout()
    place.add_widget(code)
    ui.mount(place)
    picture = ui.screenshot(tmp_path / "qr.png")
    (left, low), (wide, _) = code._rect.pos, code._rect.size
    top, unit = picture.height - low - wide, wide // (len(modules) + 2 * _MARGIN)
    assert unit >= 4
    dark, light = (0, 0, 0), (255, 255, 255)
    for row, line in enumerate(modules):
        for column, is_dark in enumerate(line):
            x, y = (int(at + unit * (_MARGIN + one)) for at, one in ((left, column), (top, row)))
            box = picture.crop((x, y, x + unit, y + unit))
            assert box.getcolors() == [(unit * unit, dark if is_dark else light)], (row, column)
    quiet = picture.crop((int(left), int(top), int(left + wide), int(top + unit * _MARGIN)))
    assert quiet.getcolors() == [(quiet.width * quiet.height, light)]
