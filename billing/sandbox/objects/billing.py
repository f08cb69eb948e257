"""Products, prices, subscriptions and invoices."""

from billing.sandbox.objects.template import Template

_UNTAXED = {"disabled_reason": None, "enabled": False, "liability": None}
_CLASSIC = {"flexible": None, "type": "classic", "updated_at": None}

PRODUCT = Template(
    "product",
    "prod",
    "default_price description package_dimensions shippable statement_descriptor tax_code unit_label url",
    "deleted",
    {
        "active": True,
        "created": 0,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": "",
        "type": "service",
        "updated": 0,
    },
)

PRICE = Template(
    "price",
    "price",
    "custom_unit_amount lookup_key nickname recurring tiers_mode transform_quantity unit_amount unit_amount_decimal",
    "currency_options deleted tiers",
    {
        "active": True,
        "billing_scheme": "per_unit",
        "created": 0,
        "currency": "usd",
        "livemode": False,
        "metadata": {},
        "product": "",
        "tax_behavior": "unspecified",
        "type": "one_time",
    },
)

PLAN = Template(
    "plan",
    "plan",
    "amount amount_decimal meter nickname product tiers_mode transform_usage trial_period_days",
    "deleted tiers",
    {
        "active": True,
        "billing_scheme": "per_unit",
        "created": 0,
        "currency": "usd",
        "interval": "month",
        "interval_count": 1,
        "livemode": False,
        "metadata": {},
        "usage_type": "licensed",
    },
)

SUBSCRIPTION = Template(
    "subscription",
    "sub",
    "application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at canceled_at "
    "customer_account days_until_due default_payment_method default_source description ended_at latest_invoice "
    "next_pending_invoice_item_invoice on_behalf_of pause_collection pending_invoice_item_interval "
    "pending_setup_intent "
    "pending_update schedule test_clock transfer_data trial_end trial_start",
    "managed_payments presentment_details",
    {
        "automatic_tax": _UNTAXED,
        "billing_cycle_anchor": 0,
        "billing_mode": _CLASSIC,
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": {"comment": None, "feedback": None, "feedback_option": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": 0,
        "currency": "usd",
        "customer": "",
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        "items": {},
        "livemode": False,
        "metadata": {},
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "start_date": 0,
        "status": "incomplete",
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    },
)

SUBSCRIPTION_ITEM = Template(
    "subscription_item",
    "si",
    "billing_thresholds",
    "billed_until deleted",
    {
        "created": 0,
        "current_period_end": 0,
        "current_period_start": 0,
        "discounts": [],
        "metadata": {},
        "plan": {},
        "price": {},
        "quantity": 1,
        "subscription": "",
        "tax_rates": [],
    },
)

SUBSCRIPTION_SCHEDULE = Template(
    "subscription_schedule",
    "sub_sched",
    "application canceled_at completed_at current_phase customer_account released_at "
    "released_subscription subscription "
    "test_clock",
    "",
    {
        "billing_mode": _CLASSIC,
        "created": 0,
        "customer": "",
        "default_settings": {
            "application_fee_percent": None,
            "automatic_tax": _UNTAXED,
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": None,
            "collection_method": "charge_automatically",
            "default_payment_method": None,
            "description": None,
            "invoice_settings": {
                "account_tax_ids": None,
                "custom_fields": None,
                "days_until_due": None,
                "description": None,
                "footer": None,
                "issuer": {"type": "self"},
            },
            "on_behalf_of": None,
            "transfer_data": None,
        },
        "end_behavior": "release",
        "livemode": False,
        "metadata": {},
        "phases": [],
        "status": "active",
    },
)

INVOICE = Template(
    "invoice",
    "in",
    "account_name account_tax_ids application automatically_finalizes_at custom_fields customer customer_account "
    "customer_address customer_email customer_name customer_phone customer_shipping "
    "default_payment_method default_source "
    "description due_date effective_at ending_balance footer from_invoice hosted_invoice_url invoice_pdf "
    "last_finalization_error latest_revision next_payment_attempt number on_behalf_of parent receipt_number rendering "
    "shipping_cost shipping_details statement_descriptor test_clock webhooks_delivered_at",
    "amount_paid_off_stripe confirmation_secret deleted payments threshold_reason",
    {
        "account_country": "US",
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": _UNTAXED | {"provider": None, "status": None},
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "created": 0,
        "currency": "usd",
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "lines": {},
        "livemode": False,
        "metadata": {},
        "payment_settings": dict.fromkeys(("default_mandate", "payment_method_options", "payment_method_types")),
        "period_end": 0,
        "period_start": 0,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "draft",
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    },
)

INVOICE_LINE = Template(
    "line_item",
    "il",
    "description invoice parent pricing quantity_decimal subscription",
    "",
    {
        "amount": 0,
        "currency": "usd",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "livemode": False,
        "metadata": {},
        "period": {"end": 0, "start": 0},
        "pretax_credit_amounts": [],
        "quantity": 1,
        "subtotal": 0,
        "taxes": [],
    },
)

INVOICE_ITEM = Template(
    "invoiceitem",
    "ii",
    "customer_account description invoice parent pricing test_clock",
    "deleted frozen_fields proration_details",
    {
        "amount": 0,
        "currency": "usd",
        "customer": "",
        "date": 0,
        "discountable": True,
        "discounts": [],
        "livemode": False,
        "metadata": {},
        "net_amount": 0,
        "period": {"end": 0, "start": 0},
        "proration": False,
        "quantity": 1,
        "quantity_decimal": "1",
        "tax_rates": [],
    },
)

INVOICE_PAYMENT = Template(
    "invoice_payment",
    "inpay",
    "amount_paid",
    "",
    {
        "amount_requested": 0,
        "created": 0,
        "currency": "usd",
        "invoice": "",
        "is_default": True,
        "livemode": False,
        "payment": {},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    },
)
