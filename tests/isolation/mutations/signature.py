"""The signed scope, and how long a connection keeps it."""

from tests.isolation.mutations.mutation import FORGERY, SCOPE, Mutation, edit, sql

SIGNATURE = [
    edit(
        "the signature is not checked",
        "tenants/migrations/0001_scope.py",
        "        WHERE encode(sha256(outer_pad || sha256(inner_pad || body)), 'hex') = parts[4];",
        "        WHERE parts[4] IS NOT NULL;",
        FORGERY,
    ),
    Mutation(
        "the signature is good on every connection",
        (
            ("tenants/migrations/0001_scope.py", "parts[3] || '|' || pg_backend_pid()", "parts[3] || '|' || 0"),
            ("tenants/postgresql/base.py", 'f"{body}|{backend_pid}"', 'f"{body}|0"'),
        ),
        (FORGERY,),
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
    edit("the setting stays for the session", "tenants/postgresql/base.py", "%s, true)", "%s, false)", SCOPE),
    *(
        edit(
            f"a {method} is not noticed",
            "tenants/postgresql/base.py",
            f"        self._forget()\n        super()._{method}()",
            f"        super()._{method}()",
            SCOPE,
        )
        for method in ("commit", "rollback")
    ),
    edit(
        "a rollback to a savepoint is not noticed",
        "tenants/postgresql/base.py",
        "        self._forget(None)\n",
        "",
        SCOPE,
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
