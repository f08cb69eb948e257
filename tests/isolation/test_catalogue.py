"""The live catalogue has no hole, and each kind of hole that somebody could make is found."""

import pytest

from tenants.scope import OrgForeignKey
from tests.isolation import catalogue
from tests.isolation.allowed import ORGANIZATIONS, WITHOUT_TENANT
from tests.isolation.catalogue import Connection
from tests.isolation.estate import tenant_models
from tests.isolation.mutations.per_table import TABLES

WALLED = """
CREATE TABLE planted (id uuid PRIMARY KEY, org_id uuid NOT NULL REFERENCES tenants_organization, name text,
    UNIQUE (org_id, id));
ALTER TABLE planted ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON planted USING (org_id = (SELECT tidegate_org())) WITH CHECK (org_id = (SELECT tidegate_org()));
"""
HOLES = {
    "no row-level security": (
        "ALTER TABLE planted DISABLE ROW LEVEL SECURITY",
        "planted has no row-level security.",
    ),
    "the owner is not bound": (
        "ALTER TABLE planted NO FORCE ROW LEVEL SECURITY",
        "planted does not force row-level security upon its owner.",
    ),
    "no policy": ("DROP POLICY tenant ON planted", "planted does not have the tenant's policy."),
    "a policy that checks no writes": (
        "DROP POLICY tenant ON planted;"
        "CREATE POLICY tenant ON planted USING (org_id = (SELECT tidegate_org())) WITH CHECK (true)",
        "planted does not have the tenant's policy.",
    ),
    "a second policy": (
        "CREATE POLICY support ON planted FOR SELECT USING (true)",
        "planted has the policy 'support', which is on no list.",
    ),
    "a wider way to read organisations": (
        "DROP POLICY readable ON tenants_organization;"
        "CREATE POLICY readable ON tenants_organization FOR SELECT USING (true)",
        "tenants_organization has the policy 'readable', which is on no list.",
    ),
    "a row of nobody": ("ALTER TABLE planted ALTER org_id DROP NOT NULL", "planted.org_id may be null."),
    "no index by tenant": (
        "ALTER TABLE planted DROP CONSTRAINT planted_org_id_id_key",
        "planted has no index that starts with org_id.",
    ),
    "a plain reference": (
        "ALTER TABLE planted ADD key_id uuid REFERENCES accounts_apikey",
        "planted refers to accounts_apikey without the tenant (planted_key_id_fkey).",
    ),
    "a plain reference from elsewhere": (
        "CREATE TABLE stray (key_id uuid REFERENCES accounts_apikey)",
        "stray refers to accounts_apikey without the tenant (stray_key_id_fkey).",
    ),
    "a name that is unique over all tenants": (
        "ALTER TABLE planted ADD UNIQUE (name)",
        "planted_name_key makes name unique over all tenants.",
    ),
    "a view that runs as its owner": (
        "CREATE VIEW every_key AS SELECT * FROM accounts_apikey",
        "The view every_key does not run as its caller (security_invoker).",
    ),
    "a materialised view": (
        "CREATE MATERIALIZED VIEW every_key AS SELECT * FROM accounts_apikey",
        "The materialised view every_key can be read.",
    ),
    "a function that runs as the owner": (
        "CREATE FUNCTION every_key() RETURNS SETOF accounts_apikey LANGUAGE sql SECURITY DEFINER "
        "SET search_path = pg_catalog, pg_temp AS 'SELECT * FROM public.accounts_apikey'",
        "The function every_key runs as its owner and is on no list.",
    ),
    "a function that looks in pg_temp first": (
        "ALTER FUNCTION tidegate_org SET search_path = pg_catalog",
        "The function tidegate_org runs as its owner and looks in pg_temp before pg_catalog.",
    ),
    "a trigger function for everybody": (
        "GRANT EXECUTE ON FUNCTION tidegate_index_credential TO PUBLIC",
        "The trigger function tidegate_index_credential runs as its owner and can be hung on any table.",
    ),
    "a partition with a door of its own": (
        "GRANT SELECT ON audit_decision_default TO tidegate_app",
        "tidegate_app has SELECT on the partition audit_decision_default itself.",
    ),
    "a table read past the walls": (
        "CREATE TABLE stray (id int)",
        "The application reads stray without row-level security, and no list says why.",
    ),
    "a record that can be changed": (
        "GRANT UPDATE (detail) ON audit_auditevent TO tidegate_app",
        "The application has UPDATE on audit_auditevent.",
    ),
    "a record that can be emptied": (
        "GRANT TRUNCATE ON audit_decision TO tidegate_app",
        "The application has TRUNCATE on audit_decision.",
    ),
    "keys of scopes within reach": (
        "GRANT SELECT ON tenants_scopekey TO PUBLIC",
        "The application has SELECT on tenants_scopekey.",
    ),
    "the index of credentials within reach": (
        "GRANT SELECT (hash) ON tenants_credential TO tidegate_app",
        "The application has SELECT on tenants_credential.",
    ),
    "a recorder that reads": (
        "GRANT SELECT (id) ON audit_decision TO tidegate_recorder",
        "The recorder has SELECT on audit_decision.",
    ),
    "an operator that writes": (
        "GRANT INSERT ON tenants_membership TO tidegate_operator",
        "Operators have INSERT on tenants_membership.",
    ),
    "an operator that renames": (
        "GRANT UPDATE (name) ON tenants_organization TO tidegate_operator",
        "Operators have UPDATE on tenants_organization.",
    ),
    "an application that owns": (
        "GRANT CREATE ON SCHEMA public TO tidegate_app",
        "tidegate_app may make tables.",
    ),
}


def test_t10_the_catalogue_has_no_hole(owner: Connection) -> None:
    assert catalogue.problems(owner) == []


def test_t10_a_table_with_every_wall_is_accepted(owner: Connection) -> None:
    owner.execute(WALLED)
    assert catalogue.problems(owner) == []


@pytest.mark.parametrize("hole", HOLES)
def test_t08_t09_t10_a_hole_is_found(owner: Connection, hole: str) -> None:
    made, expected = HOLES[hole]
    owner.execute(WALLED)
    owner.execute(made.encode())
    assert expected in catalogue.problems(owner)


def test_t10_the_tables_that_are_looked_at_are_those_of_the_models(owner: Connection) -> None:
    """A check that finds no tables finds no holes either."""
    assert set(catalogue.tenant_tables(owner)) == {model._meta.db_table for model in tenant_models()}
    assert ORGANIZATIONS not in WITHOUT_TENANT


def test_t03_every_reference_between_tenant_models_is_composite(owner: Connection) -> None:
    """Also one that has no constraint at all, which the catalogue cannot show."""
    asked = """
        SELECT k.conrelid::regclass::text || '.' || a.attname FROM pg_constraint k
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) AND a.attname <> 'org_id'
        WHERE k.contype = 'f' AND cardinality(k.conkey) = 2 AND NOT k.condeferred AND k.convalidated
    """
    composite = {row[0] for row in owner.execute(asked)}
    ours = set(tenant_models())
    references = [field for model in ours for field in model._meta.local_fields if field.related_model in ours]
    assert references, "there is nothing to look at"
    for reference in references:
        assert isinstance(reference, OrgForeignKey), reference
        assert f"{reference.model._meta.db_table}.{reference.column}" in composite


@pytest.mark.parametrize("reason", WITHOUT_TENANT.values())
def test_every_table_outside_the_walls_has_its_reason(reason: str) -> None:
    assert len(reason.split()) >= 3


def test_each_tenant_table_is_one_that_the_mutations_break() -> None:
    tables = {model._meta.db_table for model in tenant_models()} | {ORGANIZATIONS}
    assert tables - set(TABLES) == set(), "name it in tests/isolation/mutations/per_table.py"
