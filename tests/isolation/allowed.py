"""What the walls leave open on purpose, each with the reason; the catalogue's tests accept nothing else."""

from django.apps import apps

from billing.vault.scope import PROCESSOR

OWN = "(org_id = ( SELECT tidegate_org() AS tidegate_org))"
OF_PROCESSOR = f"('{PROCESSOR}'::uuid = ( SELECT tidegate_org() AS tidegate_org))"
OWN_ORGANIZATION = "(id = ( SELECT tidegate_org() AS tidegate_org))"
OF_PERSON = "(user_id = ( SELECT tidegate_user() AS tidegate_user))"
OWN_ORGANIZATIONS = (
    "(id IN ( SELECT tenants_membership.org_id FROM tenants_membership "
    "WHERE (tenants_membership.user_id = ( SELECT tidegate_user() AS tidegate_user))))"
)
ORGANIZATIONS = "tenants_organization"

NOT_WALLED = {
    "assurance_sweep": "ids of tenants and times: the sweep works for every tenant without reading any",
    "accounts_key_expiry": "ids of keys and tenants, and times: the sweep works for every tenant without reading any",
    "sso_certificate_expiry": "ids of connections and tenants, and times: the sweep reads no tenant's rows",
    "sso_domain_check": "ids of proofs and tenants, and times: the sweep reads no tenant's rows",
    "workloads_key_expiry": "ids of services' keys and tenants, and times: the sweep reads no tenant's rows",
    "tenants_credential": "only the owner reads it, to find the tenant that a presented credential opens",
    "audit_outbox_due": "ids of messages and tenants, and topics: the sweep works for every tenant, reading none",
    "tenants_webhooks_due": "ids of deliveries, endpoints and tenants, and times: the sweep reads no tenant's rows",
    "audit_stopped": "ids of tenants; only the owner reads it, when an admission is recorded",
}
"""Tables with an `org_id` and no row-level security, and why that is so."""

WITHOUT_TENANT = {
    "workloads_key_expiry": NOT_WALLED["workloads_key_expiry"],
    "sso_certificate_expiry": NOT_WALLED["sso_certificate_expiry"],
    "sso_domain_check": NOT_WALLED["sso_domain_check"],
    "account_emailaddress": "a person's addresses; people exist beside organisations",
    "account_emailconfirmation": "allauth's confirmations of addresses",
    "accounts_key_expiry": NOT_WALLED["accounts_key_expiry"],
    "accounts_knowndevice": "hashes of cookies by which a person's own browsers are known",
    "accounts_sentnotice": "kinds and addresses of the mails that went to a person; nothing of what they said",
    "accounts_cache": "counters of allauth's rate limits",
    "accounts_staffduty": "what the company's own staff do here; they belong to no tenant",
    "accounts_user": "people sign in before any organisation is open",
    "accounts_user_groups": "Django's groups of operators",
    "accounts_user_user_permissions": "Django's permissions of operators",
    "audit_outbox_due": NOT_WALLED["audit_outbox_due"],
    "tenants_webhooks_due": NOT_WALLED["tenants_webhooks_due"],
    "assurance_breakglass": "emergency codes of operators, who belong to no tenant; never the code itself",
    "assurance_sweep": NOT_WALLED["assurance_sweep"],
    "auth_group": "Django's groups of operators",
    "auth_group_permissions": "Django's permissions of operators",
    "auth_permission": "the names of Django's permissions",
    "catalogue_planversion": "the plans that are sold and were sold; nothing of a tenant",
    "ledger_listprice": "public list prices of models; nothing of a tenant",
    "subscriptions_trialtrace": "keyed hashes by which a second trial is recognised; whose they are is hashed too",
    "billing_rate": "hashes of subjects and the time their bucket is empty again",
    "django_admin_log": "what operators did in Django's admin",
    "django_content_type": "the names of models",
    "django_migrations": "the names of migrations",
    "django_session": "sessions are read before anybody is known",
    "guardian_groupobjectpermission": "grants on objects by id; nothing of the object",
    "guardian_userobjectpermission": "grants on objects by id; nothing of the object",
    "evidence_evidencekey": "keys that sign packs: public halves, and private ones wrapped by the key store",
    "keystore_signingkey": "public halves of the keys that sign tokens, and their times",
    "otp_static_staticdevice": "operators' emergency codes: whose, and how often one was guessed",
    "otp_static_statictoken": "operators' emergency codes; none opens a tenant",
    "mfa_authenticator": "a person's second factors, their secrets sealed",
    "tenants_directoryterm": "keyed hashes by which the guard recognises other tenants",
    "tenants_stamp": "hashes of subjects and a counter",
    "usersessions_usersession": "a person's own sessions",
}
"""Tables that the application reads without row-level security, and why that tells nothing of a tenant."""

DEFINERS = {
    "tidegate_open",
    "tidegate_scope",
    "tidegate_org",
    "tidegate_user",
    "tidegate_touch",
    "tidegate_index_credential",
    "accounts_key_expiry_track",
    "workloads_key_expiry_track",
    "sso_certificate_expiry_track",
    "sso_domain_check_track",
    "assurance_sweep_track",
    "audit_outbox_track",
    "tenants_webhooks_track",
    "audit_prepare_partitions",
    "audit_sweep_idempotency",
    "oauth_sweep",
    "ledger_due",
    "subscriptions_due",
    "ledger_burning",
    "audit_hold_begins",
    "audit_hold_lasts",
    "audit_held_since",
    "audit_refuse_held",
    "audit_refuse_truncate",
    "audit_expired_before",
    "audit_expire",
    "audit_drop_empty_months",
    "audit_admit",
    "audit_stop",
    "audit_due",
    "ledger_expire",
    "disputes_due",
    "evidence_due",
    "recovery_due",
}
"""Functions that may run as the owner."""

FURTHER_POLICIES = {
    ("audit_decision", "recorder", "INSERT", "tidegate_recorder", None, "true"),
    ("audit_keptanswer", "recorder", "INSERT", "tidegate_recorder", None, "true"),
    ("audit_keptanswer", "sweep", "ALL", "tidegate_owner", "(created_at <= (now() - '24:00:00'::interval))", "false"),
    (
        "audit_idempotencyclaim",
        "sweep",
        "ALL",
        "tidegate_owner",
        "(created_at <= (now() - '01:00:00'::interval))",
        "false",
    ),
    *(
        (table, "sweep", "ALL", "tidegate_owner", condition, "false")
        for table, condition in {
            "oauth_accesstoken": "(expires <= (now() - '01:00:00'::interval))",
            "oauth_grant": "((expires <= (now() - '31 days'::interval)) OR "
            "((used_at IS NULL) AND (expires <= (now() - '01:00:00'::interval))))",
            "oauth_refreshtoken": "(ends_at <= (now() - '1 day'::interval))",
            "oauth_usedassertion": "(expires_at <= (now() - '01:00:00'::interval))",
            "oauth_usedproof": "(expires_at <= now())",
        }.items()
    ),
    (
        "ledger_reservation",
        "sweep",
        "SELECT",
        "tidegate_owner",
        "(((state)::text = 'held'::text) AND (expires_at <= now()))",
        None,
    ),
    (
        "subscriptions_trial",
        "sweep",
        "SELECT",
        "tidegate_owner",
        "(((state)::text = 'verifying'::text) AND (since <= (now() - '24:00:00'::interval)))",
        None,
    ),
    ("audit_legalhold", "keeper", "SELECT", "tidegate_owner", "true", None),
    ("recovery_recoverycase", "sweep", "SELECT", "tidegate_owner", "(wake_at <= now())", None),
    ("ledger_usageevent", "burning", "SELECT", "tidegate_owner", "(at > (now() - '01:00:00'::interval))", None),
    ("disputes_disputecase", "sweep", "SELECT", "tidegate_owner", "(due_at <= (now() + '72:00:00'::interval))", None),
    (
        "evidence_evidencepack",
        "sweep",
        "SELECT",
        "tidegate_owner",
        "(((owed)::text <> ''::text) AND (due_at <= now()))",
        None,
    ),
    ("disputes_fraudwarning", "sweep", "SELECT", "tidegate_owner", "(act_by <= (now() + '24:00:00'::interval))", None),
    *(
        (model._meta.db_table, "mirror", "ALL", "public", OF_PROCESSOR, OF_PROCESSOR)
        for model in apps.get_app_config("djstripe").get_models(include_auto_created=True)
    ),
    ("webhooks_webhookinbox", "tenant", "ALL", "public", OF_PROCESSOR, OF_PROCESSOR),
    ("webhooks_webhookinbox", "operator", "SELECT", "tidegate_operator", "true", None),
    ("processor_billingaccount", "readable", "SELECT", "public", OF_PROCESSOR, None),
    ("risk_signin", "own", "ALL", "public", OF_PERSON, OF_PERSON),
    ("tenants_membership", "readable", "SELECT", "public", OF_PERSON, None),
    (ORGANIZATIONS, "readable", "SELECT", "public", OWN_ORGANIZATIONS, None),
}
"""Policies beside a table's own: (table, name, command, role, condition, check)."""

APPEND_ONLY = {
    "audit_auditevent",
    "audit_decision",
    "disputes_disputestep",
    "evidence_evidencekey",
    "ledger_modelprice",
    "invoicing_billedusage",
    "invoicing_bookscheck",
    "ledger_temporaryraise",
    "ledger_usageevent",
    "subscriptions_checkoutvisit",
}
READ_ONLY = {
    "catalogue_planversion",
    "ledger_listprice",
    "assurance_sweep",
    "tenants_stamp",
    "audit_outbox_due",
    "tenants_webhooks_due",
    "accounts_key_expiry",
    "workloads_key_expiry",
    "sso_certificate_expiry",
    "sso_domain_check",
}
CLOSED = {"audit_stopped", "tenants_scopekey", "tenants_credential"}
UNGUESSABLE = [["id"], ["hash"], ["customer"]]
"""Columns that may be unique over all tenants: random, hashed, or sealed ids of the processor's."""
CLOSED = {"tenants_scopekey", "tenants_credential"}
ROLES = ("tidegate_app", "tidegate_operator", "tidegate_recorder")
