"""Reason codes: the stable vocabulary of every decision.

A code is ``AREA-SUBJECT-NNN``. Codes are never reused or renumbered; the sentence beside a code may be
made clearer. The page ``/docs/problems`` lists them all.
"""

from audit.sentences import Sentence


class Reason(Sentence):
    """A reason code with the sentence that explains it to the person who met it."""

    # AUTHN: who are you
    KEY_MISSING = "AUTHN-KEY-001", "No API key was sent."
    KEY_MALFORMED = "AUTHN-KEY-002", "The API key is not well formed."
    KEY_UNKNOWN = "AUTHN-KEY-003", "The API key is not known."
    KEY_EXPIRED = "AUTHN-KEY-004", "The API key has expired."
    KEY_REVOKED = "AUTHN-KEY-005", "The API key was revoked."
    KEY_ADDRESS = "AUTHN-KEY-006", "The API key may not be used from this address."
    KEY_ENVIRONMENT = "AUTHN-KEY-007", "The API key belongs to another environment."
    KEY_ORPHANED = "AUTHN-KEY-008", "The person who made this API key is no longer a member."
    SERVICE_UNKNOWN = "AUTHN-SVC-001", "There is no service identity with this client id."
    SERVICE_DISABLED = "AUTHN-SVC-002", "The service identity was disabled."
    SERVICE_ORPHANED = "AUTHN-SVC-003", "The member who answered for this service identity is no longer one."
    ASSERTION_MALFORMED = "AUTHN-ASR-001", "The client assertion is not a well-formed signed JWT of the accepted size."
    ASSERTION_KEY = "AUTHN-ASR-002", "No living key of the service made the signature of the client assertion."
    ASSERTION_CLAIMS = "AUTHN-ASR-003", "The client assertion's iss, sub, aud, jti or typ is not what it must be."
    ASSERTION_TIME = "AUTHN-ASR-004", "The client assertion has expired, is not valid yet, or is valid for too long."
    ASSERTION_REPLAYED = "AUTHN-ASR-005", "The client assertion was used before."
    SUBJECT_TOKEN_MALFORMED = "AUTHN-FED-001", "The subject token is not a well-formed signed JWT of the accepted size."
    SSO_ANSWER = "AUTHN-SSO-001", "The identity provider's answer was not accepted."
    SSO_DOMAIN = "AUTHN-SSO-002", "The address is not at a domain that the organisation has proved."
    SSO_NO_ROLE = "AUTHN-SSO-003", "None of the person's groups maps to a role."
    SSO_NOT_LINKED = "AUTHN-SSO-004", "An account with this address exists and is not linked to the identity provider."
    SSO_NOT_A_MEMBER = "AUTHN-SSO-005", "The person no longer belongs to the organisation."
    SSO_REQUIRED = "AUTHN-SSO-006", "The organisation's people sign in through its identity provider."
    SSO_NOT_ENABLED = "AUTHN-SSO-007", "The connection is not enabled."
    TOKEN_MALFORMED = "AUTHN-TOK-001", "The access token is not well formed."
    TOKEN_INVALID = "AUTHN-TOK-002", "The access token was not signed by us for this API."
    TOKEN_EXPIRED = "AUTHN-TOK-003", "The access token has expired."
    TOKEN_REVOKED = "AUTHN-TOK-004", "The access token, or what it was issued to, was revoked."
    TOKEN_OF_PERSON = "AUTHN-TOK-005", "A person's token was used on a service route."
    TOKEN_OF_SERVICE = "AUTHN-TOK-006", "A service's credential was used on a person's route."
    TOKEN_ORPHANED = "AUTHN-TOK-007", "The person behind the access token is no longer an active member."
    TOKEN_SCHEME = "AUTHN-TOK-008", "The access token is bound to a key and was sent as a bearer token, or the reverse."
    TOKEN_PROOF = "AUTHN-TOK-009", "The DPoP proof is missing, or not one by the right key for this very request."
    TOKEN_PROOF_REPLAYED = "AUTHN-TOK-010", "The DPoP proof was used before."
    ISSUER_UNTRUSTED = "AUTHN-FED-002", "The service does not trust the issuer of the subject token."
    ISSUER_UNREACHABLE = "AUTHN-FED-003", "The keys of the subject token's issuer could not be had."
    SUBJECT_TOKEN_SIGNATURE = "AUTHN-FED-004", "No key of the issuer made the signature of the subject token."
    SUBJECT_TOKEN_AUDIENCE = "AUTHN-FED-005", "The subject token is for another audience."
    SUBJECT_TOKEN_TIME = "AUTHN-FED-006", "The subject token has expired, is not valid yet, or is valid for too long."
    SUBJECT_TOKEN_SUBJECT = "AUTHN-FED-007", "The subject of the subject token is not the one that the service trusts."
    SUBJECT_TOKEN_CLAIM = "AUTHN-FED-008", "A claim of the subject token is not what the service's rule says."
    SIGN_IN_REQUIRED = "AUTHN-SES-001", "Sign in first."

    # AUTHZ: may you
    ROLE_GRANTS = "AUTHZ-ROLE-001", "A role of this principal grants the permission."
    NOT_GRANTED = "AUTHZ-ROLE-002", "No role of this principal grants the permission."
    PASSKEY_NEEDED = "AUTHZ-ROLE-003", "This role opens to a session that used a passkey."
    SCOPE_GRANTS = "AUTHZ-SCOPE-001", "The API key carries the scope and its maker's role grants it."
    SCOPE_MISSING = "AUTHZ-SCOPE-002", "The API key does not carry the scope this operation needs."
    SCOPE_WIDER = "AUTHZ-SCOPE-003", "The API key's scope is wider than the live rights of the person who made it."
    ATTRIBUTE_MISSING = "AUTHZ-CTX-001", "A fact the policy needs is missing, so it is refused."
    STEP_UP_REQUIRED = "AUTHZ-STEP-001", "Confirm with a passkey that it is you, within the last five minutes."
    RISK_HELD = "AUTHZ-RISK-001", "A sign-in of whoever made this key looked wrong: it only reads for now."

    # TEN: tenant walls and joins
    OTHER_TENANT = "TEN-WALL-001", "The resource belongs to another organisation."
    NO_TENANT = "TEN-WALL-002", "No organisation is open for this request."
    TENANT_SUSPENDED = "TEN-STATE-001", "The organisation is suspended."
    TENANT_IDENTIFIER = "TEN-JOIN-001", "The text names an identifier of another organisation."
    TENANT_NAME = "TEN-JOIN-002", "The text asks for data of another organisation by name."
    TENANT_JOIN = "TEN-JOIN-003", "The text asks to combine data of several organisations."
    TENANT_DOCUMENT = "TEN-JOIN-004", "A document in the request belongs to another organisation."

    # LIM: rates and budgets
    RATE_KEY = "LIM-RATE-001", "The API key's rate limit is used up for now."
    RATE_TENANT = "LIM-RATE-002", "The organisation's rate limit is used up for now."
    RATE_ADDRESS = "LIM-RATE-003", "Too many keys that are not valid came from this address."
    BUDGET_SPENT = "LIM-BUD-001", "A budget is used up for its period."
    BUDGET_HELD = "LIM-BUD-002", "What is left of a budget is held for calls that are under way."
    PRICE_UNKNOWN = "LIM-PRICE-001", "A budget applies and the model has no price, so the call was refused."

    # BIL: what payments open
    ENTITLEMENTS_FROZEN = "BIL-FREEZE-001", "A payment is disputed, so the service is frozen until that is settled."
    PLAN_LAPSED = "BIL-PLAN-001", "No plan stands: a trial was not verified, or a payment failed for good."

    # GRD: content
    CLEAN = "GRD-OK-001", "Nothing was found."
    INJECTION_OVERRIDE = "GRD-INJ-001", "The text tells the model to drop or replace its instructions."
    INJECTION_LEARNED = "GRD-INJ-002", "The text reads like a prompt injection to the trained detectors."
    INJECTION_EXTRACTION = "GRD-INJ-003", "The text tries to read the hidden instructions or what they protect."
    INJECTION_PERSONA = "GRD-INJ-004", "The text gives the model a role that ignores its rules."
    INJECTION_INDIRECT = "GRD-INJ-005", "A document or tool result gives the model instructions."
    INJECTION_HIDDEN = "GRD-INJ-006", "Instructions are hidden in encoded or invisible text."
    PII_CONTACT = "GRD-PII-001", "The text holds contact details of a person."
    PII_GOVERNMENT = "GRD-PII-002", "The text holds a government identifier of a person."
    PII_FINANCIAL = "GRD-PII-003", "The text holds a card, bank account or other financial identifier."
    PII_HEALTH = "GRD-PII-004", "The text holds protected health information."
    PII_IDENTITY = "GRD-PII-005", "The text holds a name, birth date or other mark of a person."
    PII_DEVICE = "GRD-PII-006", "The text holds a network or device address."
    SECRET_PROVIDER = "GRD-SEC-001", "The text holds a credential in a known provider's format."
    SECRET_PRIVATE_KEY = "GRD-SEC-002", "The text holds a private key."
    SECRET_GENERIC = "GRD-SEC-003", "The text holds a password or a random-looking secret."
    SECRET_OWN_KEY = "GRD-SEC-004", "The text holds a Tidegate API key."
    EXFILTRATION_LINK = "GRD-EXF-001", "The text would carry data out in a link or an image address."
    EXFILTRATION_SEND = "GRD-EXF-002", "The text asks to send data to an outside address."
    MODERATION = "GRD-MOD-001", "The text is harmful or abusive."
    CUSTOM_PATTERN = "GRD-OWN-001", "The text holds a kind of content that the organisation's own policy names."
    CUSTOM_TERM = "GRD-OWN-002", "The text holds a term that the organisation does not let pass."

    # SYS: could not decide, so refused
    DETECTOR_FAILED = "SYS-GRD-001", "A detector could not answer, so the text was refused."
    POLICY_FAILED = "SYS-POL-001", "The policy could not be evaluated, so it was refused."
    RECORD_FAILED = "SYS-REC-001", "The decision could not be recorded, so it was refused."
    INTERNAL = "SYS-INT-001", "Something failed on our side, so it was refused."
    MALFORMED = "SYS-REQ-001", "The request body is not valid."
    TOO_LARGE = "SYS-REQ-002", "The request is larger than the stated bounds."
