"""Refusals in Stripe's shape: type, code, message, and the parameter or the decline they are about."""

from typing import Any


class ApiError(Exception):
    """An error answer. `extra` are more fields of the error object."""

    def __init__(self, status: int, kind: str, message: str, **extra: Any) -> None:  # noqa: ANN401 (JSON)
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.extra = {name: value for name, value in extra.items() if value is not None}

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the JSON of the answer."""
        log = f"urn:sandbox:request:{request_id}"
        return {"error": {"type": self.kind, "message": str(self), "request_log_url": log} | self.extra}


def invalid(message: str, param: str | None = None, code: str | None = None, status: int = 400) -> ApiError:
    """The request makes no sense."""
    return ApiError(status, "invalid_request_error", message, param=param, code=code)


def missing(param: str) -> ApiError:
    """A parameter is needed."""
    return invalid(f"Missing required param: {param}.", param, "parameter_missing")


def unknown(param: str) -> ApiError:
    """A parameter is none, or one that is not simulated here."""
    text = f"Received unknown parameter, or one that this sandbox does not simulate: {param}"
    return invalid(text, param, "parameter_unknown")


def no_such(kind: str, key: str, param: str) -> ApiError:
    """There is no such object."""
    status = 404 if param == "id" else 400
    return invalid(f"No such {kind.replace('_', ' ')}: '{key[:100]}'", param, "resource_missing", status)


def wrong_state(what: str, message: str) -> ApiError:
    """The object is past the state in which this may be done; `what` is the error code."""
    return invalid(message, None, what)


def unauthorized(message: str) -> ApiError:
    """No key, or another one."""
    return ApiError(401, "invalid_request_error", message)


def forbidden(message: str) -> ApiError:
    """The key may not do this."""
    return ApiError(403, "invalid_request_error", message, code="more_permissions_required")


def other_parameters() -> ApiError:
    """An idempotency key came again with other parameters."""
    text = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        "Try using a key other than the one you sent."
    )
    return ApiError(400, "idempotency_error", text)


def declined(refusal: dict[str, Any], **about: Any) -> ApiError:  # noqa: ANN401 (JSON)
    """A card was declined; `refusal` is from `cards.refusal`, `about` the intent it happened to."""
    fields = {name: value for name, value in refusal.items() if name not in {"type", "message"}}
    return ApiError(402, "card_error", refusal["message"], **(fields | about))
