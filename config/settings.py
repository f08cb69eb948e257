"""Settings. Everything that differs between installations comes from the environment and fails loudly when missing.

``docs/deployment.md`` lists the variables. ``TIDEGATE_ENVIRONMENT`` is demo, test or production.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from config.authorization import *  # noqa: F403 (its names are settings)
from config.environment import env, folder, folder_in, secret
from config.logging import logging_config
from config.payments import *  # noqa: F403 (its names are settings)
from config.security import *  # noqa: F403 (its names are settings)

BASE_DIR = Path(__file__).resolve().parent.parent
TIDEGATE_ENVIRONMENT: str = env.str("TIDEGATE_ENVIRONMENT")
if TIDEGATE_ENVIRONMENT not in {"demo", "test", "production"}:
    raise ImproperlyConfigured("TIDEGATE_ENVIRONMENT must be demo, test or production.")
TIDEGATE_VAR = folder("TIDEGATE_VAR")
BASE_URL: str = env.str("BASE_URL")
_base = urlsplit(BASE_URL)
if TIDEGATE_ENVIRONMENT == "production" and _base.scheme != "https":
    raise ImproperlyConfigured("BASE_URL must start with https:// in production.")

DEBUG = False
SECRET_KEY = secret("SECRET_KEY", least=50)
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[_base.hostname])
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "promptguard",
    "billing",
    "billing.sandbox",
    "billing.disputes",
    "billing.ledger",
    "billing.evidence",
    "billing.subscriptions",
    "billing.catalogue",
    "billing.payments",
    "billing.recovery",
    "billing.entitlements",
    "billing.webhooks",
    "billing.processor",
    "billing.vault",
    "djstripe",
    "billing.cards",
    "billing.invoicing",
    "billing.refunds",
    "billing.reports",
    "accounts",
    "accounts.keystore",
    "accounts.assurance",
    "accounts.oauth",
    "oauth2_provider",
    "accounts.sso",
    "accounts.risk",
    "accounts.workloads",
    "tenants.webhooks",
    "tenants",
    "audit",
    "config.apps.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_otp",
    "django_otp.plugins.otp_static",
    "guardian",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "config.middleware.RequestMiddleware",
    "promptguard.api.middleware.ApiMiddleware",
    "billing.webhooks.middleware.IngressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "accounts.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.factors.FactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.partials.PartialErrors",
    "tenants.middleware.TenantMiddleware",
    "accounts.assurance.middleware.AssuranceMiddleware",
    "accounts.sso.middleware.SsoMiddleware",
    "accounts.risk.middleware.RiskMiddleware",
    "billing.cards.middleware.CardMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.navigation",
                "accounts.assurance.context.assurance",
                "billing.recovery.context.payments",
                "billing.ledger.near_cap.near_cap",
            ],
        },
    },
]


def _database(name: str, pooled: bool = False) -> dict[str, Any]:
    """Return the database that the URL in `name` says, through the backend that asserts the open scope."""
    database: dict[str, Any] = env.db(name, engine="tenants.postgresql")
    options = database.setdefault("OPTIONS", {})
    if pooled:
        options["pool"] = {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=16), "timeout": 5}
    else:
        database["CONN_MAX_AGE"] = 0
    return database


DATABASES = {
    "default": _database("DATABASE_URL", pooled=True),
    "owner": _database("DATABASE_OWNER_URL"),
    "operator": _database("DATABASE_OPERATOR_URL"),
}
RECORDER_URL: str = env.str("DATABASE_RECORDER_URL")
DATABASE_ROUTERS = ["config.routers.OwnerMigrates"]
DATABASES["default"]["ATOMIC_REQUESTS"] = True

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

EVIDENCE_FOLDER = folder_in(Path(env.str("EVIDENCE_FOLDER", default=str(TIDEGATE_VAR / "evidence"))), "")
EVIDENCE_SCREEN = "promptguard.evidence.DetectorScreen"

STATIC_URL = "/static/"
STATIC_ROOT = folder_in(TIDEGATE_VAR, "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if TIDEGATE_ENVIRONMENT == "test":
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    WHITENOISE_USE_FINDERS = True

EMAIL_CONFIG = env.email("EMAIL_URL", default=f"filemail:///{TIDEGATE_VAR}/mail")
vars().update(EMAIL_CONFIG)
EMAIL_FILE_PATH = str(TIDEGATE_VAR / "mail")
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default=f"Tidegate <no-reply@{_base.hostname}>")
SUPPORT_EMAIL: str = env.str("SUPPORT_EMAIL", default=f"support@{_base.hostname}")
if TIDEGATE_ENVIRONMENT == "production" and "EMAIL_URL" not in env.ENVIRON:
    raise ImproperlyConfigured("EMAIL_URL is needed in production.")

KEYSTORE: str = env.str("KEYSTORE", default="file")
if KEYSTORE not in {"file", "pkcs11", "kms"}:
    raise ImproperlyConfigured("KEYSTORE must be file, pkcs11 or kms.")
if KEYSTORE == "file":
    KEYSTORE_FOLDER = folder_in(Path(env.str("KEYSTORE_FOLDER", default=str(TIDEGATE_VAR))), "keys")
    KEYSTORE_PASSWORD = secret("KEYSTORE_PASSWORD")
elif KEYSTORE == "pkcs11":
    PKCS11_MODULE: str = env.str("PKCS11_MODULE")
    PKCS11_TOKEN: str = env.str("PKCS11_TOKEN")
    PKCS11_PIN = secret("PKCS11_PIN", least=4)
else:
    KMS_REGION: str = env.str("KMS_REGION")
    KMS_ENDPOINT: str = env.str("KMS_ENDPOINT", default="")

PLACES_DATABASE: str = env.str("PLACES_DATABASE", default="")

# What tenants name (an identity provider, an issuer of workloads) may be on this machine only where nobody is at stake.
OUTGOING_LOOPBACK: bool = TIDEGATE_ENVIRONMENT != "production"
DNS_SERVERS: list[str] = env.list("DNS_SERVERS", default=[])

METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")
# The client library reads this when it is imported: workers add their counters up in files.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(folder_in(TIDEGATE_VAR, "metrics")))

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "accounts_cache"}}

CELERY_BROKER_URL: str = env.str("CELERY_BROKER_URL")
if CELERY_BROKER_URL.startswith("filesystem://"):
    _queue = str(folder_in(TIDEGATE_VAR, "queue"))
    CELERY_BROKER_TRANSPORT = "config.local.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": _queue,
        "data_folder_out": _queue,
        "control_folder": str(TIDEGATE_VAR / "queue-control"),
        "polling_interval": 0.02,  # kombu's default makes two tasks a second
    }
elif CELERY_BROKER_URL.startswith("redis"):
    # Who wakes a worker must not wait for a Redis that hangs for ever, kombu's default.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 3}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "tidegate"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "partitions": {"task": "audit.tasks.prepare_partitions", "schedule": crontab(hour="*/6", minute="7")},
    "retention": {"task": "tenants.tasks.expire_rows", "schedule": crontab(hour="2", minute="11")},
    "empty-months": {"task": "audit.tasks.drop_empty_months", "schedule": crontab(hour="4", minute="11")},
    "idempotency": {"task": "audit.tasks.sweep_idempotency", "schedule": crontab(minute="*/10")},
    "outbox": {"task": "audit.tasks.drain_outbox", "schedule": 1.0, "options": {"expires": 5}},
    "factors": {"task": "accounts.assurance.tasks.remind", "schedule": crontab(minute="*/10")},
    "keys": {"task": "accounts.tasks.remind_of_keys", "schedule": crontab(minute="*/10")},
    "service-keys": {"task": "accounts.workloads.tasks.remind_of_keys", "schedule": crontab(minute="*/10")},
    "oauth": {"task": "accounts.oauth.tasks.sweep", "schedule": crontab(minute="*/10")},
    "keystore": {"task": "accounts.keystore.tasks.keep_up", "schedule": 60.0, "options": {"expires": 50}},
    "certificates": {"task": "accounts.sso.tasks.remind_of_certificates", "schedule": crontab(minute="41")},
    "ledger": {"task": "billing.ledger.tasks.sweep_expired", "schedule": 15.0, "options": {"expires": 14}},
    "webhooks": {"task": "tenants.webhooks.tasks.deliver_due", "schedule": 1.0, "options": {"expires": 5}},
    "old-webhooks": {"task": "tenants.webhooks.tasks.forget_old", "schedule": crontab(minute="53")},
    "evidence": {"task": "billing.evidence.tasks.sweep", "schedule": 15.0, "options": {"expires": 14}},
    "invoices": {"task": "billing.invoicing.tasks.check_books", "schedule": crontab(hour="4", minute="11")},
    "inbox": {"task": "billing.webhooks.tasks.drain_inbox", "schedule": 2.0, "options": {"expires": 5}},
    "reconcile": {"task": "billing.webhooks.tasks.reconcile", "schedule": crontab(hour="2", minute="11")},
    "compare": {"task": "billing.webhooks.tasks.compare", "schedule": crontab(hour="2", minute="41")},
    "inbox-watch": {"task": "billing.webhooks.tasks.watch_inbox", "schedule": 30.0, "options": {"expires": 25}},
    "disputes": {"task": "billing.disputes.tasks.sweep_deadlines", "schedule": 60.0, "options": {"expires": 50}},
    "trials": {"task": "billing.subscriptions.tasks.sweep_trials", "schedule": 60.0, "options": {"expires": 50}},
    "trial-traces": {"task": "billing.subscriptions.tasks.sweep_traces", "schedule": crontab(hour="4", minute="11")},
    "recovery": {"task": "billing.recovery.tasks.sweep", "schedule": 60.0, "options": {"expires": 50}},
    "burning": {"task": "billing.ledger.tasks.watch_burning", "schedule": crontab(minute="*/10")},
    "domains": {"task": "accounts.sso.tasks.recheck_domains", "schedule": crontab(minute="17")},
    "sessions": {"task": "accounts.tasks.clear_expired", "schedule": crontab(hour="3", minute="23")},
}

# Seconds for which a worker gathers the charges of guard calls before it writes them; 0: each before it is answered.
CHARGES_GATHERED: float = env.float("CHARGES_GATHERED", default=0.1)
# Texts that the guard judges and nobody stores: the only fields of forms that may hold a card number, by page.
CARDS_ALLOWED = {"playground": frozenset({"text"})}
# What is posted there is no form, and Stripe signs it.
CARDS_NOT_SOUGHT = frozenset({"stripe_webhook"})

# Where rate limits are counted; without it, and while it is away, in PostgreSQL.
RATE_LIMIT_REDIS_URL: str = env.str("RATE_LIMIT_REDIS_URL", default="")

LOGGING_CONFIG = None
logging_config()
