"""Notices: the mails by which people learn what happened to their sign-in and to the keys they look after.

A notice is owed in the transaction of what it tells of (``audit.outbox``) and sent once: the row that says it was sent
is written with the delivery, and its Message-ID is that of the row. No notice holds a secret, and no link in one acts
without signing in.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import SentNotice, User
from audit.outbox import handles, post
from audit.sentences import Sentence
from tenants.mail import KEEPERS, TREASURERS, compose, recipients
from tenants.memberships import organizations_of
from tenants.scope import current_scope, org_scope

TOPIC = "accounts.notice"


class Notice(Sentence):
    """A kind of notice: the name of its templates, and what the person reads of it under Security."""

    KEY_CREATED = "accounts/email/key_created", "An API key was created"
    KEY_EXPIRING = "accounts/email/key_expiring", "An API key expires soon"
    KEY_EXPIRED = "accounts/email/key_expired", "An API key expired"
    KEY_LEAKED = "accounts/email/key_leaked", "An API key was found in a text"
    SERVICE_KEY_ADDED = "workloads/email/service_key_added", "A key was added to a service identity of yours"
    SERVICE_KEY_ENDING = "workloads/email/service_key_ending", "A key of a service identity of yours ends"
    SERVICE_ORPHANED = "workloads/email/service_orphaned", "A service identity stopped: its owner left"
    PAYMENT_FAILED = "recovery/email/payment_failed", "A payment failed"
    PAYMENT_ENDS_SOON = "recovery/email/payment_ends_soon", "A plan is switched off soon"
    PAYMENT_GIVEN_UP = "recovery/email/payment_given_up", "A plan was switched off"
    PAYMENT_RECOVERED = "recovery/email/payment_recovered", "An invoice was paid after all"
    BURN_HIGH = "ledger/email/burn_high", "An organisation spends far more than usual"
    BUDGET_REACHED = "ledger/email/budget_reached", "A budget reached a share of its cap"
    REFUND_MADE = "refunds/email/refund_made", "A payment was refunded"
    DISPUTE_OPENED = "disputes/email/opened", "A payment was disputed"
    DISPUTE_CLOSED = "disputes/email/closed", "A dispute was decided, or what it left is owed or paid"
    DISPUTE_DESK = "disputes/email/desk", "A dispute or a warning needs the desk"
    TRIAL_OFF = "subscriptions/email/trial_off", "A trial's card was not verified"
    TRIAL_REFUSED = "subscriptions/email/trial_refused", "A trial was refused"
    TRIAL_ENDING = "subscriptions/email/trial_ending", "A trial ends in three days"
    NEW_DEVICE = "accounts/email/new_device", "New sign-in from a device not seen before"
    ALERT = "risk/email/alert", "Something about your account looked wrong"
    ALERT_TO_OFFICERS = "risk/email/alert_to_officers", "Something about a member looked wrong"
    SSO_LINKED = "sso/email/linked", "Your account was linked to an identity provider"
    CERTIFICATE_ENDING = "sso/email/certificate_ending", "An identity provider's certificate ends"
    DOMAIN_RECORD_MISSING = "sso/email/domain_missing", "The record that proves a domain is gone"
    BREAK_GLASS_USED = "sso/email/break_glass", "Somebody signed in past enforced single sign-on"
    RECOVERY_CODE_USED = "accounts/email/recovery_code_used", "A recovery code was used"
    FACTORS_RESET = "assurance/email/factors_reset", "Your second factors were reset"
    FACTORS_RECOVERED = "assurance/email/factors_recovered", "Support reset a member's second factors"
    FACTOR_DUE = "assurance/email/factor_due", "A second factor is due"
    BREAK_GLASS = "assurance/email/break_glass", "An emergency code for operators was made or used"
    PASSWORD_CHANGED = "account/email/password_changed", "Your password was changed"
    PASSWORD_SET = "account/email/password_set", "A password was set"
    PASSWORD_RESET = "account/email/password_reset", "Your password was reset"
    PASSWORD_RESET_LINK = "account/email/password_reset_key", "A link to choose a new password"
    EMAIL_CHANGED = "account/email/email_changed", "Your e-mail address was changed"
    EMAIL_DELETED = "account/email/email_deleted", "An e-mail address was removed"
    EMAIL_CONFIRMED = "account/email/email_confirm", "An e-mail address was confirmed"
    CONFIRMATION = "account/email/email_confirmation", "A link to confirm an e-mail address"
    CONFIRMATION_SIGNUP = "account/email/email_confirmation_signup", "A link to confirm your e-mail address"
    ALREADY_EXISTS = "account/email/account_already_exists", "Somebody tried to sign up with your address"
    TOTP_ADDED = "mfa/email/totp_activated", "An authenticator app was added"
    TOTP_REMOVED = "mfa/email/totp_deactivated", "The authenticator app was removed"
    PASSKEY_ADDED = "mfa/email/webauthn_added", "A passkey was added"
    PASSKEY_REMOVED = "mfa/email/webauthn_removed", "A passkey was removed"
    CODES_MADE = "mfa/email/recovery_codes_generated", "New recovery codes were made"


def tell(notice: Notice, user: User, facts: dict[str, Any], email: str = "") -> None:
    """Owe a person a notice, in the open organisation's outbox or in that of one they belong to.

    Who belongs to none yet is told when the transaction has been committed.
    """
    payload = {"notice": notice.value, "user": str(user.pk), "email": email or user.email, "facts": facts}
    org_id = current_scope().org_id or next(iter(organizations_of(user.pk)), None)
    if org_id is None:
        transaction.on_commit(lambda: deliver(uuid.uuid4(), payload), robust=True)
    else:
        with org_scope(org_id), transaction.atomic():
            post(TOPIC, payload)


def tell_keepers(notice: Notice, facts: dict[str, Any], maker_id: uuid.UUID | None) -> None:
    """Owe a notice to each owner and admin of the open organisation, and to the maker of the key it is about."""
    for person in recipients(KEEPERS, maker_id):
        tell(notice, person, facts)


def tell_treasurers(notice: Notice, facts: dict[str, Any], or_person: object = None) -> None:
    """Owe a notice to those of the open organisation who look after its money, and to one more of it by id."""
    for person in recipients(TREASURERS, or_person):
        tell(notice, person, facts)


def address_of(url_name: str, *args: object) -> str:
    """Return the whole address of a page, as a mail names it."""
    return f"{settings.BASE_URL}{reverse(url_name, args=args)}"


@handles(TOPIC)
def deliver(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
    """Send a notice, unless this one was sent or the person is gone."""
    user = User.objects.filter(pk=payload["user"]).first()
    if user is None:
        return
    with transaction.atomic():
        if note(Notice(payload["notice"]), user, payload["email"], message_id):
            context = {"user": user, "email": payload["email"], **dict(_revived(payload["facts"].items()))}
            compose(payload["notice"], context, payload["email"], message_id).send()


def note(notice: Notice, user: User, email: str, notice_id: uuid.UUID | None = None) -> bool:
    """Write down that a notice goes out; tells whether it had not."""
    values = {"user": user, "kind": notice.value, "email": email}
    _, new = SentNotice.objects.get_or_create(id=notice_id or uuid.uuid4(), defaults=values)
    return new


def _revived(facts: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    """Yield the facts with the moments among them as such: JSON has none."""
    for name, value in facts:
        is_moment = name in {"at", "timestamp"} or name.endswith("_at")
        yield name, datetime.fromisoformat(value) if is_moment and isinstance(value, str) else value
