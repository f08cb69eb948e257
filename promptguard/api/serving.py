"""The trimmed path of ``/v1``: one request, from its headers to its answer, without the pages' middleware."""

import logging
import traceback

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from accounts.authentication import Credential, Unauthenticated
from accounts.oauth import dpop
from accounts.oauth.bearer import is_dpop
from accounts.presented import Held, held
from audit.reasons import Reason
from audit.record import NotAdmitted
from audit.recorder import RecordFailed, record_durably
from billing.failed_keys import count_failure
from billing.rate_limits import Taken, take
from promptguard.api import bodies, problems
from promptguard.api.effects import carry_out, decision_row
from promptguard.api.limits import limit_headers, limits_of, rate_limited
from promptguard.api.operations import Caller, Operation, match
from promptguard.api.problems import Problem
from promptguard.metrics import observed
from promptguard.segments import TooMuch
from tenants.policy import Allowed, Denied, decide
from tenants.principal import Resource
from tenants.proxies import client_address
from tenants.scope import org_scope

log = logging.getLogger(__name__)
REALM, INVALID_TOKEN = 'realm="Tidegate"', ', error="invalid_token"'
INVALID_PROOF, PROOF_ALGORITHMS = ', error="invalid_dpop_proof"', f', algs="{dpop.ALGORITHM}"'
PROOF_REASONS = frozenset({Reason.TOKEN_PROOF, Reason.TOKEN_PROOF_REPLAYED})
TOLD = PROOF_REASONS | {Reason.KEY_MISSING, Reason.KEY_MALFORMED, Reason.TOKEN_MALFORMED, Reason.TOKEN_SCHEME}
"""Why a caller is not let in, where that tells them nothing but what they sent."""
TOKEN_REASONS = frozenset(reason for reason in Reason if reason.startswith("AUTHN-TOK-"))
_CLOSED = {
    Reason.TENANT_SUSPENDED: problems.ENTITLEMENT_OFF,
    Reason.ENTITLEMENTS_FROZEN: problems.ENTITLEMENTS_FROZEN,
    Reason.PLAN_LAPSED: problems.PLAN_LAPSED,
}
_AUTHENTICATION = "authentication-1"
"""The version of the rules that are code, as decisions name them."""


@observed
def serve(request: HttpRequest) -> HttpResponse:
    """Answer one request of ``/v1``; whatever goes wrong is a problem document, and nothing passes undecided."""
    try:
        return _served(request)
    except Exception as error:
        return _refusal(error)


def _refusal(error: Exception) -> HttpResponse:
    """Return what the caller is told of `error`; of what is nobody's plan, nothing of the inside.

    The log names such an error and where it was raised, and leaves out its message: it may quote the caller's text.
    """
    match error:
        case Problem():
            return problems.as_response(error)
        case TooMuch():
            return problems.as_response(_too_much(error))
        case RecordFailed():
            log.exception("a decision was not recorded")
            kind, reason = problems.UNAVAILABLE, Reason.RECORD_FAILED
        case _:
            log.error("unhandled %s", type(error).__name__, extra={"frames": traceback.format_tb(error.__traceback__)})
            away = isinstance(error, (OperationalError, InterfaceError))
            kind, reason = problems.UNAVAILABLE if away else problems.INTERNAL, Reason.INTERNAL
    return problems.as_response(Problem(kind, reason.sentence, (reason,)))


def _served(request: HttpRequest) -> HttpResponse:
    operation, path = _route(request)
    bodies.announced(request)  # 1 accept
    request_id = request.META["tidegate.request_id"]
    holder, credential, taken = _authenticated(request, operation, request_id)  # 2 authenticate, and count
    with org_scope(credential.org_id):  # 3 the tenant's scope
        try:
            allowed = _decided(credential, operation, request_id)  # 4 decide
            if taken.refused is not None:  # 5 rate limit
                raise rate_limited(credential, operation, taken, request_id)
            holder.note_use(credential, taken.now)
            caller = Caller(request, request_id, credential, allowed, taken, path)
            response = carry_out(caller, operation).response()  # 6 … 11 the operation itself
        except NotAdmitted:
            response = _refusal(_stopped(holder, operation, request_id))
        except Exception as error:
            response = _refusal(error)
    for name, value in limit_headers(taken).items():
        response.headers[name] = value
    return response


def _too_much(error: TooMuch) -> Problem:
    pointers = [{"pointer": error.pointer, "detail": str(error)}]
    return Problem(problems.TOO_LARGE, str(error), (Reason.TOO_LARGE,), pointers)


def _route(request: HttpRequest) -> tuple[Operation, dict[str, str]]:
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        # A redirect would let a client go on sending its key in clear, unnoticed.
        raise Problem(problems.BAD_REQUEST, "Use https. This key was sent in clear: make a new one.")
    operations, path = match(request.path_info)
    if not operations:
        raise Problem(problems.NOT_FOUND, "There is no such URL in this API.")
    method = request.method or ""
    if method not in operations:
        allow = {"Allow": ", ".join(sorted(operations))}
        raise Problem(problems.METHOD, f"Use {allow['Allow']} here.", headers=allow)
    return operations[method], path


def _authenticated(request: HttpRequest, operation: Operation, request_id: str) -> tuple[Held, Credential, Taken]:
    """Return what was presented, whose it is and what the limits say; a stale copy is read again first."""
    credential = None
    try:
        holder = held(request.META.get("HTTP_AUTHORIZATION", ""))
        credential = holder.remembered()
        taken = take(*limits_of(credential), stamps=credential.stamp_subjects())
        if taken.stamps != credential.stamps:
            credential = holder.read_again()
        credential.check(taken.now, client_address(request))
        holder.prove(request)
    except Unauthenticated as error:
        challenge = {"WWW-Authenticate": _challenge(request, error.reason)}
        problem = _unauthenticated(error.reason, credential, operation, request_id, challenge)
        raise _slowed(request, error.reason, problem) from None
    return holder, credential, taken


def _challenge(request: HttpRequest, reason: Reason) -> str:
    """Return how to come back: RFC 6750, 3; of a bound token RFC 9449, 7.1."""
    error = INVALID_PROOF if reason in PROOF_REASONS else INVALID_TOKEN if reason in TOKEN_REASONS else ""
    if is_dpop(request) or reason is Reason.TOKEN_SCHEME:
        return f"DPoP {REALM}{error}{PROOF_ALGORITHMS}"
    return f"Bearer {REALM}{error}"


def _unauthenticated(
    reason: Reason, credential: Credential | None, operation: Operation, request_id: str, headers: dict[str, str]
) -> Problem:
    """Return one answer for every reason; the reason itself is only in the record of the key's own tenant."""
    log.info("unauthenticated", extra={"reason": reason.value})
    of_token = reason in TOKEN_REASONS
    decision_id = ""
    if credential is not None:
        row = decision_row(credential, operation, "deny", (reason,), _AUTHENTICATION, request_id)
        decision_id, headers["x-policy-version"] = record_durably(row), _AUTHENTICATION
    unknown = Reason.TOKEN_INVALID if of_token else Reason.KEY_UNKNOWN
    public = reason if reason in TOLD else unknown
    what = "access token" if of_token else "API key"
    detail = public.sentence if public is not unknown else f"The {what} is not valid here and now."
    return Problem(problems.UNAUTHENTICATED, detail, (public,), decision_id=decision_id, headers=headers)


def _slowed(request: HttpRequest, reason: Reason, problem: Problem) -> Problem:
    """Return `problem`, or that its address tried too many keys; only failures are counted, so good keys go on."""
    wait = count_failure(client_address(request)) if reason is not Reason.KEY_MISSING else 0
    if wait == 0:
        return problem
    refused = Reason.RATE_ADDRESS
    headers = {"Retry-After": str(wait)}
    return Problem(
        problems.TOO_MANY_KEYS, refused.sentence, (refused,), decision_id=problem.decision_id, headers=headers
    )


def _decided(credential: Credential, operation: Operation, request_id: str) -> Allowed:
    resource = Resource(operation.permission.partition(":")[0], credential.org_id, org_status=credential.org_status)
    misplaced = operation.misplaces(credential.principal)
    decision = (
        Denied((misplaced,), (), _AUTHENTICATION)
        if misplaced
        else decide(credential.principal, operation.permission, resource)
    )
    if isinstance(decision, Allowed):
        return decision
    raise _refused(credential, operation, decision, request_id)


def _refused(credential: Credential, operation: Operation, decision: Denied, request_id: str) -> Problem:
    row = decision_row(credential, operation, "deny", decision.reasons, decision.policy_version, request_id)
    kind = next((_CLOSED[reason] for reason in decision.reasons if reason in _CLOSED), problems.FORBIDDEN)
    detail = f"{decision.reasons[0].sentence} ({operation.permission.value})"
    headers = {"x-policy-version": decision.policy_version}
    return Problem(kind, detail, decision.reasons, decision_id=record_durably(row), headers=headers)


def _stopped(holder: Held, operation: Operation, request_id: str) -> Exception:
    """Return why a call that was allowed was not admitted: its organisation was stopped while it was on its way."""
    try:
        _decided(holder.read_again(), operation, request_id)
    except (Problem, Unauthenticated, RecordFailed) as refusal:
        return refusal
    return RecordFailed("The organisation was stopped and is not any more: send it again.")
