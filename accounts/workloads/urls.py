"""The addresses of the pages of service identities."""

from django.urls import path

from accounts.workloads import proof_views, views

urlpatterns = [
    path("services/", views.services_list, name="services_list"),
    path("services/new", views.service_create, name="service_create"),
    path("services/<uuid:service_id>", views.service_detail, name="service_detail"),
    path("services/<uuid:service_id>/change", views.service_change, name="service_change"),
    path("services/<uuid:service_id>/owner", views.service_owner, name="service_owner"),
    path("services/<uuid:service_id>/disable", views.service_disable, name="service_disable"),
    path("services/<uuid:service_id>/enable", views.service_enable, name="service_enable"),
    path("services/<uuid:service_id>/keys/new", proof_views.service_key_add, name="service_key_add"),
    path(
        "services/<uuid:service_id>/keys/<uuid:service_key_id>/revoke",
        proof_views.service_key_revoke,
        name="service_key_revoke",
    ),
    path("services/<uuid:service_id>/issuers/new", proof_views.issuer_add, name="issuer_add"),
    path("services/<uuid:service_id>/issuers/try", proof_views.issuer_try, name="issuer_try"),
    path("services/<uuid:service_id>/issuers/<uuid:issuer_id>/revoke", proof_views.issuer_revoke, name="issuer_revoke"),
]
