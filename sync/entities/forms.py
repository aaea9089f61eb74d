"""The forms of texts: how each is read, checked, written, typed and hinted, in this one place.

A declaration names the form of a field, `text("phone", form=PHONE)`; the tablet's inputs, the
forms of desk and portal, the search and the words follow. `tests/server/web/test_forms.py` holds
that they handle a field alike, and that nothing else knows which fields are phones.
"""

from __future__ import annotations

from sync.phrases import Phrases, phone_digits
from sync.rules import hours, identifiers
from sync.spec import Form

NATIONAL_CARD = "national_card"
"""What must be authorised (`sync.entities.authorisation`), and the field of a person that holds it.
"""

PHONE = Form(
    "phone",
    read=identifiers.check_phone,
    written=Phrases.phone,
    typed=phone_digits,
    keys="tel",
    is_left_to_right=True,
)
ICE = Form(
    "ice",
    read=identifiers.check_ice,
    written=Phrases.code,
    keys="numeric",
    is_left_to_right=True,
)
EMAIL = Form(
    "email",
    read=identifiers.check_email,
    written=Phrases.code,
    keys="email",
    is_left_to_right=True,
)
CARD = Form(
    "card",
    read=identifiers.check_card,
    written=Phrases.code,
    is_left_to_right=True,
    subject=NATIONAL_CARD,
)
RNA = Form("rna", read=identifiers.check_rna, written=Phrases.code, is_left_to_right=True)
TAX_ID = Form("tax_id", read=identifiers.check_tax_id, written=Phrases.code, is_left_to_right=True)
TRADE_REGISTER = Form(
    "trade_register",
    read=identifiers.check_trade_register,
    written=Phrases.code,
    is_left_to_right=True,
)
CNSS = Form(
    "cnss",
    read=identifiers.check_cnss,
    written=Phrases.code,
    keys="numeric",
    is_left_to_right=True,
)
RIB = Form(
    "rib",
    read=identifiers.check_rib,
    written=lambda phrases, digits: phrases.code(identifiers.rib_groups(digits)),
    typed=identifiers.rib_groups,
    is_left_to_right=True,
)
WEB_ADDRESS = Form("web_address", written=Phrases.code, is_left_to_right=True)
HOURS = Form(
    "hours",
    read=hours.check_hours,
    written=hours.hours_in_words,
    is_left_to_right=True,
    hint="form.hours",
)
PLACE = Form("place", is_place=True)

FORMS = {
    form.name: form
    for form in (
        PHONE,
        ICE,
        EMAIL,
        CARD,
        RNA,
        TAX_ID,
        TRADE_REGISTER,
        CNSS,
        RIB,
        WEB_ADDRESS,
        HOURS,
        PLACE,
    )
}
