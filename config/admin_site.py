"""Django admin for operators: signed in as staff with a second factor, through the portal's own sign-in."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_otp.admin import OTPAdminSite

from tenants.access import ACCESS


class OperatorSite(OTPAdminSite):  # type: ignore[misc]
    """The operators' site; `OTPAdminSite` asks `user.is_verified()`."""

    site_header = "Tidegate operations"
    site_title = "Tidegate operations"
    index_title = "Operations"

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Send people to the portal's sign-in, or, where only the second factor is missing, to set it up."""
        name = "mfa_index" if request.user.is_authenticated else "account_login"
        return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': request.get_full_path()})}")


setattr(OperatorSite.login, ACCESS, "public: sends to the portal's own sign-in")
