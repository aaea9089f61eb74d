"""Authorities, managed configuration, notifications, power and keyboard, as Android gives them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from mobile_app.device import authorities, managed
from mobile_app.device.keyboard import AndroidKeyboard
from mobile_app.device.notices import AndroidNotices
from mobile_app.device.power import AndroidPower
from tests.test_wrong_clock import Issuer

pytestmark = [pytest.mark.java, pytest.mark.api(24, 34)]
FROM_ANDROID_13, BEFORE = pytest.mark.api(33, 34), pytest.mark.api(24, 32)


@pytest.fixture
def android(android):
    authorities.trusted.cache_clear()
    yield android
    authorities.trusted.cache_clear()


@pytest.fixture(scope="module")
def issuers():
    return [Issuer() for _ in range(3)]


def der(issuer):
    return issuer.certificate.public_bytes(Encoding.DER)


@pytest.mark.api(26, 34)
def test_the_systems_authorities_are_read_and_no_persons(android, issuers):
    first, second, persons = map(der, issuers)
    for alias, one in (("system:a", first), ("system:b", second), ("user:c", persons)):
        android.state.trust(alias, one)
    android.state.trust("system:d", b"spoilt")
    assert authorities.trusted() in (first + second, second + first)


@pytest.mark.api(34)
@pytest.mark.parametrize("fault", ["java.io.IOException", "java.lang.SecurityException"])
def test_where_they_cannot_be_read_those_of_the_program_serve(android, issuers, fault):
    android.state.trust("system:a", der(issuers[0]))
    android.fails("AndroidCAStore", fault)
    assert "BEGIN CERTIFICATE" in authorities.trusted()


@pytest.mark.api(24)
def test_android_7_lacks_authorities_of_today(android, issuers):
    android.state.trust("system:a", der(issuers[0]))
    assert "BEGIN CERTIFICATE" in authorities.trusted()


def test_what_device_management_set_is_read(android, issuers):
    assert managed.of_this_device() == managed.Managed()
    given = {"server_url": "https://nuqta.example", "authority_pem": issuers[0].pem}
    android.state.restrict("", "")
    assert managed.of_this_device() == managed.Managed()
    for name, value in given.items():
        android.state.restrict(name, value)
    assert managed.of_this_device() == managed.Managed(**given)
    android.of("org.kivy.android.PythonService").begin()
    assert managed.of_this_device() == managed.Managed(**given), "by the service, too"


@FROM_ANDROID_13
@pytest.mark.parametrize("is_yes", [True, False])
def test_leave_for_notifications_is_asked_for(android, is_yes):
    notices = AndroidNotices()
    assert notices.is_leave_missing()
    notices.ask()
    assert android.asked == ["android.permission.POST_NOTIFICATIONS"]
    android.answer(is_yes)
    assert notices.is_leave_missing() is not is_yes


@BEFORE
def test_before_android_13_none_is_needed(android):
    assert not AndroidNotices().is_leave_missing()


def test_the_battery_saver_and_doze_are_told(android):
    battery = AndroidPower().battery()
    assert (battery.percent, battery.is_saving, battery.may_sleep) == (80, False, True)
    android.state.isSaving = android.state.isExempt = True
    battery = AndroidPower().battery()
    assert (battery.is_saving, battery.may_sleep) == (True, False)


def test_the_keyboard_begins_anew_even_where_its_kind_stays(android):
    keyboard = AndroidKeyboard()
    for kind, is_simple in (("text", False), ("text", False), ("text", True), ("mail", False)):
        keyboard.renew(kind, is_simple=is_simple)
    keyboard.renew("number", is_simple=True)
    text, password, mail = 0x80001, 0x80091, 0x80021
    wanted = [text, text, password, mail, 2]
    assert android.log == [f"keyboard {one}" for one in wanted]
