"""The desk: pages of the company's own finance staff, who see what every tenant paid and belong to none.

`desk(permission)` lets in who has the duty and used a passkey. Lists read all tenants' rows through `across()`, by the
operators' database role, which changes nothing. Whoever acts on one tenant opens its scope and asks again, with
`request.require()`: that decision stands in the tenant's own record. Trying an event of Stripe's again is an audit
event there instead: the event may be nobody's.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse

from tenants.access import ACCESS
from tenants.guard import Grant, Refused, require
from tenants.operations import ALIAS, operator
from tenants.permissions import Permission
from tenants.policy import CONFIRMABLE, Denied, decide
from tenants.principal import Duty, Level, Principal, Resource
from tenants.scope import Scope, current_org_id, open_scope, org_scope

P = ParamSpec("P")
Row = TypeVar("Row", bound=Model)


class DeskRequest(HttpRequest):
    """A request that `desk()` let in: somebody of the staff, and how they ask to act on a tenant."""

    staff: Principal
    htmx: Any
    confirm: Callable[[Refused], HttpResponse]
    require: Callable[[Permission, str, str], Grant]


DeskView = Callable[Concatenate[DeskRequest, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def desk(permission: Permission, *methods: str) -> Callable[[DeskView[P]], View[P]]:
    """Let in staff whose duty grants `permission`; to everybody else the page does not exist."""
    answered = methods or ("GET", "HEAD")

    def decorate(view: DeskView[P]) -> View[P]:
        @wraps(cast(View[P], view))
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in answered:
                return HttpResponseNotAllowed(answered)
            asked = _before(request)
            if asked is not None:
                return asked
            of_staff = cast(DeskRequest, request)
            with open_scope(Scope(user_id=of_staff.staff.user_id)):  # not the tenant they may belong to as well
                return _guarded(of_staff, permission, lambda: view(of_staff, *args, **kwargs))

        setattr(guarded, ACCESS, permission)
        return cast(View[P], guarded)

    return decorate


def across(model: type[Row]) -> QuerySet[Row]:
    """Return every tenant's rows, to be read only; for the lists of the desk, which `desk()` guards."""
    return QuerySet(model, using=ALIAS)


def opened(request: DeskRequest, row: Row) -> Row:
    """Return a row of a tenant's that one of the staff opens, and say so in the tenant's own record."""
    with org_scope(row.org_id):  # type: ignore[attr-defined]  # a row of a tenant has it
        request.require(Permission.PAYMENTS_READ, str(row._meta.model_name), str(row.pk))
    return row


def _before(request: HttpRequest) -> HttpResponse | None:
    """Make the request one of the staff's, or return where they go to become that; raises `Http404` for others."""
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
    of_staff = cast(DeskRequest, request)
    of_staff.staff = staff_of(request)
    if Duty.FINANCE not in of_staff.staff.duties:
        raise Http404
    if of_staff.staff.level is not Level.AAL3:
        back = request.get_full_path() if request.method == "GET" else reverse("desk")
        return redirect(f"{reverse('passkey_confirm')}?{urlencode({'next': back})}")
    of_staff.require = lambda permission, kind, id: _require(of_staff, permission, Resource(kind, current_org_id(), id))
    return None


def staff_of(request: HttpRequest) -> Principal:
    """Return the signed-in person as one of the staff, with the duties that they have."""
    level: Level = request.proof.level  # type: ignore[attr-defined]  # accounts.factors sets it
    duties: frozenset[Duty] = request.duties()  # type: ignore[attr-defined]  # accounts.assurance sets it
    return operator(request, level, duties)


def _require(request: DeskRequest, permission: Permission, resource: Resource) -> Grant:
    return require(request.staff, permission, resource, request.META["tidegate.request_id"])


def _guarded(request: DeskRequest, permission: Permission, answer: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        decision = decide(request.staff, permission, Resource(permission.partition(":")[0], None))
        if isinstance(decision, Denied):
            raise Refused(decision.reasons, permission)
        return answer()
    except Refused as refusal:
        if CONFIRMABLE.issuperset(refusal.reasons):
            return request.confirm(refusal)
        return render(request, "403.html", {"refusal": refusal}, status=403)
    except ObjectDoesNotExist as error:  # what is not there and what is another tenant's are the same
        raise Http404 from error
