"""The parts that screens are made of. Texts are passed in; sizes and colours are the theme's."""

from mobile_app.ui.kit.cards import (
    Banner,
    Empty,
    Facts,
    Heading,
    Reason,
    Row,
    Rows,
    history_rows,
    lead,
)
from mobile_app.ui.kit.controls import (
    ActButton,
    Chip,
    Chips,
    Faces,
    IconButton,
    Link,
    Segmented,
    Tile,
    Tiles,
    Toggle,
)
from mobile_app.ui.kit.fields import Field, Picker, SearchBox
from mobile_app.ui.kit.frame import (
    Acts,
    AppBar,
    Column,
    Destinations,
    LineOfTruth,
    Margins,
    Page,
    Sheet,
    Steps,
    margin_of,
)
from mobile_app.ui.kit.ground import Abreast, Card, Divider, Gap, Ground, Stack
from mobile_app.ui.kit.pads import PinPad, SignaturePad
from mobile_app.ui.kit.state import Bar, Brand, Mark, Node, PinDots, Round, State
from mobile_app.ui.kit.text import Icon, Names, Text
from mobile_app.ui.kit.timeline import TimeBar

__all__ = [
    "Abreast", "ActButton", "Acts", "AppBar", "Banner", "Bar", "Brand", "Card", "Chip", "Chips",
    "Column", "Destinations", "Divider", "Empty", "Faces", "Facts", "Field", "Gap", "Ground",
    "Heading", "Icon", "IconButton", "LineOfTruth", "Link", "Margins", "Mark", "Names", "Node",
    "Page", "Picker", "PinDots", "PinPad", "Reason", "Round", "Row", "Rows", "SearchBox",
    "Segmented", "Sheet", "SignaturePad", "Stack", "State", "Steps", "Text", "Tile", "Tiles",
    "TimeBar", "Toggle", "history_rows", "lead", "margin_of",
]  # fmt: skip
