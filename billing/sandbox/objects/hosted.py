"""The account, hosted pages, events and webhook endpoints."""

from billing.sandbox.objects.template import Object, Template
from billing.sandbox.version import API_VERSION, NAME

_NOTHING_DUE: Object = {
    "alternatives": [],
    "current_deadline": None,
    "currently_due": [],
    "disabled_reason": None,
    "errors": [],
    "eventually_due": [],
    "past_due": [],
    "pending_verification": [],
}
_PROFILE = (
    "annual_revenue estimated_worker_count mcc minority_owned_business_designation product_description support_address "
    "support_email support_phone support_url url"
)

ACCOUNT = Template(
    "account",
    "acct",
    "business_type",
    "company deleted groups individual",
    {
        "business_profile": dict.fromkeys(_PROFILE.split()) | {"name": NAME},
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "created": 0,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "sandbox@tidegate.example",
        "external_accounts": {"object": "list", "data": [], "has_more": False, "url": "/v1/account/external_accounts"},
        "future_requirements": _NOTHING_DUE,
        "metadata": {},
        "payouts_enabled": False,
        "requirements": _NOTHING_DUE,
        "settings": {
            "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
            "card_payments": dict.fromkeys(
                (
                    "decline_on",
                    "statement_descriptor_prefix",
                    "statement_descriptor_prefix_kana",
                    "statement_descriptor_prefix_kanji",
                )
            ),
            "dashboard": {"display_name": NAME, "timezone": "Etc/UTC"},
            "payments": dict.fromkeys(
                (
                    "statement_descriptor",
                    "statement_descriptor_kana",
                    "statement_descriptor_kanji",
                    "statement_descriptor_prefix_kana",
                    "statement_descriptor_prefix_kanji",
                )
            ),
        },
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "standard",
    },
)

CHECKOUT_SESSION = Template(
    "checkout.session",
    "cs_test",
    "adaptive_pricing after_expiration allow_promotion_codes amount_subtotal amount_total billing_address_collection "
    "branding_settings cancel_url client_reference_id client_secret collected_information consent "
    "consent_collection currency "
    "currency_conversion customer customer_account customer_creation customer_details customer_email "
    "excluded_payment_method_types integration_identifier invoice invoice_creation locale name_collection "
    "origin_context payment_intent payment_link payment_method_collection "
    "payment_method_configuration_details permissions "
    "recovered_from return_url saved_payment_method_options setup_intent shipping_address_collection shipping_cost "
    "submit_type subscription success_url total_details url wallet_options",
    "line_items managed_payments optional_items presentment_details redirect_on_completion",
    {
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "created": 0,
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "discounts": [],
        "expires_at": 0,
        "livemode": False,
        "metadata": {},
        "mode": "payment",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "tax_id_collection": {"enabled": False, "required": "never"},
        "ui_mode": "hosted_page",
    },
)

CHECKOUT_LINE = Template(
    "item",
    "li",
    "adjustable_quantity description price",
    "",
    {
        "amount_discount": 0,
        "amount_subtotal": 0,
        "amount_tax": 0,
        "amount_total": 0,
        "currency": "usd",
        "discounts": [],
        "metadata": {},
        "quantity": 1,
        "taxes": [],
    },
)

PORTAL_SESSION = Template(
    "billing_portal.session",
    "bps",
    "customer_account flow locale on_behalf_of return_url",
    "",
    {"configuration": "", "created": 0, "customer": "", "livemode": False, "url": ""},
)

PORTAL_CONFIGURATION = Template(
    "billing_portal.configuration",
    "bpc",
    "application default_return_url name",
    "",
    {
        "active": True,
        "business_profile": {"headline": NAME, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": 0,
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": False},
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True, "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": False, "feedback_options": None, "options": []},
                "enabled": True,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_update": {
                "billing_cycle_anchor": None,
                "default_allowed_updates": ["price"],
                "enabled": True,
                "products": None,
                "proration_behavior": "always_invoice",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "continue_trial",
            },
        },
        "is_default": True,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "updated": 0,
    },
)

EVENT = Template(
    "event",
    "evt",
    "",
    "account context",
    {
        "api_version": API_VERSION,
        "created": 0,
        "data": {},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": "",
    },
)

WEBHOOK_ENDPOINT = Template(
    "webhook_endpoint",
    "we",
    "api_version application description",
    "deleted secret",
    {"created": 0, "enabled_events": ["*"], "livemode": False, "metadata": {}, "status": "enabled", "url": ""},
)
