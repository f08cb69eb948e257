"""``/openapi.json`` and the page that shows it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path

from audit.reasons import Reason
from promptguard.api.openapi import document
from promptguard.api.problems import KINDS
from tenants.access import public
from tenants.webhooks.kinds import OFFERED

LONGEST_SEARCH = 100


@public("describes the API and nothing of any tenant")
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(document(settings.BASE_URL))


@public("leads to the description of the API")
def docs(request: HttpRequest) -> HttpResponse:
    return redirect("api_docs")


@public("describes the API and nothing of any tenant")
def api_docs(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "")[:LONGEST_SEARCH].replace("\0", "")
    context = {"spec": document(settings.BASE_URL), "base_url": settings.BASE_URL, "words": words}
    return render(request, "docs/api.html", {**context, "webhooks": OFFERED})


@public("explains errors and reason codes, and nothing of any tenant")
def problems(request: HttpRequest) -> HttpResponse:
    """Show what the `type` of a problem document and each reason code mean."""
    areas: dict[str, list[Reason]] = {}
    for reason in Reason:
        areas.setdefault(reason.value.partition("-")[0], []).append(reason)
    return render(request, "docs/problems.html", {"kinds": KINDS, "areas": list(areas.items())})


urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    path("docs", docs, name="docs"),
    path("docs/api", api_docs, name="api_docs"),
    path("docs/problems", problems, name="problems"),
]
