"""The payment processor: settings of our own rooms, of the SDK and of dj-stripe (docs/billing/webhooks.md).

`STRIPE_WEBHOOK_SECRETS` are those of one endpoint: the present one and, while it is rolled, the former.
"""

from django.core.exceptions import ImproperlyConfigured

from billing.sandbox import keys
from config.environment import env, folder, secret

STRIPE_API_VERSION = "2026-08-26.dahlia"
"""That of the pinned SDK. Events of another one are not processed."""
_demo = env.str("TIDEGATE_ENVIRONMENT") == "demo"
_sandbox = folder("TIDEGATE_VAR") / "stripe-sandbox"

STRIPE_SANDBOX_URL: str = env.str("STRIPE_API_HOST", default="").rstrip("/")
"""Where the simulated Stripe answers, or nothing where the true one does."""
if STRIPE_SANDBOX_URL:
    STRIPE_API_HOST = STRIPE_SANDBOX_URL  # dj-stripe takes it for set where it is there at all

if _demo:
    STRIPE_SECRET_KEY = keys.kept(_sandbox)
    STRIPE_WEBHOOK_SECRETS = [keys.kept_webhook_secret(_sandbox)]
    STRIPE_ACCOUNT_ID = "acct_sandbox"
else:
    STRIPE_SECRET_KEY = secret("STRIPE_SECRET_KEY")
    STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS")
    STRIPE_ACCOUNT_ID = env.str("STRIPE_ACCOUNT_ID")
STRIPE_LIVE_MODE: bool = env.bool("STRIPE_LIVE_MODE", default=False)

if not STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_", "sk_live_", "rk_live_")):
    raise ImproperlyConfigured("STRIPE_SECRET_KEY must be a secret or restricted key of Stripe.")
if ("_live_" in STRIPE_SECRET_KEY[:8]) != STRIPE_LIVE_MODE:
    raise ImproperlyConfigured("STRIPE_LIVE_MODE and the mode of STRIPE_SECRET_KEY disagree.")
if not 1 <= len(STRIPE_WEBHOOK_SECRETS) <= 2 or not all(each.startswith("whsec_") for each in STRIPE_WEBHOOK_SECRETS):
    raise ImproperlyConfigured("STRIPE_WEBHOOK_SECRETS must be one or two secrets that start with whsec_.")
if not STRIPE_ACCOUNT_ID.startswith("acct_"):
    raise ImproperlyConfigured("STRIPE_ACCOUNT_ID must start with acct_.")

DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
DJSTRIPE_SUBSCRIBER_CUSTOMER_KEY = ""
"""Nothing that stands in a customer's metadata binds it to anybody: `BillingAccount` does (billing.processor)."""
SILENCED_SYSTEM_CHECKS = ["djstripe.W002"]
"""It warns of an API host wherever DEBUG is off; `tidegate.E010` refuses one where money is at stake."""
MIGRATION_MODULES = {"djstripe": "billing.vault.mirror.migrations"}
"""dj-stripe's own build tables of 2020 and rebuild them one column at a time: 70 seconds of each fresh database."""
