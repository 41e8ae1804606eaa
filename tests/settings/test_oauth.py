"""What the protocol may let pass, and for whom."""

import pytest

from idp.errors import Misconfigured
from idp.settings import load


def test_without_a_word_a_nonce_is_required_and_no_suite_is_served() -> None:
    oauth = load("b").oauth

    assert oauth.nonce_without_pkce == "required"
    assert not oauth.conformance


def test_the_profile_for_the_suite_allows_what_it_needs_and_private_networks() -> None:
    settings = load("conformance")

    assert settings.oauth.nonce_without_pkce == "optional"
    assert settings.oauth.conformance
    assert {str(network) for network in settings.outbound.allowed} >= {"127.0.0.0/8", "::1/128"}


def test_anything_else_than_required_and_optional_is_refused() -> None:
    with pytest.raises(Misconfigured, match=r"oauth\.nonce_without_pkce"):
        load("b", {"oauth": {"nonce_without_pkce": "never"}})
