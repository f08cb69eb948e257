"""Whose word a session stands on, from the methods allauth recorded in it.

A sign-in through an organisation's identity provider is that organisation's word. It opens this organisation and no
other, until the person proves themselves with a password or passkey of their own: otherwise who runs one
organisation's provider could walk into every other organisation that its people belong to.
"""

import uuid
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

METHOD = "sso"
"""The name under which a sign-in through an identity provider is recorded, with `org` and `connection`."""
_Somebody = AbstractBaseUser | AnonymousUser


def vouched_for(request: HttpRequest, user: _Somebody) -> set[uuid.UUID]:
    """Return the organisations through whose identity providers `user` came into this session."""
    return {uuid.UUID(record["org"]) for record in _records(request, user) if record.get("method") == METHOD}


def is_bound(request: HttpRequest) -> bool:
    """Tell whether the session stands on identity providers alone, and so opens only their organisations."""
    records = _records(request, request.user)
    came = any(each.get("method") == METHOD for each in records)
    return came and not any(each.get("method") == "password" or each.get("type") == "webauthn" for each in records)


def _records(request: HttpRequest, user: _Somebody) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = get_authentication_records(request, user)
    return records
