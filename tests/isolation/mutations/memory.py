"""What workers remember, and what works beside requests."""

from tests.isolation.mutations.mutation import AUTHENTICATION, BACKGROUND, edit

FAILED_KEYS = "tests/billing/test_failed_keys.py"
KEPT_ANSWERS = "tests/audit/test_kept_answers.py"

MEMORY = [
    edit(
        "a remembered key is never read again",
        "promptguard/api/serving.py",
        "if taken.stamps != credential.stamps:",
        "if False:",
        AUTHENTICATION,
        only="next_request",
    ),
    edit(
        "an inactive person keeps their role",
        "accounts/authentication.py",
        "if row.role and row.is_active",
        "if row.role",
        AUTHENTICATION,
    ),
    edit(
        "addresses are not looked at",
        "accounts/authentication.py",
        "if self.networks and not",
        "if False and not",
        AUTHENTICATION,
    ),
    edit(
        "expiry is not looked at",
        "accounts/authentication.py",
        "if self.ends_at is not None and",
        "if False and",
        AUTHENTICATION,
    ),
    edit(
        "a policy is remembered by its stamp alone",
        "promptguard/policies.py",
        "_remembered.get((org_id, stamp))",
        "next((held for (_, at), held in _remembered.items() if at == stamp), None)",
        BACKGROUND,
    ),
    edit(
        "a task opens no scope",
        "tenants/tasks.py",
        "        with org_scope(uuid.UUID(org_id)):",
        "        if uuid.UUID(org_id):",
        BACKGROUND,
    ),
    edit(
        "a message opens in any organisation",
        "audit/outbox.py",
        'return f"audit_outboxmessage|payload|{message.org_id}"',
        'return "payload"',
        "tests/audit/test_outbox.py",
    ),
    edit(
        "two workers hold one message",
        "audit/outbox.py",
        "OutboxMessage.objects.select_for_update(skip_locked=True)",
        "OutboxMessage.objects.all()",
        "tests/audit/test_outbox.py",
    ),
    edit(
        "the directory stores what it lists",
        "tenants/directory.py",
        "DirectoryTerm(term=blind(term), subject",
        "DirectoryTerm(term=term.encode()[:16], subject",
        "tests/tenants/test_organizations.py",
    ),
    edit(
        "an idempotency key counts for every principal",
        "promptguard/api/idempotency.py",
        'f"{principal.kind}:{principal.id}\\0',
        'f"\\0',
        "tests/api/test_idempotency.py",
        only="each_principal",
    ),
    edit(
        "a kept answer opens in any row",
        "audit/idempotency.py",
        'f"audit_keptanswer|sealed|{self.org_id}|{self.id}"',
        '"audit_keptanswer|sealed"',
        KEPT_ANSWERS,
    ),
    edit(
        "a kept answer is given to any request",
        "audit/idempotency.py",
        "if fingerprint is not None and bytes(fingerprint) not in call.fingerprints:",
        "if False:",
        KEPT_ANSWERS,
    ),
    edit(
        "the answer of whoever was first is given to any request",
        "audit/idempotency.py",
        "if bytes(row.fingerprint) not in call.fingerprints:",
        "if False:",
        KEPT_ANSWERS,
    ),
    edit(
        "keys may be guessed at any rate",
        "billing/failed_keys.py",
        "    if taken.refused is None:\n",
        "    if True:\n",
        FAILED_KEYS,
    ),
    edit(
        "who guesses keys slows everybody down",
        "billing/failed_keys.py",
        'return _bucket("address", str(near)), ',
        'return _bucket("address", ""), ',
        FAILED_KEYS,
    ),
    edit(
        "who guesses keys fills a table",
        "billing/failed_keys.py",
        "{number % BUCKETS}",
        "{number}",
        FAILED_KEYS,
    ),
    edit(
        "a taken-over attempt records its decision all the same",
        "audit/recorder.py",
        "self._connection.execute(_KEEP_AND_INSERT, [answers_as_json(answers), rows])",
        "self._connection.execute(INSERT, [rows])",
        "tests/api/test_idempotency.py",
        only="taken_over or bytes",
    ),
    edit(
        "a bad row fails its neighbours",
        "audit/recorder.py",
        "if len(batch) > 1 and isinstance(error, (psycopg.DataError, psycopg.IntegrityError, TypeError)):",
        "if False:",
        "tests/audit/test_recorder.py",
    ),
]
