"""The permissions, the built-in roles and who may be asked for what. Grants live in ``policies/roles.cedar``."""

from audit.sentences import Sentence


class Permission(Sentence):
    """What a principal may be allowed to do: ``resource:action``. A key's scopes are drawn from the same names."""

    GUARD_CHECK = "guard:check", "Check texts with the guard"
    GUARD_TRY = "guard:try", "Try texts in the playground"
    MODELS_READ = "models:read", "List the models"
    DECISIONS_READ = "decisions:read", "Read decisions and their reasons"
    DECISIONS_REPORT = "decisions:report", "Report a decision as mistaken"
    USAGE_READ = "usage:read", "See usage and limits"
    KEYS_READ = "keys:read", "See the API keys"
    KEYS_CREATE = "keys:create", "Create API keys"
    KEYS_ROTATE = "keys:rotate", "Rotate API keys"
    KEYS_REVOKE = "keys:revoke", "Revoke API keys"
    SERVICES_READ = "services:read", "See the service identities"
    SERVICES_CHANGE = "services:change", "Make and change service identities"
    APPS_READ = "apps:read", "See the applications"
    APPS_CHANGE = "apps:change", "Register, change and revoke applications"
    APPS_USE = "apps:use", "Let an application read on their behalf"
    ME_READ = "me:read", "See who they are here and in which role"
    MEMBERS_READ = "members:read", "See the members"
    MEMBERS_INVITE = "members:invite", "Invite people"
    MEMBERS_CHANGE = "members:change", "Change people's roles"
    MEMBERS_REMOVE = "members:remove", "Remove people"
    MEMBERS_PROMOTE = "members:promote", "Offer roles that need a passkey"
    FACTORS_RESET = "factors:reset", "Reset the second factors of others"
    SECURITY_READ = "security:read", "Read the security policy"
    SECURITY_CHANGE = "security:change", "Change the security policy"
    POLICY_READ = "policy:read", "Read the guard policy"
    POLICY_CHANGE = "policy:change", "Change the guard policy"
    ALERTS_READ = "alerts:read", "See alerts about sign-ins"
    ALERTS_CHANGE = "alerts:change", "Decide alerts about sign-ins"
    SSO_READ = "sso:read", "See single sign-on and its domains"
    SSO_CHANGE = "sso:change", "Change single sign-on and its domains"
    AUDIT_READ = "audit:read", "Read the audit log"
    ORGANIZATION_READ = "organization:read", "Open the organisation's pages"
    ORGANIZATION_CHANGE = "organization:change", "Change the organisation's settings"
    WEBHOOKS_READ = "webhooks:read", "See webhook endpoints and deliveries"
    WEBHOOKS_CHANGE = "webhooks:change", "Register, change and test webhook endpoints"
    BUDGETS_READ = "budgets:read", "See budgets and what was spent"
    BUDGETS_CHANGE = "budgets:change", "Make budgets"
    BUDGETS_RAISE = "budgets:raise", "Change, raise and close budgets, and set prices"
    RESERVATIONS_SETTLE = "reservations:settle", "Settle what was reserved for model calls"
    BILLING_READ = "billing:read", "See plan, invoices and payments"
    BILLING_CHANGE = "billing:change", "Change plan and payment details"
    DISPUTES_READ = "disputes:read", "See disputes of payments"
    DISPUTES_PREPARE = "disputes:prepare", "Prepare what is said to a dispute"
    DISPUTES_APPROVE = "disputes:approve", "Approve, send and accept, and lift freezes"
    PAYMENTS_READ = "payments:read", "See payments, what is owed and what agrees"
    PAYMENTS_CHANGE = "payments:change", "Replay events of payments and act on failed ones"
    REFUNDS_PROPOSE = "refunds:propose", "Propose refunds"
    REFUNDS_APPROVE = "refunds:approve", "Approve refunds"
    TENANTS_READ = "tenants:read", "Read across organisations as an operator"
    TENANTS_SUSPEND = "tenants:suspend", "Suspend and reinstate organisations"
    FACTORS_RECOVER = "factors:recover", "Reset anybody's second factors as an operator"
    SIGNING_READ = "signing:read", "See the keys that sign tokens"
    SIGNING_ROTATE = "signing:rotate", "Rotate and revoke the keys that sign tokens"


class Role(Sentence):
    """A built-in role of a member, widest first."""

    OWNER = "owner", "Everything, and the only one who may make owners"
    ADMIN = "admin", "Members, keys, policies and settings"
    DEVELOPER = "developer", "Makes keys, checks texts, reads decisions"
    SECURITY = "security", "Policies, decisions and the audit log"
    FINANCE = "finance", "Plan, invoices and usage"
    ANALYST = "analyst", "Reads decisions and usage"
    VIEWER = "viewer", "Looks around"


PASSKEY_ROLES = (Role.OWNER, Role.ADMIN, Role.SECURITY, Role.FINANCE)
"""The roles that open only to a session which used a passkey (AAL3): rule ``AUTHZ-ROLE-003`` of the policies."""

KEY_SCOPES = frozenset(
    {
        Permission.GUARD_CHECK,
        Permission.RESERVATIONS_SETTLE,
        Permission.MODELS_READ,
        Permission.DECISIONS_READ,
        Permission.DECISIONS_REPORT,
        Permission.USAGE_READ,
        Permission.AUDIT_READ,
        Permission.POLICY_READ,
    }
)
"""What an API key may carry: never the management of keys, people or money."""

PERSON_SCOPES = frozenset(
    {
        Permission.ME_READ,
        Permission.MODELS_READ,
        Permission.DECISIONS_READ,
        Permission.USAGE_READ,
        Permission.AUDIT_READ,
        Permission.POLICY_READ,
    }
)
"""What an application may do for a person: it reads, and changes nothing."""
