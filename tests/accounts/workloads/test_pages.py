"""The pages of services: what is shown once, what is refused with a word, who sees buttons."""

import html
import json
import subprocess

import pytest
from django.test import Client
from joserfc.jwk import ECKey

from accounts.workloads import examples
from accounts.workloads.compact import read, verifies
from accounts.workloads.models import ServiceIdentity, ServiceKey, TrustedIssuer
from accounts.workloads.presets import GUIDES
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.workloads.foreign import Foreign
from tests.accounts.workloads.services import Service
from tests.people import Person


@pytest.fixture
def browser(service: Service) -> Client:
    return service.person.browser()


def _text(page: object) -> str:
    return html.unescape(page.content.decode())  # type: ignore[attr-defined]  # more than the stubs know


def test_without_services_the_page_says_what_to_do(olga: Person, max_: Person) -> None:
    assert "Make one for each program" in _text(olga.browser().get("/services/"))
    assert "An owner or administrator" in _text(max_.browser().get("/services/"))


def test_a_service_is_made_on_a_page(olga: Person) -> None:
    browser = olga.browser()
    form = {"name": "Invoices", "owner": str(olga.user.pk), "environment": "live", "scopes": "guard:check"}
    answer = browser.post("/services/new", form | {"requests_per_minute": "60"})
    assert answer.status_code == 302
    page = _text(browser.get(answer.headers["Location"]))
    with org_scope(olga.organization.id):
        made = ServiceIdentity.objects.get()
    assert (made.environment, made.scopes, made.requests_per_minute) == ("live", ["guard:check"], 60)
    assert made.client_id in page
    assert "No key yet" in page
    assert made.name in _text(browser.get("/services/"))


def test_what_is_wrong_with_a_service_is_said_at_its_field(olga: Person) -> None:
    answer = olga.browser().post("/services/new", {"name": "", "owner": "x", "environment": "live"})
    assert answer.status_code == 422
    assert _text(answer).count("This field is required") >= 2


def test_a_private_key_is_shown_once(service: Service, browser: Client) -> None:
    page = browser.post(f"/services/{service.row.id}/keys/new", {"public_key": "", "lifetime": "90", "former": "24"})
    assert page.headers["Cache-Control"].count("no-store") == 1
    text = _text(page)
    pem = text[text.index("-----BEGIN PRIVATE KEY-----") : text.index("-----END PRIVATE KEY-----")]
    made = ServiceKey.objects.exclude(id=service.key.id).get()
    assert made.kid in text
    assert made.expires_at is not None
    assert ServiceKey.objects.get(id=service.key.id).expires_at is not None  # the rotation's overlap
    for address in (f"/services/{service.row.id}", "/services/", "/audit/"):
        assert pem not in _text(browser.get(address))


def test_an_uploaded_key_is_judged_at_its_field(service: Service, browser: Client) -> None:
    address = f"/services/{service.row.id}/keys/new"
    private = ECKey.generate_key("P-256")
    answer = browser.post(address, {"public_key": private.as_pem(private=True).decode()})
    assert answer.status_code == 422
    assert "This is a private key. Nothing was stored" in _text(answer)
    good = browser.post(address, {"public_key": private.as_pem(private=False).decode()})
    assert good.status_code == 302
    assert ServiceKey.objects.filter(kid=private.thumbprint()).exists()


def test_a_disabled_service_is_enabled_again(service: Service, browser: Client) -> None:
    address = f"/services/{service.row.id}"
    browser.post(f"{address}/disable", {"confirm": "another name"})
    assert ServiceIdentity.objects.get().disabled_at is None
    browser.post(f"{address}/disable", {"confirm": service.row.name})
    assert "Disabled" in _text(browser.get(address))
    browser.post(f"{address}/enable")
    assert ServiceIdentity.objects.get().disabled_at is None


def test_a_service_is_passed_on_and_a_refusal_says_why(service: Service, browser: Client, max_: Person) -> None:
    address = f"/services/{service.row.id}"
    page = _text(browser.post(f"{address}/owner", {"owner": str(max_.user.pk)}, follow=True))
    assert "The role of Max Member does not grant audit:read" in page
    ServiceIdentity.objects.update(scopes=[Permission.GUARD_CHECK.value])
    page = _text(browser.post(f"{address}/owner", {"owner": str(max_.user.pk)}, follow=True))
    assert "Max Member answers for “Invoices” now" in page


def test_who_may_only_look_sees_no_button(service: Service, max_: Person) -> None:
    page = _text(max_.browser().get(f"/services/{service.row.id}"))
    assert service.row.client_id in page
    assert "data-dialog" not in page
    assert "/keys/new" not in page


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: str(guide.preset))
def test_each_preset_explains_itself(service: Service, browser: Client, guide: object) -> None:
    page = _text(browser.get(f"/services/{service.row.id}/issuers/new", {"preset": guide.preset}))  # type: ignore[attr-defined]  # the stubs do not know it
    assert guide.about in page  # type: ignore[attr-defined]  # the stubs do not know it
    assert guide.issuer in page  # type: ignore[attr-defined]  # the stubs do not know it


def test_an_issuer_is_trusted_tried_and_let_go_of_on_pages(service: Service, browser: Client, foreign: Foreign) -> None:
    address = f"/services/{service.row.id}/issuers"
    form = {"preset": "other", "name": "Pipeline", "issuer": foreign.url, "jwks_url": f"{foreign.url}/jwks"}
    form |= {"audience": "https://tidegate.example", "subject": "repo:acme/*", "claims": "actor = release-bot"}
    wrong = browser.post(f"{address}/new", form | {"algorithms": "RS256", "subject": "repo:*"})
    assert wrong.status_code == 422
    assert "A * follows a : or a /" in _text(wrong)
    assert browser.post(f"{address}/new", form | {"algorithms": "RS256"}).status_code == 302
    good = _text(browser.post(f"{address}/try", {"token": foreign.token(actor="release-bot")}))
    assert "It would be exchanged" in good
    bad = _text(browser.post(f"{address}/try", {"token": foreign.token(actor="somebody")}))
    assert "It would be refused" in bad
    assert "AUTHN-FED-008" in bad
    assert '"actor": "somebody"' in bad
    assert "not a well-formed" in _text(browser.post(f"{address}/try", {"token": "what is this"}))
    trusted = TrustedIssuer.objects.get()
    assert trusted.last_used_at is None  # trying is not using
    browser.post(f"{address}/{trusted.id}/revoke")
    assert TrustedIssuer.objects.get().revoked_at is not None


def test_what_a_token_says_is_shown_as_text(service: Service, browser: Client, foreign: Foreign) -> None:
    foreign.trusted(service)
    token = foreign.token(sub="<script>alert(1)</script>")
    page = browser.post(f"/services/{service.row.id}/issuers/try", {"token": token}).content.decode()
    assert "<script>alert" not in page


def test_the_shell_of_the_snippet_signs_as_it_should(service: Service, tmp_path: object) -> None:
    """Everything before the first call of the snippet for curl, run by bash; the rest is in `test_walk`."""
    (tmp_path / "private.pem").write_bytes(service.private.as_pem(private=True))  # type: ignore[operator]  # the stubs do not know it
    code = examples.snippets(service.row, "https://tidegate.example")[0]["code"]
    script = code.partition("TOKEN=")[0] + 'printf %s "$header.$claims.$signature"'
    for _ in range(5):  # numbers in DER are shorter now and then
        made = subprocess.run(["bash", "-ec", script], cwd=str(tmp_path), capture_output=True, check=True, text=True)
        token = read(made.stdout, 4096)
        assert verifies(token, service.key.jwk, "ES256")
    assert json.dumps(token.claims["aud"]) == '"https://tidegate.example/oauth/token"'
