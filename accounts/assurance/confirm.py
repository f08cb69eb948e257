"""Confirming with a passkey, and going on where one was: at a page, or in the middle of sending a form.

A form that was refused is drawn once more as hidden fields beside the passkey's answer, and sent again to where it was
going: nothing is kept on the server, and the view runs once, after the confirmation. A form that htmx sent is sent once
more by the window itself (`static/js/ui.js` hears `ASK`), which then is refused and kept in just this way.
"""

import json
from collections.abc import Iterable
from typing import Any

from allauth.mfa.webauthn.internal import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts.assurance.passkeys import ReauthenticateForm
from accounts.factors import Proof, look_again
from tenants.guard import Refused

FIELD = "passkey"
ASK = "passkey:ask"
"""What htmx tells the element whose request was refused, with where to go if it belongs to no form."""
AFTER = "assurance_after"
"""The session's key for where somebody was going when they had to enrol first."""


def confirm(request: HttpRequest, refusal: Refused | None = None) -> HttpResponse:
    """Ask for the passkey on the way to what the request wants."""
    if request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware sets it
        here = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]  # HtmxMiddleware sets it
        if request.method == "POST":
            told = {"HX-Trigger": json.dumps({ASK: {"url": address(here)}}), "HX-Reswap": "none"}
            return HttpResponse(status=403, headers=told)
        return HttpResponse(status=403, headers={"HX-Redirect": address(here)})
    if request.method == "POST":
        return ask(request, request.get_full_path(), refusal, _fields(request), status=403)
    return redirect(address(request.get_full_path()))


def ask(
    request: HttpRequest,
    action: str,
    refusal: Refused | None = None,
    fields: Iterable[tuple[str, str]] = (),
    status: int = 200,
    failed: bool = False,
) -> HttpResponse:
    """Draw the page whose passkey's answer goes to `action`, together with `fields`."""
    proof: Proof = request.proof  # type: ignore[attr-defined]  # FactorMiddleware sets it
    shown: dict[str, Any] = {
        "action": action,
        "fields": list(fields),
        "field": FIELD,
        "refusal": refusal,
        "failed": failed,
        "has_passkey": proof.has_passkey,
        "codes_do": getattr(request, "session_excused", bool)() and proof.has_factor,
        "target": target_of(request),
    }
    if proof.has_passkey:
        shown["js_data"] = {"request_options": auth.begin_authentication(request.user)}
    else:
        request.session[AFTER] = shown["target"]
    answer = render(request, "assurance/confirm.html", shown, status=status)
    answer.headers["Cache-Control"] = "no-store"  # what was typed may be a secret
    return answer


def answered(request: HttpRequest) -> bool | None:
    """Take the passkey's answer that came with a form: whether it is good; `None` if there is none."""
    if request.method != "POST" or FIELD not in request.POST or not request.user.is_authenticated:
        return None
    form = ReauthenticateForm({"credential": request.POST[FIELD]}, user=request.user)
    if not form.is_valid():
        return False
    form.save()
    look_again(request)
    return True


def refuse(request: HttpRequest) -> HttpResponse:
    """Draw the form again whose passkey's answer was no good."""
    return ask(request, request.get_full_path(), fields=_fields(request), status=403, failed=True)


def address(target: str) -> str:
    """Return the address of the page that asks for the passkey and goes on to `target`."""
    return f"{reverse('passkey_confirm')}?{urlencode({'next': target})}"


def target_of(request: HttpRequest) -> str:
    """Return where to go on: what the request says, else where the person was before they enrolled; of our own only."""
    wanted = request.GET.get("next") or request.POST.get("next") or ""
    if request.resolver_match and request.resolver_match.url_name not in {"passkey_confirm", "sign_in_again"}:
        wanted = request.get_full_path() if request.method == "GET" else request.headers.get("referer", "/")
    wanted = wanted or request.session.get(AFTER, "/")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else "/"


def _fields(request: HttpRequest) -> list[tuple[str, str]]:
    sent = ((name, value) for name, values in request.POST.lists() for value in values)
    return [(name, value) for name, value in sent if name not in {FIELD, "csrfmiddlewaretoken"}]
