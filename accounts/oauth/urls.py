"""The addresses of the authorization server and its pages."""

from accounts.oauth.views import applications, authorize, discovery, endpoints

urlpatterns = [
    *applications.urlpatterns,
    *authorize.urlpatterns,
    *discovery.urlpatterns,
    *endpoints.urlpatterns,
]
