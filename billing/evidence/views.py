"""The desk's pages of evidence, and the public keys by which anybody checks a pack."""

import re
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from billing.disputes.models import DisputeCase
from billing.evidence import store, verify_pack
from billing.evidence.approval import approve, approved_copy, begin
from billing.evidence.fields import FILES, LABELS
from billing.evidence.forms import PackForm
from billing.evidence.models import EvidenceKey, EvidencePack
from billing.evidence.preparing import request_pack, void
from billing.evidence.shown import shown
from billing.evidence.signing import as_jwk
from billing.evidence.submitting import ask
from tenants.access import public
from tenants.desk import DeskRequest, desk
from tenants.guard import Grant
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.scope import org_scope

Work = EvidencePack.Work
ANSWER = "assertion"
PDF_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""A PDF of ours loads nothing, runs nothing and stands in no frame; the style is the browser's own viewer's."""


@desk(Permission.DISPUTES_PREPARE, "GET", "HEAD", "POST")
def evidence_request(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    with org_scope(org_id):
        grant = request.require(Permission.DISPUTES_PREPARE, "dispute", str(case_id))
        case: DisputeCase = DisputeCase.objects.get(id=case_id)
        sent = request.POST if request.method == "POST" else None
        form = PackForm(sent, disputed=case.charge_id)
        if request.method == "POST" and form.is_valid():
            try:
                pack = request_pack(grant, case_id, form.said())
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return redirect("evidence_pack", org_id, case_id, pack.id)
        context = {"form": form, "case": case, "crumbs": _crumbs(case), "back": _of_case(case)}
        return render(request, "evidence/request.html", context, status=422 if form.errors else 200)


@desk(Permission.DISPUTES_READ)
def evidence_pack(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID, pack_id: uuid.UUID) -> HttpResponse:
    with org_scope(org_id):
        pack = _opened(request, case_id, pack_id)
        context = {
            "one": shown(pack),
            "texts": _texts(pack),
            "may_prepare": allows(request.staff, Permission.DISPUTES_PREPARE),
            "is_preparer": pack.preparer_id == request.staff.id,
            "crumbs": _crumbs(pack.case),
        }
        return render(request, "evidence/pack.html", context)


@desk(Permission.DISPUTES_READ)
def evidence_progress(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID, pack_id: uuid.UUID) -> HttpResponse:
    """Draw how far a worker is; once nothing is left to do, have the whole page drawn again."""
    with org_scope(org_id):
        one = shown(_opened(request, case_id, pack_id))
    if not one.working:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "evidence/snippets/progress.html", {"one": one})


@desk(Permission.DISPUTES_READ)
def evidence_file(
    request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID, pack_id: uuid.UUID, field: str
) -> HttpResponse:
    """Show one file as the network would see it."""
    if field not in FILES:
        raise Http404
    with org_scope(org_id):
        content = _member(_opened(request, case_id, pack_id), f"files/{field}.pdf")
    headers = {
        "Content-Disposition": f'inline; filename="{field}.pdf"',
        "Content-Security-Policy": PDF_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@desk(Permission.DISPUTES_READ)
def evidence_archive(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID, pack_id: uuid.UUID) -> HttpResponse:
    """Hand out the pack, with its approval where it has one."""
    with org_scope(org_id):
        pack = _opened(request, case_id, pack_id)
        copy = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
        try:
            approved_copy(pack, copy)
        except store.Broken as error:
            copy.close()
            raise Http404 from error
    copy.seek(0)
    name = f"evidence-{re.sub(r'[^A-Za-z0-9_]', '', pack.case.stripe_id)}.zip"
    return FileResponse(copy, as_attachment=True, filename=name)  # type: ignore[return-value]  # it is streamed


@desk(Permission.DISPUTES_APPROVE, "GET", "HEAD", "POST")
def evidence_approve(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID, pack_id: uuid.UUID) -> HttpResponse:
    """Ask for the passkey that approves this very pack, and take its answer."""
    with org_scope(org_id):
        grant = request.require(Permission.DISPUTES_APPROVE, "dispute", str(case_id))
        pack = _found(case_id, pack_id)
        try:
            if request.method == "POST":
                approve(grant, pack_id, request.user, request.session, request.POST.get(ANSWER, ""))  # type: ignore[arg-type]
                messages.success(request, "Approved. It can be staged at Stripe now.")
                return redirect("evidence_pack", org_id, case_id, pack_id)
            options = begin(grant, pack, request.user, request.session)  # type: ignore[arg-type]  # they are signed in
        except (ValidationError, store.Broken) as error:
            messages.error(request, _said(error))
            return redirect("evidence_pack", org_id, case_id, pack_id)
        context = {
            "one": shown(pack),
            "answer": ANSWER,
            "js_data": {"request_options": options},
            "crumbs": _crumbs(pack.case),
        }
        return render(request, "evidence/approve.html", context)


@desk(Permission.DISPUTES_APPROVE, "POST")
def evidence_stage(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID, pack_id: uuid.UUID) -> HttpResponse:
    return _act(
        request, (org_id, case_id, pack_id), Permission.DISPUTES_APPROVE, lambda grant: ask(grant, pack_id, Work.STAGE)
    )


@desk(Permission.DISPUTES_APPROVE, "POST")
def evidence_submit(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID, pack_id: uuid.UUID) -> HttpResponse:
    """Have a staged pack submitted; the dispute's id is typed to say so, since there is no second time."""

    def submitted(grant: Grant) -> EvidencePack:
        if request.POST.get("confirm") != _found(case_id, pack_id).case.stripe_id:
            raise ValidationError("The id did not match: nothing was submitted.")
        return ask(grant, pack_id, Work.SUBMIT)

    return _act(request, (org_id, case_id, pack_id), Permission.DISPUTES_APPROVE, submitted)


@desk(Permission.DISPUTES_PREPARE, "POST")
def evidence_void(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID, pack_id: uuid.UUID) -> HttpResponse:
    why = request.POST.get("why", "Withdrawn at the desk.")
    return _act(
        request, (org_id, case_id, pack_id), Permission.DISPUTES_PREPARE, lambda grant: void(grant, pack_id, why)
    )


@desk(Permission.DISPUTES_READ)
def evidence_verifier(request: DeskRequest) -> HttpResponse:
    """Hand out the program that checks a pack without us."""
    headers = {"Content-Disposition": 'attachment; filename="verify_pack.py"'}
    return HttpResponse(Path(verify_pack.__file__).read_bytes(), content_type="text/x-python", headers=headers)


@public("public keys are for everybody")
def evidence_keys(request: HttpRequest) -> JsonResponse:
    keys = [as_jwk(row) for row in EvidenceKey.objects.all()]
    headers = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
    return JsonResponse({"keys": keys}, headers=headers)


def _opened(request: DeskRequest, case_id: uuid.UUID, pack_id: uuid.UUID) -> EvidencePack:
    """Return a pack of the open organisation for reading, which is recorded."""
    request.require(Permission.DISPUTES_READ, "dispute", str(case_id))
    return _found(case_id, pack_id)


def _found(case_id: uuid.UUID, pack_id: uuid.UUID) -> EvidencePack:
    pack: EvidencePack = EvidencePack.objects.select_related("case").get(id=pack_id, case_id=case_id)
    return pack


def _texts(pack: EvidencePack) -> list[tuple[str, str]]:
    """Return the texts under the labels of their fields, if the pack is whole."""
    named = {entry["field"]: entry["name"] for entry in pack.manifest.get("texts", ())}
    try:
        held = store.members(pack, named.values()) if named else {}
    except store.Broken:
        return []
    return [(LABELS[field], held[name].decode()) for field, name in named.items()]


def _member(pack: EvidencePack, name: str) -> bytes:
    try:
        return store.members(pack, [name])[name]
    except (store.Broken, KeyError) as error:
        raise Http404 from error


def _act(
    request: DeskRequest,
    where: tuple[uuid.UUID, uuid.UUID, uuid.UUID],
    permission: Permission,
    act: Callable[[Grant], EvidencePack],
) -> HttpResponse:
    org_id, case_id, pack_id = where
    with org_scope(org_id):
        grant = request.require(permission, "dispute", str(case_id))
        _found(case_id, pack_id)
        try:
            act(grant)
        except ValidationError as error:
            messages.error(request, _said(error))
    return redirect("evidence_pack", *where)


def _said(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def _of_case(case: DisputeCase) -> str:
    return reverse("desk_dispute", args=[case.org_id, case.id])


def _crumbs(case: DisputeCase) -> list[dict[str, str]]:
    board = {"label": "Disputes", "url": reverse("desk_disputes")}
    return [board, {"label": case.stripe_id, "url": _of_case(case)}]


_CASE = "desk/disputes/<uuid:org_id>/<uuid:case_id>/evidence"
_PACK = f"{_CASE}/<uuid:pack_id>"
urlpatterns = [
    path(f"{_CASE}/new", evidence_request, name="evidence_request"),
    path(_PACK, evidence_pack, name="evidence_pack"),
    path(f"{_PACK}/progress", evidence_progress, name="evidence_progress"),
    path(f"{_PACK}/files/<slug:field>.pdf", evidence_file, name="evidence_file"),
    path(f"{_PACK}/pack.zip", evidence_archive, name="evidence_archive"),
    path(f"{_PACK}/approve", evidence_approve, name="evidence_approve"),
    path(f"{_PACK}/stage", evidence_stage, name="evidence_stage"),
    path(f"{_PACK}/submit", evidence_submit, name="evidence_submit"),
    path(f"{_PACK}/void", evidence_void, name="evidence_void"),
    path("desk/evidence/verify_pack.py", evidence_verifier, name="evidence_verifier"),
    path(".well-known/evidence-keys.json", evidence_keys, name="evidence_keys"),
]
