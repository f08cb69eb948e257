"""The caller's address, as far as it can be believed."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address of the client.

    Each trusted proxy appends the address it was called from to X-Forwarded-For, so with n of them the n-th entry from
    the right is what the outermost one saw; anything further left is the client's own claim.
    """
    direct: str = request.META.get("REMOTE_ADDR", "")
    hops: list[str] = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    proxies: int = settings.TRUSTED_PROXY_COUNT
    if proxies == 0 or len(hops) < proxies:
        return direct
    return hops[-proxies]
