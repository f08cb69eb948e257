"""The way to Stripe's own page of an invoice, where it is paid and its receipt is; nowhere else."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpResponseRedirect

HOSTED_AT = "invoice.stripe.com"
"""Where Stripe shows invoices to those who pay them."""


def at_stripe(url: str) -> HttpResponseRedirect:
    """Lead to an invoice's page at Stripe; raises `Http404` for an address that is none."""
    parts = urlsplit(url)
    simulated = bool(settings.STRIPE_SANDBOX_URL) and url.startswith(f"{settings.STRIPE_SANDBOX_URL}/invoice/")
    if not simulated and (parts.scheme, parts.netloc) != ("https", HOSTED_AT):
        raise Http404
    return HttpResponseRedirect(url)
