"""The pages of keys, factors and access."""

from accounts.assurance import views as assurance
from accounts.oauth import urls as oauth
from accounts.risk import views as risk
from accounts.sso import urls as sso
from accounts.views import access, keys, security
from accounts.workloads import urls as workloads

urlpatterns = [
    *sso.urlpatterns,
    *keys.urlpatterns,
    *access.urlpatterns,
    *oauth.urlpatterns,
    *security.urlpatterns,
    *assurance.urlpatterns,
    *risk.urlpatterns,
    *workloads.urlpatterns,
]
