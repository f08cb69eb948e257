"""Mail: plain text, one-line subjects, who it is from and what to do if it was not you."""

import re
import uuid
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from accounts.notices import Notice
from tenants.mail import compose
from tests.pages.markup import Page

ROOT: Path = settings.BASE_DIR / "templates"
MAILS = sorted(
    path.relative_to(ROOT).as_posix().removesuffix("_subject.txt") for path in ROOT.rglob("email/*_subject.txt")
)
AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CONTEXT = {
    "amount": "$99.00 USD",
    "desk_url": "https://tidegate.example/desk/disputes/1/2/",
    "dispute": "dp_1QmQ2eZvKYlo2CkQlP0aB",
    "frozen": True,
    "frozen_url": "https://tidegate.example/billing/frozen/",
    "headline": "Dispute due in 24 hours",
    "outcome": "owed",
    "pay_url": "https://pay.example/in_1",
    "text": "24 hours are left, and it is drafting.",
    "cause": "it answered 410 Gone",
    "endpoint_url": "https://tidegate.example/webhooks/1/",
    "receiver": "https://hooks.acme.example/tidegate",
    "because": "The bank did not confirm the card.",
    "ends": "14 December 2026, 12:00 UTC",
    "pays": True,
    "plan": "Team",
    "plan_url": "https://tidegate.example/plan/",
    "amount_cents": 4_900,
    "card": "Visa ending in 4242",
    "currency": "USD",
    "how": "by another try",
    "next_at": AT,
    "number": "ACME-0007",
    "payment_url": "https://tidegate.example/billing/payment/in_1/",
    "turn": "retrying",
    "words": "There was not enough money on the card.",
    "budgets_url": "https://tidegate.example/budgets/",
    "hour": "812.40 USD",
    "times": 3,
    "usual": "31.00 USD",
    "budget_url": "https://tidegate.example/budgets/1",
    "cap": "10.00 USD",
    "period": "a month",
    "share": 80,
    "stops": False,
    "subject": "the role developer",
    "used": "8.02 USD",
    "accept_url": "https://tidegate.example/invitations/abc/?a=1&b=2",
    "address": "https://tidegate.example/sign-in/sso/org-1-2",
    "activate_url": "https://tidegate.example/confirm/abc/",
    "added_at": AT,
    "added_by": "Olga",
    "algorithm": "ES256",
    "at": AT,
    "by": "Olga Owner",
    "base_url": "https://tidegate.example",
    "client_id": "svc_Zk3yqT8sVbN1xL5mR7wQ2dF9hJ4c",
    "code": "",
    "connection": "Acme Okta",
    "connection_url": "https://tidegate.example/sso/connections/1/provider",
    "created_at": AT,
    "created_by": "Olga",
    "current_site": SimpleNamespace(name="Tidegate", domain="tidegate.example"),
    "days": 7,
    "deleted_email": "old@acme.example",
    "device": "Firefox on Linux",
    "email": "olga@acme.example",
    "environment": "test",
    "factor": "passkey",
    "factors_url": "https://tidegate.example/accounts/2fa/",
    "left": 4,
    "ends_at": AT,
    "expires_at": AT,
    "domain": "acme.example",
    "due_at": AT,
    "enforced": True,
    "from_email": "old@acme.example",
    "inviter": "Olga O'Neil",
    "ip": "203.0.113.7",
    "key_name": "Backend & batch",
    "key_prefix": "tg_test_a1b2c3",
    "key_url": "https://tidegate.example/keys/1/",
    "kid": "NX_-DpAaoKzsr3WzuXHtHT26YAGrta8-MUOgOLxUCTQ",
    "lapses_at": AT,
    "last_used_at": AT,
    "member": "Max Member",
    "method": "a password",
    "missing_at": AT,
    "operator": "opal@tidegate.example",
    "organization": "Acme & Sons",
    "origin": "Uploaded",
    "owner": "Max Member",
    "password_reset_url": "https://tidegate.example/reset/abc/",
    "place": "Lyon, France",
    "reason": "Opal's laptop fell into the harbour",
    "record_name": "_tidegate.acme.example",
    "record_value": "tidegate-domain=Zk3yqT8sVbN1xL5mR7wQ2dF9hJ4c",
    "role": "developer",
    "scopes": ["guard:check"],
    "security_url": "https://tidegate.example/security/",
    "service_name": "Invoices & batch",
    "service_url": "https://tidegate.example/services/1",
    "sessions_url": "https://tidegate.example/accounts/sessions/",
    "signup_url": "https://tidegate.example/accounts/signup/",
    "sso_url": "https://tidegate.example/sso/",
    "timestamp": AT,
    "to_email": "new@acme.example",
    "until_at": AT,
    "url": "https://tidegate.example/accounts/2fa/",
    "user": SimpleNamespace(email="olga@acme.example"),
    "user_agent": "Firefox",
    "what": "made",
    "who": "Olga Owner",
}


@pytest.mark.parametrize("mail", MAILS)
def test_a_mail_is_plain_short_and_says_what_to_do(mail: str) -> None:
    subject = render_to_string(f"{mail}_subject.txt", CONTEXT).strip()
    body = render_to_string(f"{mail}_message.txt", CONTEXT)
    assert 0 < len(subject) < 78
    assert "\n" not in subject
    assert body.startswith("Hello,\n")
    assert "Tidegate, " in body
    assert "You get this mail because" in body
    assert any(
        words in body
        for words in (
            "If it was not you",
            "If this was not you",
            "If you did not",
            "If you do not",
            "If nobody",
            "do nothing",
        )
    ), body
    for escaped in ("&amp;", "&#x27;", "&lt;", "{{", "{%"):
        assert escaped not in subject + body
    assert len(body.splitlines()) < 30


def test_every_mail_of_allauth_is_ours() -> None:
    shipped = {"account/email/account_already_exists", "account/email/password_reset_key", "mfa/email/webauthn_added"}
    assert shipped <= set(MAILS)
    assert {
        "tenants/email/invitation",
        "accounts/email/key_created",
        "accounts/email/key_expiring",
        "accounts/email/new_device",
    } <= set(MAILS)


def test_every_notice_has_its_mail() -> None:
    assert {notice.value for notice in Notice} <= set(MAILS)


def test_the_twin_in_html_says_the_same_and_runs_nothing() -> None:
    facts = CONTEXT | {"key_name": "<script>alert()</script> & batch"}
    mail = compose("accounts/email/key_created", facts, "olga@acme.example", uuid.uuid4())
    [(html, kind)] = mail.alternatives
    assert kind == "text/html"
    page = Page(str(html))
    assert page.broken == []
    assert page.all("script") == []
    labels = [cell.text for cell in page.all("td")][::2]
    assert labels == ["Name", "Environment", "Scopes", "When"]
    assert [link.attributes["href"] for link in page.all("a")] == [CONTEXT["key_url"]]
    for word in re.findall(r"\w+", str(mail.body)):
        assert word in str(html)


def test_a_confirmation_by_code_shows_the_code_and_no_link() -> None:
    body = render_to_string("account/email/email_confirmation_message.txt", {**CONTEXT, "code": "AB12CD"})
    assert "AB12CD" in body
    assert "http" not in body.partition("--")[0]
