"""The events of the audit log: ``area:subject:action``, each with the sentence people read."""

from audit.sentences import Sentence


class Event(Sentence):
    """An event with its sentence. The column has no choices: old rows keep names that are no longer written."""

    ORGANIZATION_CREATED = "tenants:organization:created", "created the organisation"
    ORGANIZATION_RENAMED = "tenants:organization:renamed", "renamed the organisation"
    ORGANIZATION_SUSPENDED = "tenants:organization:suspended", "suspended the organisation"
    ORGANIZATION_REINSTATED = "tenants:organization:reinstated", "reinstated the organisation"
    ORGANIZATION_SWITCHED = "tenants:organization:switched", "opened the organisation"
    OPERATOR_READ = "tenants:organization:operator_read", "read across organisations as an operator"
    MEMBER_INVITED = "tenants:invitation:sent", "invited a person"
    INVITATION_REVOKED = "tenants:invitation:revoked", "withdrew an invitation"
    MEMBER_JOINED = "tenants:membership:joined", "joined"
    MEMBER_ROLE_CHANGED = "tenants:membership:role_changed", "changed a member's role"
    MEMBER_REMOVED = "tenants:membership:removed", "removed a member"
    KEY_CREATED = "accounts:key:created", "created an API key"
    KEY_ROTATED = "accounts:key:rotated", "rotated an API key"
    KEY_LEAKED = "accounts:key:leaked", "found an API key in a text"
    KEY_REVOKED = "accounts:key:revoked", "revoked an API key"
    SIGNED_IN = "accounts:session:signed_in", "signed in"
    DEVICE_NEW = "accounts:session:new_device", "signed in from a device that was new to the account"
    SIGNED_OUT = "accounts:session:signed_out", "signed out"
    SIGN_IN_FAILED = "accounts:session:sign_in_failed", "failed to sign in"
    FACTOR_ADDED = "accounts:factor:added", "added a second factor"
    FACTOR_REMOVED = "accounts:factor:removed", "removed a second factor"
    RECOVERY_CODES_MADE = "accounts:factor:recovery_codes_made", "made new recovery codes"
    PASSWORD_CHANGED = "accounts:password:changed", "changed the password"
    EMAIL_CHANGED = "accounts:email:changed", "changed the e-mail address"
    POLICY_ACTIVATED = "promptguard:policy:activated", "activated a guard policy"
    DECISION_REPORTED = "promptguard:decision:reported", "reported a decision as mistaken"
