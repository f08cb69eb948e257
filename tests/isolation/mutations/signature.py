"""The signed scope, and how long a connection keeps it."""

from tests.isolation.mutations.mutation import FORGERY, SCOPE, Mutation, edit, sql

OPENING = "tenants/migrations/0004_scope_of_one_transaction.py"
BACKEND = "tenants/postgresql/base.py"

SIGNATURE = [
    edit(
        "what is opened is not checked",
        OPENING,
        "WHERE encode(sha256(outer_pad || sha256(inner_pad || here)), 'hex') = substring(signed FROM '[^|]*$');",
        "LIMIT 1;",
        FORGERY,
    ),
    edit(
        "the setting is not checked",
        OPENING,
        "    IF FOUND THEN\n",
        "    IF true THEN\n",
        FORGERY,
    ),
    Mutation(
        "the signature is good on every connection",
        (
            (OPENING, "convert_to(body || '|' || pg_backend_pid(), 'UTF8')", "convert_to(body || '|' || 0, 'UTF8')"),
            (OPENING, "parts[3] || '|' || pg_backend_pid()", "parts[3] || '|' || 0"),
            (BACKEND, 'f"{body}|{backend_pid}"', 'f"{body}|0"'),
        ),
        (FORGERY,),
    ),
    Mutation(
        "the setting is good in every transaction",
        (
            (OPENING, "convert_to('|' || extract(epoch FROM transaction_timestamp()),", "convert_to('|' || 0,"),
            (OPENING, " || '|' || extract(epoch FROM transaction_timestamp())\"", " || '|' || 0\""),
        ),
        (FORGERY,),
    ),
    edit(
        "the signed scope is written into the statement",
        BACKEND,
        "psycopg.Cursor(self.connection).execute(_OPEN, [signed], prepare=True)",
        "psycopg.ClientCursor(self.connection).execute(_OPEN, [signed])",
        FORGERY,
    ),
    edit(
        "what is asked under a scope has none",
        BACKEND,
        "            self._open(scope)\n            self._logged(sql)\n",
        "            self._logged(sql)\n",
        FORGERY,
    ),
    edit(
        "what was open before it is thought to be open after it",
        BACKEND,
        "        self._forget(NOBODY if self.autocommit else None)\n",
        "",
        FORGERY,
    ),
    edit(
        "the keys of scopes can be read",
        "tenants/migrations/0001_scope.py",
        "REVOKE ALL ON tenants_scopekey FROM PUBLIC, tidegate_app;\n",
        "",
        FORGERY,
    ),
    edit(
        "the index of credentials can be read",
        "tenants/migrations/0001_scope.py",
        "REVOKE ALL ON tenants_credential FROM PUBLIC, tidegate_app;\n",
        "",
        FORGERY,
    ),
    edit(
        "the owner's trigger functions are everybody's",
        "tenants/migrations/0001_scope.py",
        "REVOKE EXECUTE ON FUNCTION tidegate_touch, tidegate_index_credential FROM PUBLIC;\n",
        "",
        FORGERY,
    ),
    sql(
        "the owner's functions look in pg_temp first",
        "ALTER FUNCTION tidegate_org SET search_path = pg_catalog;"
        "ALTER FUNCTION tidegate_user SET search_path = pg_catalog",
        FORGERY,
    ),
    edit(
        "a dropped key signs on",
        "tenants/apps.py",
        '        cursor.execute("DELETE FROM tenants_scopekey")\n',
        "",
        FORGERY,
    ),
    edit("the setting stays for the session", OPENING, "minted, ''), true);", "minted, ''), false);", SCOPE),
    *(
        edit(
            f"a {method} is not noticed",
            BACKEND,
            f"        self._forget()\n        super()._{method}()",
            f"        super()._{method}()",
            SCOPE,
        )
        for method in ("commit", "rollback")
    ),
    edit(
        "a rollback to a savepoint is not noticed",
        BACKEND,
        "        self._forget(None)\n",
        "",
        SCOPE,
    ),
    edit(
        "a role that owns tables is connected",
        BACKEND,
        "if weakness := weakness_of_role(self.connection):",
        "if weakness := '':",
        FORGERY,
        only="t08",
    ),
    edit(
        "the start-up check passes any role",
        "config/checks.py",
        "        if problem:",
        "        if False:",
        FORGERY,
        only="t08",
    ),
]
