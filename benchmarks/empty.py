"""The baseline: a Django view that answers a few bytes, without middleware, served by the same granian."""

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="the baseline keeps no secrets", MIDDLEWARE=[]
)
django.setup(set_prefix=False)


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok", headers={"Content-Length": "2"})


urlpatterns = [path("", empty)]
application = WSGIHandler()
