"""One wall of one table at a time."""

from collections.abc import Iterator

from tests.isolation.mutations.mutation import AUTHENTICATION, MODELS, Mutation, sql

TABLES = {
    "tenants_organization": "Organization",
    "tenants_membership": "Membership",
    "tenants_invitation": "Invitation",
    "accounts_apikey": "ApiKey",
    "assurance_securitypolicy": "SecurityPolicy",
    "assurance_factorreset": "FactorReset",
    "assurance_reminder": "Reminder",
    "accounts_apikeysecret": "ApiKeySecret",
    "oauth_application": "Application",
    "oauth_grant": "Grant",
    "oauth_accesstoken": "AccessToken",
    "oauth_refreshtoken": "RefreshToken",
    "oauth_usedassertion": "UsedAssertion",
    "oauth_usedproof": "UsedProof",
    "workloads_serviceidentity": "ServiceIdentity",
    "workloads_servicekey": "ServiceKey",
    "workloads_trustedissuer": "TrustedIssuer",
    "workloads_usedassertion": "UsedAssertion",
    "sso_domain": "Domain",
    "sso_proveddomain": "ProvedDomain",
    "sso_connection": "Connection",
    "sso_identity": "Identity",
    "sso_samlanswer": "SamlAnswer",
    "risk_decline": "Decline",
    "risk_hold": "Hold",
    "risk_alert": "Alert",
    "risk_risksettings": "RiskSettings",
    "entitlements_entitlement": "Entitlement",
    "entitlements_freeze": "Freeze",
    "ledger_modelprice": "ModelPrice",
    "ledger_budget": "Budget",
    "ledger_modelallowance": "ModelAllowance",
    "ledger_rolerate": "RoleRate",
    "ledger_temporaryraise": "TemporaryRaise",
    "ledger_reservation": "Reservation",
    "ledger_usageevent": "UsageEvent",
    "subscriptions_subscriptionstate": "SubscriptionState",
    "subscriptions_checkoutvisit": "CheckoutVisit",
    "subscriptions_trial": "Trial",
    "payments_invoicestate": "InvoiceState",
    "payments_invoiceline": "InvoiceLine",
    "payments_chargestate": "ChargeState",
    "invoicing_billedperiod": "BilledPeriod",
    "invoicing_usageline": "UsageLine",
    "invoicing_billedusage": "BilledUsage",
    "invoicing_bookscheck": "BooksCheck",
    "refunds_refund": "Refund",
    "recovery_recoverycase": "RecoveryCase",
    "recovery_recoveryattempt": "RecoveryAttempt",
    "disputes_disputecase": "DisputeCase",
    "disputes_disputestep": "DisputeStep",
    "disputes_proposal": "Proposal",
    "disputes_fraudwarning": "FraudWarning",
    "disputes_debt": "Debt",
    "evidence_evidencepack": "EvidencePack",
    "evidence_submission": "Submission",
    "tenants_webhooks_endpoint": "Endpoint",
    "tenants_webhooks_message": "Message",
    "tenants_webhooks_delivery": "Delivery",
    "processor_billingaccount": "BillingAccount",
    "processor_paymentoperation": "PaymentOperation",
    "promptguard_guardpolicy": "GuardPolicy",
    "promptguard_decisionreport": "DecisionReport",
    "audit_decision": "Decision",
    "audit_auditevent": "AuditEvent",
    "audit_outboxmessage": "OutboxMessage",
    "audit_idempotencyclaim": "IdempotencyClaim",
    "audit_keptanswer": "KeptAnswer",
    "audit_legalhold": "LegalHold",
}
STAMPED = {
    "tenants_organization": "new_limit",
    "tenants_membership": "maker",
    "accounts_apikey": "revoke",
    "accounts_apikeysecret": "secret",
    "accounts_user": "deactivate",
}
"""Tables whose changes make remembered credentials stale, with the test that changes each."""


def per_table() -> Iterator[Mutation]:
    for table, model in TABLES.items():
        off = f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
        yield sql(f"no row-level security on {table}", off, MODELS, only=f"no_read and {model}")
    for table, change in STAMPED.items():
        gone = f"DROP TRIGGER touch ON {table}"
        yield sql(f"a change of {table} is not noticed", gone, AUTHENTICATION, only=f"next_request and {change}")
