"""Every URL of Tidegate but those of ``/v1``: `promptguard.api.middleware` answers them before pages are looked up."""

from django.contrib import admin
from django.urls import include, path

from accounts.keystore.jwks import jwks
from config import health

handler500 = "config.errors.server_error"

urlpatterns = [
    path("", include("promptguard.urls")),
    path("", include("accounts.urls")),
    path("", include("tenants.urls")),
    path("", include("tenants.webhooks.views")),
    path("", include("billing.ledger.views")),
    path("", include("billing.evidence.views")),
    path("", include("billing.invoicing.views")),
    path("", include("billing.invoicing.desk")),
    path("", include("billing.refunds.views")),
    path("", include("billing.reports.views")),
    path("", include("billing.webhooks.ingress")),
    path("", include("billing.webhooks.views")),
    path("", include("billing.disputes.views")),
    path("", include("billing.subscriptions.views")),
    path("", include("billing.recovery.views")),
    path("accounts/", include("allauth.urls")),
    path("operator/", admin.site.urls),
    path(".well-known/jwks.json", jwks, name="jwks"),
    path("favicon.ico", health.favicon, name="favicon"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
