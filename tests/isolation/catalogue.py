"""What is wrong with the walls, as PostgreSQL's own catalogue tells it: one sentence for each hole, none for none.

Every query reads the live catalogue, so that a table, grant or function that a later migration adds is looked at
without anybody thinking of it.
"""

from collections.abc import Iterator
from typing import Any

import psycopg

from tests.isolation.allowed import (
    APPEND_ONLY,
    CLOSED,
    DEFINERS,
    FURTHER_POLICIES,
    NOT_WALLED,
    ORGANIZATIONS,
    OWN,
    OWN_ORGANIZATION,
    READ_ONLY,
    ROLES,
    UNGUESSABLE,
    WITHOUT_TENANT,
)

Row = tuple[Any, ...]
Connection = psycopg.Connection[Row]

_TABLES = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
    coalesce((SELECT a.attnotnull FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id'), false),
    EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
            WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = a.attnum)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped)
ORDER BY c.relname
"""
_OURS = """
SELECT c.oid, c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = %s
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


def tenant_tables(connection: Connection) -> list[str]:
    """Return the tables whose rows belong to one organisation, without their partitions."""
    return [row[0] for row in connection.execute(_TABLES) if row[0] not in NOT_WALLED]


def problems(connection: Connection) -> list[str]:
    """Return everything that is wrong, a sentence each."""
    checks = (
        row_level_security,
        policies,
        references,
        uniqueness,
        partitions,
        views,
        definers,
        roles,
        ownership,
        open_tables,
        application_grants,
        recorder_grants,
        operator_grants,
    )
    return [sentence for check in checks for sentence in check(connection)]


def row_level_security(connection: Connection) -> Iterator[str]:
    """T10: enabled, forced upon the owner too, `org_id` never null and first in an index."""
    for table, enabled, forced, not_null, indexed in connection.execute(_TABLES).fetchall():
        if table in NOT_WALLED:
            continue
        if not enabled:
            yield f"{table} has no row-level security."
        if not forced:
            yield f"{table} does not force row-level security upon its owner."
        if not not_null:
            yield f"{table}.org_id may be null."
        if not indexed:
            yield f"{table} has no index that starts with org_id."


def policies(connection: Connection) -> Iterator[str]:
    """T10: the tenant's policy word for word, the operator's, and no other: permissive policies are alternatives."""
    asked = """
        SELECT tablename, policyname, cmd, array_to_string(roles, ','), regexp_replace(qual, '\\s+', ' ', 'g'),
            with_check, permissive
        FROM pg_policies
    """
    found = {tuple(row) for row in connection.execute(asked)}
    for table in [*tenant_tables(connection), ORGANIZATIONS]:
        own = OWN_ORGANIZATION if table == ORGANIZATIONS else OWN
        wanted = (table, "tenant", "ALL", "public", own, own, "PERMISSIVE")
        if wanted not in found:
            yield f"{table} does not have the tenant's policy."
        found -= {wanted, (table, "operator", "SELECT", "tidegate_operator", "true", None, "PERMISSIVE")}
    further = {(*policy, "PERMISSIVE") for policy in FURTHER_POLICIES}
    for table, name, *_ in found - further:
        yield f"{table} has the policy {name!r}, which is on no list."
    for table, name, *_ in further - found:
        yield f"{table} does not have its policy {name!r}."


def references(connection: Connection) -> Iterator[str]:
    """T03, T05: a reference to a tenant's row carries the tenant, else it can point, and tell, across."""
    asked = """
        SELECT k.conname, k.conrelid::regclass::text, k.confrelid::regclass::text,
            (SELECT array_agg(a.attname::text || '=' || b.attname::text ORDER BY a.attname)
             FROM unnest(k.conkey, k.confkey) AS pair (own, other)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own
             JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.other)
        FROM pg_constraint k WHERE k.contype = 'f'
    """
    walled = set(tenant_tables(connection))
    for name, table, target, pairs in connection.execute(asked).fetchall():
        if target in walled and "org_id=org_id" not in pairs:
            yield f"{table} refers to {target} without the tenant ({name})."


def uniqueness(connection: Connection) -> Iterator[str]:
    """T04: a unique constraint over tenants answers whether another one uses a value, unless nobody can guess it."""
    asked = """
        SELECT i.indexrelid::regclass::text, c.relname, array_agg(a.attname::text ORDER BY a.attname)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
        WHERE i.indisunique AND NOT c.relispartition GROUP BY 1, 2
    """
    walled = set(tenant_tables(connection))
    for index, table, columns in connection.execute(asked).fetchall():
        if table in walled and "org_id" not in columns and columns not in UNGUESSABLE:
            yield f"{index} makes {', '.join(columns)} unique over all tenants."


def partitions(connection: Connection) -> Iterator[str]:
    """Row-level security of the parent does not bind who reads a partition by its own name."""
    asked = """
        SELECT c.relname, r.role, p.privilege FROM pg_class c, unnest(%s::text[]) AS r (role),
            unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p (privilege)
        WHERE c.relispartition AND c.relkind IN ('r', 'p') AND has_table_privilege(r.role, c.oid, p.privilege)
    """
    for table, role, privilege in connection.execute(asked, [[*ROLES, "public"]]).fetchall():
        yield f"{role} has {privilege} on the partition {table} itself."


def views(connection: Connection) -> Iterator[str]:
    """T09: a view runs as its owner unless it says otherwise; a materialised view has no row-level security at all."""
    for oid, name in connection.execute(_OURS, ["v"]).fetchall():
        options = connection.execute("SELECT reloptions FROM pg_class WHERE oid = %s", [oid]).fetchone()
        if not options or "security_invoker=true" not in (options[0] or []):
            yield f"The view {name} does not run as its caller (security_invoker)."
    for oid, name in connection.execute(_OURS, ["m"]).fetchall():
        asked = "SELECT bool_or(has_any_column_privilege(role, %s, 'SELECT')) FROM unnest(%s::text[]) AS role"
        granted = connection.execute(asked, [oid, [*ROLES, "public"]]).fetchone()
        if granted and granted[0]:
            yield f"The materialised view {name} can be read."


def definers(connection: Connection) -> Iterator[str]:
    """T09: what runs as the owner is listed, names its schema, and cannot be hung on a table of somebody's own."""
    asked = """
        SELECT p.proname::text, p.proconfig, p.prorettype = 'trigger'::regtype,
            (SELECT bool_or(has_function_privilege(role, p.oid, 'EXECUTE')) FROM unnest(%s::text[]) AS role)
        FROM pg_proc p
        WHERE p.prosecdef AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    """
    for name, settings, is_trigger, executable in connection.execute(asked, [[*ROLES, "public"]]).fetchall():
        if name not in DEFINERS:
            yield f"The function {name} runs as its owner and is on no list."
        if settings != ["search_path=pg_catalog, pg_temp"]:
            yield f"The function {name} runs as its owner and looks in pg_temp before pg_catalog."
        if is_trigger and executable:
            yield f"The trigger function {name} runs as its owner and can be hung on any table."


def roles(connection: Connection) -> Iterator[str]:
    """T08: no role of the product is exempt from row-level security or can become one that is."""
    asked = """
        SELECT r.rolname, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolreplication,
            EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
        FROM pg_roles r WHERE r.rolname = ANY (%s)
    """
    found = connection.execute(asked, [[*ROLES, "tidegate_owner"]]).fetchall()
    if len(found) != 4:
        yield "A role of the product is missing."
    for name, exempt, member in found:
        if exempt:
            yield f"{name} can get around row-level security."
        if member:
            yield f"{name} is a member of another role."


def ownership(connection: Connection) -> Iterator[str]:
    """T08: an owner may take walls down, so the application's roles own nothing and make nothing."""
    asked = """
        SELECT relowner::regrole::text, relname FROM pg_class WHERE relowner = ANY (%s::regrole[])
        UNION ALL SELECT proowner::regrole::text, proname FROM pg_proc WHERE proowner = ANY (%s::regrole[])
        UNION ALL SELECT nspowner::regrole::text, nspname FROM pg_namespace WHERE nspowner = ANY (%s::regrole[])
    """
    for role, name in connection.execute(asked, [list(ROLES)] * 3).fetchall():
        yield f"{role} owns {name}."
    creating = "SELECT role FROM unnest(%s::text[]) AS role WHERE has_schema_privilege(role, 'public', 'CREATE')"
    for (role,) in connection.execute(creating, [[*ROLES, "public"]]).fetchall():
        yield f"{role} may make tables."


def open_tables(connection: Connection) -> Iterator[str]:
    """A table that the application reads past row-level security is listed with the reason."""
    asked = """
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f') AND NOT c.relrowsecurity
            AND has_any_column_privilege('tidegate_app', c.oid, 'SELECT') ORDER BY 1
    """
    found = {row[0] for row in connection.execute(asked)}
    for table in sorted(found - set(WITHOUT_TENANT)):
        yield f"The application reads {table} without row-level security, and no list says why."
    for table in sorted(set(WITHOUT_TENANT) - found):
        yield f"{table} is listed as read without row-level security, and is not."


def application_grants(connection: Connection) -> Iterator[str]:
    """A02: the record can only grow, keys of scopes are out of reach, and rows are all that the application has."""
    for table, privileges in _granted(connection, "tidegate_app"):
        allowed = {"SELECT", "INSERT", "UPDATE", "DELETE"}
        if table in APPEND_ONLY:
            allowed = {"SELECT", "INSERT"}
        elif table in READ_ONLY:
            allowed = {"SELECT"}
        elif table in CLOSED:
            allowed = set()
        for privilege in sorted(privileges - allowed):
            yield f"The application has {privilege} on {table}."


def recorder_grants(connection: Connection) -> Iterator[str]:
    """The recorder adds decisions, with the answers that are kept, and does nothing else."""
    for table, privileges in _granted(connection, "tidegate_recorder"):
        allowed = {"INSERT"} if table in {"audit_decision", "audit_keptanswer"} else set()
        for privilege in sorted(privileges - allowed):
            yield f"The recorder has {privilege} on {table}."


def operator_grants(connection: Connection) -> Iterator[str]:
    """Operators read, and change nothing by their own role."""
    for table, privileges in _granted(connection, "tidegate_operator"):
        for privilege in sorted(privileges - {"SELECT"}):
            yield f"Operators have {privilege} on {table}."


def _granted(connection: Connection, role: str) -> Iterator[tuple[str, set[str]]]:
    """Yield each table (no partitions) with what `role` may do to it or to any of its columns."""
    asked = """
        SELECT c.relname, array_agg(p.privilege) FROM pg_class c,
            unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'])
                AS p (privilege)
        WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
            AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND CASE WHEN p.privilege = 'MAINTAIN' AND current_setting('server_version_num')::int < 170000 THEN false
                WHEN p.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
                THEN has_any_column_privilege(%s, c.oid, p.privilege)
                ELSE has_table_privilege(%s, c.oid, p.privilege) END
        GROUP BY 1 ORDER BY 1
    """
    for table, privileges in connection.execute(asked, [role, role]).fetchall():
        yield table, set(privileges)
