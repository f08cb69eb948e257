"""Error pages that say what happened and how to get out."""

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import get_template


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or old."""
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a failure of ours, without anything that could fail again: the template gets one word."""
    shown = get_template("500.html").render({"request_id": request.META.get("tidegate.request_id", "")})
    return HttpResponseServerError(shown)
