"""Where a SAML identity provider's answers arrive.

They come as a form from another site, so without the browser's session. They are verified and kept, sealed; the
browser then fetches its answer on our own site, where its session says whether it asked for it.
"""

import logging
import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.sso import flow, replay, saml
from accounts.sso.asserted import AnswerRefused
from accounts.sso.flow import NotAccepted
from accounts.sso.models import Connection
from accounts.sso.views.door import arrive, refused
from audit.reasons import Reason
from tenants.access import public

log = logging.getLogger(__name__)


@never_cache
@csrf_exempt
@public("the answer of an identity provider: verified here, and believed only by the browser that asked for it")
@require_POST
def sso_acs(request: HttpRequest, provider_id: str) -> HttpResponse:
    with flow.opened(provider_id) as connection:
        try:
            if connection.kind != Connection.Kind.SAML or not connection.pinned:
                raise AnswerRefused("This is no SAML connection.")
            answer = saml.verified(connection, request.POST.get("SAMLResponse", ""))
            kept = replay.accept(connection, answer)
        except AnswerRefused as error:
            log.warning("saml answer of %s refused: %s", connection.id, error)
            return refused(request, connection, Reason.SSO_ANSWER)
    return HttpResponseRedirect(reverse("sso_finish", args=[provider_id, kept]))


@never_cache
@public("fetches an answer that was verified, for the browser whose session asked for it")
@require_GET
def sso_finish(request: HttpRequest, provider_id: str, answer_id: uuid.UUID) -> HttpResponse:
    with flow.opened(provider_id) as connection:
        try:
            in_response_to, said = replay.take(connection, answer_id)
            begun = flow.recall(request, connection, in_response_to)
        except (AnswerRefused, NotAccepted):
            return refused(request, connection, Reason.SSO_ANSWER)
        return arrive(request, connection, begun, lambda: said)


@public("what an identity provider is told of us: made from the address alone, whether it is somebody's or not")
@require_GET
def sso_metadata(request: HttpRequest, provider_id: str) -> HttpResponse:
    return HttpResponse(saml.metadata(Connection(provider_id=provider_id)), content_type="application/samlmetadata+xml")


urlpatterns = [
    path("sign-in/sso/<str:provider_id>/acs", sso_acs, name="sso_acs"),
    path("sign-in/sso/<str:provider_id>/answers/<uuid:answer_id>", sso_finish, name="sso_finish"),
    path("sign-in/sso/<str:provider_id>/metadata", sso_metadata, name="sso_metadata"),
]
