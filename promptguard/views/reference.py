"""``/openapi.json`` and the page that shows it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from promptguard.api.openapi import document
from tenants.access import public


@public("describes the API and nothing of any tenant")
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(document(settings.BASE_URL))
