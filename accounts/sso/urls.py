"""The pages of single sign-on: an admin's, and the way in."""

from accounts.sso.views import door, overview, saml, switches, wizard

urlpatterns = [
    *overview.urlpatterns,
    *wizard.urlpatterns,
    *switches.urlpatterns,
    *door.urlpatterns,
    *saml.urlpatterns,
]
