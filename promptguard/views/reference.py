"""``/openapi.json`` and the page that shows it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path

from promptguard.api.openapi import document
from tenants.access import public


@public("describes the API and nothing of any tenant")
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(document(settings.BASE_URL))


@public("describes the API and nothing of any tenant")
def api_docs(request: HttpRequest) -> HttpResponse:
    context = {"spec": document(settings.BASE_URL), "base_url": settings.BASE_URL}
    return render(request, "docs/api.html", context)


urlpatterns = [
    path("openapi.json", openapi, name="openapi_json"),
    path("docs/api", api_docs, name="api_docs"),
]
