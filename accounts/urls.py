"""The pages of keys, factors and access."""

from accounts.views import access, keys, security

urlpatterns = [*keys.urlpatterns, *access.urlpatterns, *security.urlpatterns]
