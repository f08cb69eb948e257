"""What is asked for first of somebody who must confirm that it is them."""

from allauth.core.context import request_context
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.http import HttpRequest

from accounts.adapters import AccountAdapter
from accounts.sessions import SessionStore
from tests.people import Person, passkey_of


def test_who_just_added_a_passkey_is_asked_for_it_and_not_for_a_code_they_have_not_seen(max_: Person) -> None:
    passkey_of(max_.user)
    RecoveryCodes.activate(max_.user)
    request = HttpRequest()
    request.user, request.session = max_.user, SessionStore()
    with request_context(request):
        offered = AccountAdapter(request).get_reauthentication_methods(max_.user)
    assert [method["id"] for method in offered] == ["mfa_reauthenticate:webauthn", "mfa_reauthenticate"]
