"""Customers, payment methods, intents, charges and what follows a charge."""

from billing.sandbox.objects.template import Template, listed

_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
BILLING_DETAILS = {"address": _ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None}

CUSTOMER = Template(
    "customer",
    "cus",
    "address business_name currency customer_account default_source description discount email "
    "individual_name name phone "
    "shipping test_clock",
    "cash_balance deleted invoice_credit_balance sources subscriptions tax tax_ids",
    {
        "balance": 0,
        "created": 0,
        "delinquent": False,
        "invoice_prefix": "SANDBOX",
        "invoice_settings": dict.fromkeys(
            ("custom_fields", "default_payment_method", "footer", "rendering_options"),
        ),
        "livemode": False,
        "metadata": {},
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
    },
)

PAYMENT_METHOD = Template(
    "payment_method",
    "pm",
    "customer customer_account radar_options",
    "acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact "
    "billie bizum blik boleto "
    "card_present cashapp crypto custom customer_balance eps fpx giropay grabpay ideal interac_present "
    "kakao_pay klarna "
    "konbini kr_card link mb_way mobilepay multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank "
    "payco paynow paypal "
    "payto pix promptpay revolut_pay samsung_pay satispay scalapay sepa_debit sofort sunbit swish twint upi "
    "us_bank_account wechat_pay zip",
    {
        "allow_redisplay": "unspecified",
        "billing_details": BILLING_DETAILS,
        "card": {},
        "created": 0,
        "livemode": False,
        "metadata": {},
        "type": "card",
    },
)

SETUP_INTENT = Template(
    "setup_intent",
    "seti",
    "application cancellation_reason client_secret customer customer_account description excluded_payment_method_types "
    "flow_directions last_setup_error latest_attempt mandate next_action on_behalf_of payment_method "
    "payment_method_configuration_details single_use_mandate",
    "allowed_payment_method_types attach_to_self managed_payments",
    {
        "automatic_payment_methods": None,
        "created": 0,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {
            "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        "usage": "off_session",
    },
)

PAYMENT_INTENT = Template(
    "payment_intent",
    "pi",
    "application application_fee_amount automatic_payment_methods canceled_at cancellation_reason "
    "client_secret customer "
    "customer_account description excluded_payment_method_types last_payment_error latest_charge "
    "next_action on_behalf_of "
    "payment_method payment_method_configuration_details processing receipt_email review "
    "setup_future_usage shipping source "
    "statement_descriptor statement_descriptor_suffix transfer_data transfer_group",
    "allowed_payment_method_types hooks managed_payments payment_details presentment_details",
    {
        "amount": 0,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "created": 0,
        "currency": "usd",
        "livemode": False,
        "metadata": {},
        "payment_method_options": {"card": {"network": None, "request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    },
)

CHARGE = Template(
    "charge",
    "ch",
    "application application_fee application_fee_amount balance_transaction customer description "
    "failure_balance_transaction failure_code failure_message on_behalf_of payment_intent payment_method receipt_email "
    "receipt_number receipt_url review shipping source source_transfer statement_descriptor "
    "statement_descriptor_suffix "
    "transfer_data transfer_group",
    "authorization_code level3 presentment_details refunds transfer",
    {
        "amount": 0,
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": BILLING_DETAILS,
        "calculated_statement_descriptor": "SANDBOX",
        "captured": True,
        "created": 0,
        "currency": "usd",
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "outcome": {},
        "paid": True,
        "payment_method_details": {},
        "radar_options": {},
        "refunded": False,
        "status": "succeeded",
    },
)

REFUND = Template(
    "refund",
    "re",
    "balance_transaction charge customer customer_account payment_intent payment_method reason receipt_number "
    "source_transfer_reversal transfer_reversal",
    "description failure_balance_transaction failure_reason instructions_email next_action "
    "pending_reason presentment_details",
    {
        "amount": 0,
        "created": 0,
        "currency": "usd",
        "destination_details": {
            "card": {
                "reference": None,
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": {},
        "status": "succeeded",
    },
)

BALANCE_TRANSACTION = Template(
    "balance_transaction",
    "txn",
    "description exchange_rate source",
    "",
    {
        "amount": 0,
        "available_on": 0,
        "balance_type": "payments",
        "created": 0,
        "currency": "usd",
        "fee": 0,
        "fee_details": [],
        "net": 0,
        "reporting_category": "charge",
        "status": "available",
        "type": "charge",
    },
)

EVIDENCE_TEXTS = [
    "access_activity_log",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "duplicate_charge_explanation",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "uncategorized_text",
]
EVIDENCE_FILES = [
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
]
EVIDENCE_SHORT = [
    "billing_address",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_id",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
]

DISPUTE = Template(
    "dispute",
    "dp",
    "network_reason_code payment_intent",
    "",
    {
        "amount": 0,
        "balance_transactions": [],
        "charge": "",
        "created": 0,
        "currency": "usd",
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys([*EVIDENCE_TEXTS, *EVIDENCE_FILES, *EVIDENCE_SHORT]) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": None,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_method_details": {},
        "reason": "general",
        "status": "needs_response",
    },
)

EARLY_FRAUD_WARNING = Template(
    "radar.early_fraud_warning",
    "issfr",
    "payment_intent",
    "",
    {"actionable": True, "charge": "", "created": 0, "fraud_type": "unauthorized_use_of_card", "livemode": False},
)

FILE = Template(
    "file",
    "file",
    "expires_at filename title type url",
    "",
    {"created": 0, "links": listed("/v1/file_links", []), "purpose": "dispute_evidence", "size": 0},
)
