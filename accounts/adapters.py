"""The seam to allauth: what it may do, how its mails go out, and how its secrets are stored."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import devices, notices
from accounts.factors import Proof
from accounts.models import User
from accounts.notices import Notice
from accounts.risk import watch
from accounts.sso import arrivals
from accounts.templatetags.devices import device_name
from tenants.encryption import seal, unseal
from tenants.mail import add_html
from tenants.principal import Level
from tenants.proxies import client_address

FACTORS = "mfa_authenticator|data"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the base comes without types
    """Sign-up is open; whoever signs up belongs to no organisation until they create or join one."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Offer the password to who has a second factor only while they have just shown it; else the passkey first.

        Who has just added their first passkey has seen no recovery code yet, and would be asked for one otherwise.
        """
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        factors = [method for method in methods if method["id"] != "reauthenticate"]
        if not factors or Proof(self.request).is_fresh(Level.AAL2):
            return methods
        return sorted(factors, key=lambda method: method["id"] != "mfa_reauthenticate:webauthn")

    def populate_username(self, request: HttpRequest, user: Any) -> None:  # noqa: ANN401
        """There are no user names."""

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:  # noqa: ANN401
        """Stop who has to come through their organisation's identity provider."""
        stopped: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return stopped or arrivals.stop(request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        """Sign the person in and remember the browser, or tell them of one that is new."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        watch.arrived(request, user, devices.recognise(request, user, response))
        return response

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMultiAlternatives:  # noqa: ANN401
        """Give allauth's mails the twin in HTML that ours have."""
        message: EmailMultiAlternatives = super().render_mail(*args, **kwargs)
        add_html(message)
        return message

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail with a link or code that somebody waits for; those of a person we know are noted."""
        super().send_mail(template_prefix, email, context)
        user = context.get("user")
        if isinstance(user, User) and template_prefix in set(Notice):
            notices.note(Notice(template_prefix), user, email)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Owe the person a notice of what allauth did for them."""
        facts = {
            "timestamp": timezone.now(),
            "ip": client_address(self.request),
            "device": device_name(self.request.headers.get("user-agent", "")),
            "sessions_url": notices.address_of("usersessions_list"),
            **(context or {}),
        }
        notices.tell(Notice(template_prefix), user, facts, email or "")


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the base comes without types
    """Second factors' secrets are sealed; allauth stores them in clear unless told otherwise."""

    def encrypt(self, text: str) -> str:
        return seal(text.encode(), FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, FACTORS).decode()
