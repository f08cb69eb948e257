"""Django admin for operators: signed in as staff with a second factor, through the portal's own sign-in."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_otp.admin import OTPAdminSite

from tenants.access import ACCESS
from tenants.operations import OperatorAdmin
from tenants.principal import Level


class OperatorSite(OTPAdminSite):  # type: ignore[misc]  # django_otp has no types
    """The operators' site. `OTPAdminSite` asks for a second factor; here it has to be a passkey."""

    site_header = "Tidegate operations"
    site_title = "Tidegate operations"
    index_title = "Operations"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:  # noqa: ANN401
        """Take our own read-only pages; those that packages bring would show factors and let rows be edited."""
        if admin_class is not None and issubclass(admin_class, OperatorAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Let staff in whose session used a passkey, or an emergency code; a one-time code opens nothing here."""
        user = request.user
        level: Level = request.operator_level()  # type: ignore[attr-defined]  # accounts.assurance sets it
        return bool(user.is_authenticated and user.is_active and user.is_staff and level is Level.AAL3)

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Send people to the portal's sign-in, or, where only the passkey is missing, to show or make one."""
        name = "passkey_confirm" if request.user.is_authenticated else "account_login"
        return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': reverse('admin:index')})}")


setattr(OperatorSite.login, ACCESS, "public: sends to the portal's own sign-in")
