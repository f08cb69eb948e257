"""Who is believed about money, and who may move it."""

from tests.isolation.mutations.mutation import POLICY, edit

INGRESS = "tests/billing/webhooks/test_ingress.py"
PROCESSING = "tests/billing/webhooks/test_processing.py"
ACCOUNTS = "tests/billing/processor/test_accounts.py"
REFUNDS = "tests/billing/refunds/test_verbs.py"
APPROVAL = "tests/billing/evidence/test_approval.py"
SUBMITTING = "tests/billing/evidence/test_submitting.py"
DESK = "tests/permissions/test_table.py"
FORMS = "tests/billing/cards/test_refused.py"

MONEY = [
    edit(
        "a forged event of Stripe's is believed",
        "billing/webhooks/verifying.py",
        "signed = any(_signed(text, header, secret) for secret in secrets)",
        "signed = True",
        INGRESS,
    ),
    edit(
        "an old event of Stripe's is believed",
        "billing/webhooks/verifying.py",
        "if not -AHEAD <= time.time() - moment <= TOLERANCE:",
        "if False:",
        INGRESS,
    ),
    edit(
        "an event of nobody's is somebody's",
        "billing/webhooks/processing.py",
        "    if customer and org_id is None:\n",
        "    if False:\n",
        PROCESSING,
    ),
    edit(
        "metadata says whose a customer is",
        "billing/processor/accounts.py",
        'if org_of_customer(each["id"]) is None), None)',
        "if True), None)",
        ACCOUNTS,
    ),
    edit(
        "who proposed a refund approves it",
        "billing/refunds/verbs.py",
        "if refund.proposer_id == grant.principal.id:",
        "if False:",
        REFUNDS,
    ),
    edit(
        "more is refunded than was paid",
        "billing/refunds/verbs.py",
        "if not 1 <= wanted.amount_cents <= left:",
        "if False:",
        REFUNDS,
    ),
    edit(
        "who prepared a pack approves it",
        "billing/evidence/approval.py",
        "if pack.preparer_id == grant.principal.id:",
        "if False:",
        APPROVAL,
    ),
    edit(
        "an approval need not prove itself",
        "billing/evidence/approval.py",
        "if list(verify_pack.assertion(said, pack.manifest_sha256)):",
        "if False:",
        APPROVAL,
    ),
    edit(
        "a pack is not asked whether it is the one that was built",
        "billing/evidence/store.py",
        "if pack.archive_sha256 and _hash(path) == pack.archive_sha256:",
        "if pack.archive_sha256:",
        APPROVAL,
        SUBMITTING,
    ),
    edit(
        "the desk is open to who has no duty there",
        "tenants/desk.py",
        "if Duty.FINANCE not in of_staff.staff.duties:",
        "if False:",
        DESK,
        only="desk",
    ),
    edit(
        "the desk is open without a passkey",
        "tenants/desk.py",
        "if of_staff.staff.level is not Level.AAL3:",
        "if False:",
        DESK,
        only="desk",
    ),
    edit(
        "the desk's policy asks for no duty",
        "tenants/policies/roles.cedar",
        'principal.level == "aal3" && principal.duties.contains("finance")',
        'principal.level == "aal3"',
        POLICY,
    ),
    edit(
        "a frozen organisation's programs go on",
        "tenants/policies/walls.cedar",
        'when { resource.org_status == "frozen" && (',
        "when { false && (",
        POLICY,
    ),
    edit(
        "programs without a plan go on",
        "tenants/policies/walls.cedar",
        'when { resource.org_status == "lapsed" && (',
        "when { false && (",
        POLICY,
    ),
    edit(
        "who was warned of spends more",
        "tenants/policies/walls.cedar",
        'when { !(principal is Operator) && resource.org_status == "paused" };',
        "when { false };",
        POLICY,
    ),
    edit(
        "money is moved without using a passkey again",
        "tenants/policies/assurance.cedar",
        'Action::"refunds:approve"\n], resource)\nunless { principal.fresh };',
        'Action::"refunds:approve"\n], resource)\nunless { true };',
        POLICY,
    ),
    edit(
        "a form takes a card number",
        "billing/cards/middleware.py",
        "        if field is None:\n",
        "        if True:\n",
        FORMS,
    ),
]
