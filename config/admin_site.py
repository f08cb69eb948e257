"""Django admin for operators: signed in as staff with a second factor, through the portal's own sign-in."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_otp.admin import OTPAdminSite

from tenants.access import ACCESS
from tenants.operations import OperatorAdmin


class OperatorSite(OTPAdminSite):  # type: ignore[misc]  # django_otp has no types
    """The operators' site; `OTPAdminSite` asks `user.is_verified()`."""

    site_header = "Tidegate operations"
    site_title = "Tidegate operations"
    index_title = "Operations"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:  # noqa: ANN401
        """Take our own read-only pages; those that packages bring would show factors and let rows be edited."""
        if admin_class is not None and issubclass(admin_class, OperatorAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Send people to the portal's sign-in, or, where only the second factor is missing, to set it up."""
        name = "mfa_index" if request.user.is_authenticated else "account_login"
        return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': request.get_full_path()})}")


setattr(OperatorSite.login, ACCESS, "public: sends to the portal's own sign-in")
