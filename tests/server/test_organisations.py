"""Who answers requests: data, and what is chosen of it."""

import pytest

from server.reference import files
from server.reference.offices import DESK_KINDS, desk_offices, office_for, offices
from sync.entities.consent import PURPOSES
from sync.rules.applications import DECIDERS, SELF
from sync.rules.offices import Office
from sync.rules.offices import office_for as choose
from tests.world import FAR, HOME

COMMUNES = [row["code"] for row in files.rows("communes")]
PROVINCES = {row["code"] for row in files.rows("provinces")}


def test_what_the_file_names_is_there():
    services = {service.code: service.decided_by for service in files.services()}
    for office in offices().values():
        assert office.kind in DECIDERS - SELF
        assert {"fr", "ar"} <= office.names.keys()
        assert set(office.provinces) <= PROVINCES
        assert {services[code] for code in office.services} <= {office.kind}
        assert office.share in ("", *PURPOSES)
        assert bool(office.share) == (office.kind not in DESK_KINDS)
    assert {offices()[code].kind for code in desk_offices()} == set(DESK_KINDS)


@pytest.mark.parametrize("service", files.services(), ids=lambda service: service.code)
def test_each_service_is_answered_in_every_commune_unless_an_enterprise_decides(service):
    kinds = {office and office.kind for office in (office_for(service.code, c) for c in COMMUNES)}
    assert kinds == ({None} if service.decided_by in SELF else {service.decided_by})


def test_the_office_of_the_province_goes_before_the_one_of_the_country():
    assert office_for("rna", HOME).code == "dpa-taroudant"
    assert office_for("rna", FAR).code == "agriculture"
    assert office_for("e-admin", HOME).code == "idarati"
    assert office_for("tax-einvoice", HOME) is None


def test_who_names_the_service_goes_before_who_names_the_province():
    every = Office("every", "bank", {})
    near = Office("near", "bank", {}, provinces=("09.541",))
    apt = Office("apt", "bank", {}, services=("credit",))
    assert choose([every, near, apt], "bank", "credit", "09.541") is apt
    assert choose([every, near], "bank", "credit", "09.541") is near
    assert choose([every, near], "bank", "credit", "01.051") is every
    assert choose([near], "bank", "credit", "01.051") is None


def test_a_consent_without_a_name_is_about_the_one_bank_alone():
    assert offices()["cam"].is_named_by(None)
    assert not offices()["mamda"].is_named_by(None)
    assert not offices()["cam"].is_named_by("payment")
