"""The second and third walls: policies, grants and composite references."""

from tests.isolation.mutations.mutation import CATALOGUE, MODELS, REFERENCES, edit, sql

DATABASE = [
    edit(
        "the owner is not bound (FORCE)",
        "tenants/walls.py",
        '    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"\n',
        "",
        CATALOGUE,
    ),
    edit(
        "writes are not checked by the policy",
        "tenants/walls.py",
        "WITH CHECK ({condition})",
        "WITH CHECK (true)",
        MODELS,
    ),
    edit(
        "the operators' policy is everybody's",
        "tenants/walls.py",
        "FOR SELECT TO {OPERATOR_ROLE} USING (true)",
        "FOR SELECT USING (true)",
        MODELS,
        only="no_read",
    ),
    edit(
        "references are not composite",
        "tenants/walls.py",
        "                yield composite_reference(table, field)",
        "                continue",
        REFERENCES,
    ),
    edit(
        "the record can be changed",
        "tenants/walls.py",
        "        if self.append_only:",
        "        if False:",
        "tests/audit/test_append_only.py",
    ),
    sql(
        "memberships are readable by all",
        "ALTER POLICY readable ON tenants_membership USING (true)",
        MODELS,
        only="no_read",
    ),
    sql(
        "organisations are readable by all",
        "ALTER POLICY readable ON tenants_organization USING (true)",
        MODELS,
        only="no_read",
    ),
    sql(
        "decisions can be changed",
        "GRANT UPDATE, DELETE ON audit_decision TO tidegate_app",
        "tests/audit/test_append_only.py",
    ),
    sql(
        "the recorder reads",
        "GRANT SELECT ON audit_decision TO tidegate_recorder",
        "tests/audit/test_recorder.py",
        only="a02",
    ),
    sql("the operator writes", "GRANT UPDATE ON accounts_apikey TO tidegate_operator", CATALOGUE, only="has_no_hole"),
    edit(
        "partitions have doors of their own",
        "audit/partitions.py",
        "EXECUTE format('REVOKE ALL ON public.%I FROM tidegate_app, ",
        "EXECUTE format('REVOKE ALL ON public.%I FROM ",
        "tests/audit/test_append_only.py",
    ),
    sql(
        "a plain view over keys",
        "CREATE VIEW every_key AS SELECT * FROM accounts_apikey",
        CATALOGUE,
        only="has_no_hole",
    ),
]
