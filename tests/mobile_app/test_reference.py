"""What ships with the app: services for whom, with which papers, and the questionnaires."""

from __future__ import annotations

from mobile_app.store.reference import Reference
from server.reference import files


def test_every_service_of_the_catalogue_ships_with_its_terms():
    reference = Reference()
    for service in files.services():
        terms = reference.edition(service.code)
        assert (terms.audience, terms.documents) == (service.audience, service.documents)
        assert terms.decided_by == service.decided_by
        for code in terms.documents:
            assert reference.name("documents", code, "ar") == files.documents()[code]["ar"]


def test_services_are_offered_to_those_they_are_for():
    codes = {one.code for one in Reference().services_for("farmer")}
    assert "amo" in codes
    assert "tax-einvoice" not in codes


def test_a_service_of_a_later_catalogue_asks_nothing_known():
    reference = Reference()
    assert reference.edition("new").documents == ()
    assert reference.name("services", "new", "fr") == "new"


def test_the_questionnaires_are_those_of_the_server():
    assert Reference().maturity_forms() == files.maturity_forms()
