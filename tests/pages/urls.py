"""The names that the templates of the app pages lead to, for drawing them without their views."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from tests.pages import drawing


def answer(request: HttpRequest, **parts: str) -> HttpResponse:
    """Draw the page that `drawing` holds for this URL, or the empty answer of a verb."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    page = drawing.BY_URL.get(name or "")
    return drawing.render(request, page) if page else HttpResponse(status=204)


def gallery(request: HttpRequest, template: str) -> HttpResponse:
    """Draw any template that has a sample."""
    return drawing.render(request, template)


ID = "<str:id>"
urlpatterns = [
    path("", answer, name="home"),
    path("accounts/", include("allauth.urls")),
    path("keys/", answer, name="keys_list"),
    path("keys/new/", answer, name="key_create"),
    path(f"keys/{ID}/", answer, name="key_detail"),
    path(f"keys/{ID}/rotate/", answer, name="key_rotate"),
    path(f"keys/{ID}/revoke/", answer, name="key_revoke"),
    path("playground/", answer, name="playground"),
    path("decisions/", answer, name="decisions_list"),
    path(f"decisions/{ID}/", answer, name="decision_detail"),
    path(f"decisions/{ID}/report/", answer, name="decision_report"),
    path("members/", answer, name="members_list"),
    path("members/invite/", answer, name="invitation_create"),
    path(f"members/invitations/{ID}/withdraw/", answer, name="invitation_withdraw"),
    path(f"members/{ID}/role/", answer, name="member_role"),
    path(f"members/{ID}/remove/", answer, name="member_remove"),
    path("organizations/new/", answer, name="organization_create"),
    path("organizations/switch/", answer, name="organization_switch"),
    path(f"invitations/{ID}/", answer, name="invitation_accept"),
    path("security/", answer, name="security"),
    path("access/", answer, name="access"),
    path("audit/", answer, name="events_list"),
    path("audit/export/", answer, name="events_export"),
    path("api/", answer, name="api_reference"),
    path("openapi.json", answer, name="openapi"),
    path("sample/<path:template>", gallery, name="sample"),
]
