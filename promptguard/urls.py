"""The pages of the guard."""

from promptguard.views import decisions, home, playground, reference

urlpatterns = [*home.urlpatterns, *playground.urlpatterns, *decisions.urlpatterns, *reference.urlpatterns]
