"""The pages of single sign-on: an admin's, and the way in."""

from accounts.sso.views import door, linking, overview, saml, switches, wizard

urlpatterns = [
    *overview.urlpatterns,
    *wizard.urlpatterns,
    *switches.urlpatterns,
    *door.urlpatterns,
    *linking.urlpatterns,
    *saml.urlpatterns,
]
