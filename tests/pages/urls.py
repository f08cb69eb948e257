"""The product's own URLs, and one more that draws any template with its sample."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config import urls
from tests.pages import drawing


def sample(request: HttpRequest, template: str) -> HttpResponse:
    """Answer with a page drawn with its sample; ``?empty`` draws it with nothing in it."""
    return HttpResponse(drawing.page(request, template, "empty" in request.GET))


urlpatterns = [path("sample/<path:template>", sample, name="sample"), *urls.urlpatterns]
