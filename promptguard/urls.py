"""The pages of the guard."""

from promptguard.views import decisions, home, playground, policy, reference

urlpatterns = [
    *home.urlpatterns,
    *playground.urlpatterns,
    *decisions.urlpatterns,
    *policy.urlpatterns,
    *reference.urlpatterns,
]
