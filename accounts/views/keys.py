"""The pages of API keys."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.forms import KeyForm, RotateForm
from accounts.models import ApiKey, ApiKeySecret
from accounts.services import keys
from audit import decisions
from tenants.access import PageRequest, page
from tenants.paging import Page, ordered_page
from tenants.permissions import Permission
from tenants.policy import allows

SORTS = {"name": "name", "created_at": "created_at", "last_used_at": "last_used_at", "expires_at": "expires_at"}


@page(Permission.KEYS_READ)
def keys_list(request: PageRequest) -> HttpResponse:
    shown: Page[ApiKey] = ordered_page(request, ApiKey.objects.select_related("created_by"), SORTS, "-created_at")
    newest: dict[uuid.UUID, ApiKeySecret] = {}
    for secret in ApiKeySecret.objects.filter(key__in=shown.rows).order_by("created_at"):
        newest[secret.key_id] = secret
    for key in shown.rows:
        key.secret = newest.get(key.id)  # type: ignore[attr-defined]  # for the template
    context = {"keys": shown.rows, "sort": shown.sort, "next_cursor": shown.next_cursor}
    may_create = allows(request.principal, Permission.KEYS_CREATE)
    return render(request, "accounts/keys_list.html", {**context, "may_create": may_create})


@page(Permission.KEYS_CREATE, "GET", "HEAD", "POST")
def key_create(request: PageRequest) -> HttpResponse:
    form = KeyForm(request.POST or None, scopes=keys.grantable_scopes(request.principal))
    if request.method == "POST" and form.is_valid():
        try:
            key, secret = keys.create(request.grant, form.request())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _shown_once(request, {"key": key, "secret": secret})
    crumbs = [{"label": "API keys", "url": reverse("keys_list")}]
    status = 422 if form.is_bound else 200
    return render(request, "accounts/key_create.html", {"form": form, "crumbs": crumbs}, status=status)


@page(Permission.KEYS_READ)
def key_detail(request: PageRequest, key_id: uuid.UUID) -> HttpResponse:
    key: ApiKey = ApiKey.objects.select_related("created_by").get(id=key_id)
    alive = [s for s in ApiKeySecret.objects.filter(key=key) if s.expires_at is None or s.expires_at > timezone.now()]
    recent, _ = decisions.page(decisions.Filters(principal=str(key.id)), size=10)
    context = {
        "key": key,
        "secrets": alive,
        "recent": recent,
        "may_rotate": allows(request.principal, Permission.KEYS_ROTATE),
        "may_revoke": allows(request.principal, Permission.KEYS_REVOKE),
        "rotate_form": RotateForm(),
        "crumbs": [{"label": "API keys", "url": reverse("keys_list")}],
        "base_url": settings.BASE_URL,
    }
    return render(request, "accounts/key_detail.html", context)


@page(Permission.KEYS_ROTATE, "POST")
def key_rotate(request: PageRequest, key_id: uuid.UUID) -> HttpResponse:
    form = RotateForm(request.POST)
    hours = int(form.cleaned_data["overlap"]) if form.is_valid() else 24
    key, secret = keys.rotate(request.grant, key_id, timedelta(hours=hours))
    ends = timezone.now() + timedelta(hours=hours)
    return _shown_once(request, {"key": key, "secret": secret, "rotated": True, "former_until": ends})


@page(Permission.KEYS_REVOKE, "POST")
def key_revoke(request: PageRequest, key_id: uuid.UUID) -> HttpResponse:
    key: ApiKey = ApiKey.objects.get(id=key_id)
    if request.POST.get("confirm") == key.name:
        keys.revoke(request.grant, key_id)
        messages.success(request, f"“{key.name}” was revoked.")
    else:
        messages.error(request, "The name did not match: nothing was revoked.")
    return redirect("key_detail", key_id=key_id)


@never_cache
def _shown_once(request: PageRequest, context: dict[str, object]) -> HttpResponse:
    return render(request, "accounts/key_created.html", {**context, "base_url": settings.BASE_URL})


urlpatterns = [
    path("keys/", keys_list, name="keys_list"),
    path("keys/new", key_create, name="key_create"),
    path("keys/<uuid:key_id>", key_detail, name="key_detail"),
    path("keys/<uuid:key_id>/rotate", key_rotate, name="key_rotate"),
    path("keys/<uuid:key_id>/revoke", key_revoke, name="key_revoke"),
]
