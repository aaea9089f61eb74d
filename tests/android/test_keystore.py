"""The device's key on Android: what Java takes, and what phones do with keys."""

from __future__ import annotations

import pytest

from mobile_app.device import keystore
from mobile_app.i18n import load_phrases
from mobile_app.screens.context import Context
from mobile_app.screens.pin.presenter import PinPresenter
from mobile_app.settings import Settings
from mobile_app.store.key import KeyRing
from mobile_app.store.reference import Reference

pytestmark = [pytest.mark.java, pytest.mark.api(24, 34)]

FAULTS = [
    ("load", "java.io.IOException"),
    ("containsAlias", "java.lang.IllegalStateException"),
    ("getKey", "java.security.UnrecoverableKeyException"),
    ("getKey", "java.security.ProviderException"),
    ("use", "java.security.ProviderException"),
]


@pytest.fixture
def key(android):
    return keystore.AndroidKeystore("nuqta.a")


def test_a_key_is_made_and_opens_what_it_wrapped(key):
    other = keystore.AndroidKeystore("nuqta.b")
    sealed = key.wrap(b"secret")
    assert b"secret" not in sealed
    assert key.unwrap(sealed) == b"secret"
    assert key.unwrap(key.wrap(b"another")) == b"another"
    with pytest.raises(keystore.KeystoreLost):
        other.unwrap(sealed)
    other.wrap(b"")
    with pytest.raises(keystore.KeystoreLost):
        other.unwrap(sealed)
    with pytest.raises(keystore.KeystoreLost):
        key.unwrap(sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_what_a_forgotten_key_wrapped_opens_no_more(key):
    key.forget()
    sealed = key.wrap(b"secret")
    key.forget()
    with pytest.raises(keystore.KeystoreLost):
        key.unwrap(sealed)


@pytest.mark.parametrize(("member", "thrown"), FAULTS)
def test_a_keystore_that_fails_once_opens_all_the_same(android, key, member, thrown):
    sealed = key.wrap(b"secret")
    android.fails(member, thrown)
    assert key.unwrap(sealed) == b"secret"
    android.fails(member, thrown)
    assert key.unwrap(key.wrap(b"more")) == b"more"
    assert key.unwrap(sealed) == b"secret", "it is still the same key"


@pytest.mark.parametrize(("member", "thrown"), FAULTS)
def test_a_keystore_that_fails_for_ever_leads_to_the_coordinators_code(
    android, key, member, thrown
):
    sealed = key.wrap(b"secret")
    android.fails(member, f"{thrown}*")
    with pytest.raises(keystore.KeystoreLost):
        key.unwrap(sealed)
    key.forget()


def test_a_key_that_an_update_spoilt_is_made_anew_for_the_next_pin(android, key):
    key.wrap(b"secret")
    name = "android.security.keystore.KeyPermanentlyInvalidatedException"
    android.fails("getKey", name, name)
    assert key.unwrap(key.wrap(b"anew")) == b"anew"


def test_no_key_is_thrown_away_before_there_is_another(android, key):
    sealed = key.wrap(b"secret")
    android.fails("getKey", *["java.security.ProviderException"] * 2)
    android.fails("generateKey", "java.security.ProviderException")
    with pytest.raises(keystore.KeystoreFailed):
        key.wrap(b"anew")
    assert key.unwrap(sealed) == b"secret"


def ring_of(android):
    return KeyRing(android.folder, keystore.AndroidKeystore("nuqta.a"))


def test_a_lost_key_leaves_the_coordinators_code(android):
    ring = ring_of(android)
    secret = ring.open("1234")
    ring.agree_on_rescue(secret, b"s" * 32)
    android.state.keys.clear()
    with pytest.raises(keystore.KeystoreLost):
        ring.open("1234")
    from sync.rules.codes import rescue_code

    assert ring.rescue(rescue_code(b"s" * 32, 1)) == secret
    ring.set_pin(secret, "4321")
    assert ring_of(android).open("4321") == secret


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_first_pin_survives_a_keystore_that_makes_no_key(android, language):
    android.fails("generateKey", "java.security.ProviderException*")
    context = Context(
        android.folder,
        load_phrases(language),
        None,
        Reference(),
        Settings(),
        device=None,
        root=android.folder,
    )
    presenter = PinPresenter(context, lambda pin: ring_of(android).open(pin))
    for digit in "1234":
        presenter.press(digit)
    assert presenter.problem == context.sentence(keystore.KeystoreFailed(""))
    assert not presenter.is_done
    assert presenter.is_new
