"""Operators' page of the keys that sign tokens: where each stands, since when, and how to replace one."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil

from accounts.keystore import rotation
from accounts.keystore.models import SigningKey
from accounts.keystore.rotation import JWKS_MAX_AGE, PUBLISHED_BEFORE, Phase
from tenants.operations import OperatorAdmin, operator_of
from tenants.permissions import Permission
from tenants.policy import allows

ROTATE = (
    "Rotate",
    "A next key is made and published now, and signs in {before}. The present one stays published until its last token "
    "has expired. Nobody notices anything.",
)
REVOKE = (
    "Revoke now",
    "These keys are taken out of the JWKS, and another signs at once. Every token that they signed is refused within "
    "seconds; programs that keep the JWKS believe them for up to {age} more. People's applications refresh by "
    "themselves. This cannot be undone.",
)


@admin.register(SigningKey)
class SigningKeyAdmin(OperatorAdmin):
    list_display = (
        "kid",
        "state",
        "since",
        "until",
        "backend",
        "created_at",
        "signs_from",
        "revoked_at",
        "destroyed_at",
    )
    ordering = ("-signs_from", "-kid")
    actions = ("rotate", "revoke_now")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SigningKey]:
        """Keys belong to no tenant."""
        return SigningKey.objects.all()

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.is_authenticated and allows(operator_of(request), Permission.SIGNING_READ)

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and allows(operator_of(request), Permission.SIGNING_ROTATE)

    @admin.display(description="State")
    def state(self, key: SigningKey) -> str:
        return _phase(key).state.value

    @admin.display(description="Age")
    def since(self, key: SigningKey) -> str:
        return timesince(key.created_at, timezone.now())

    @admin.display(description="State ends in")
    def until(self, key: SigningKey) -> str:
        ends = _phase(key).until
        return timeuntil(ends, timezone.now()) if ends else "not planned"

    @admin.action(description="Rotate: make the next key", permissions=["rotate"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> HttpResponse | None:
        before = f"{int(PUBLISHED_BEFORE.total_seconds() // 60)} minutes"
        return self._confirmed(
            request, queryset.none(), "rotate", (ROTATE[0], ROTATE[1].format(before=before)), self._made
        )

    @admin.action(description="Revoke now: what these keys signed is refused", permissions=["rotate"])
    def revoke_now(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> HttpResponse | None:
        living = queryset.filter(revoked_at=None)
        age = f"{int(JWKS_MAX_AGE.total_seconds() // 60)} minutes"
        return self._confirmed(request, living, "revoke_now", (REVOKE[0], REVOKE[1].format(age=age)), self._revoked)

    def _confirmed(
        self,
        request: HttpRequest,
        keys: QuerySet[SigningKey],
        name: str,
        words: tuple[str, str],
        act: Callable[[HttpRequest, QuerySet[SigningKey]], None],
    ) -> HttpResponse | None:
        """Do it once the operator said so on a page of its own."""
        if request.POST.get("confirm") == "yes":
            act(request, keys)
            return None
        context = self.admin_site.each_context(request) | {
            "title": words[0],
            "text": words[1],
            "keys": keys,
            "action": name,
            "selected": request.POST.getlist("_selected_action"),
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "keystore/confirm.html", context)

    def _made(self, request: HttpRequest, _keys: QuerySet[SigningKey]) -> None:
        key = rotation.rotate()
        _write_down(request, key, "rotated")
        messages.success(request, f"Key {key.kid} signs from {key.signs_from:%Y-%m-%d %H:%M} UTC.")

    def _revoked(self, request: HttpRequest, keys: QuerySet[SigningKey]) -> None:
        for key in list(keys):
            signer = rotation.revoke(key.kid)
            _write_down(request, key, "revoked")
            messages.success(request, f"Key {key.kid} is revoked; {signer.kid} signs.")


def _phase(key: SigningKey) -> Phase:
    return next(phase for phase in rotation.phases() if phase.key.kid == key.kid)


def _write_down(request: HttpRequest, key: SigningKey, what: str) -> None:
    """Keep who did it where operators' acts that concern no tenant are kept."""
    operator = str(request.user.pk)
    LogEntry.objects.log_actions(operator, [key], CHANGE, change_message=what, single_object=True)
