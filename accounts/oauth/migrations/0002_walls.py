"""Row-level security for applications and what was issued to them, the stamps by which workers notice an end, the sweep."""

from django.db import migrations

from tenants.walls import Touches, Walls

INDEX = (
    "CREATE TRIGGER index_credential AFTER INSERT OR DELETE ON oauth_application "
    "FOR EACH ROW EXECUTE FUNCTION tidegate_index_credential()"
)
# Not on inserts: a token that is issued makes nothing stale, and each would have every worker read its keys again.
REVOKED = (
    "CREATE TRIGGER touch AFTER UPDATE OF revoked_at ON oauth_accesstoken "
    "FOR EACH ROW EXECUTE FUNCTION tidegate_touch('org_id')"
)
# The sweep works for every tenant, so it runs as the owner, who sees what is past its time and nothing else. A used code
# and a spent refresh token stay for as long as their family may live: presented again, they end it.
PAST = {
    "oauth_accesstoken": "expires <= now() - interval '1 hour'",
    "oauth_grant": "expires <= now() - interval '31 days' OR (used_at IS NULL AND expires <= now() - interval '1 hour')",
    "oauth_refreshtoken": "ends_at <= now() - interval '1 day'",
    "oauth_usedassertion": "expires_at <= now() - interval '1 hour'",
}
POLICIES = [
    f"CREATE POLICY sweep ON {table} TO CURRENT_USER USING ({condition}) WITH CHECK (false)"
    for table, condition in PAST.items()
]
SWEEP = """
CREATE FUNCTION oauth_sweep() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    swept bigint := 0;
    more bigint;
BEGIN
    {deletions}
    RETURN swept;
END $$;
""".format(
    deletions="\n    ".join(
        f"DELETE FROM public.{table} WHERE {condition}; GET DIAGNOSTICS more = ROW_COUNT; swept := swept + more;"
        for table, condition in PAST.items()
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0001_initial"),
        ("tenants", "0004_scope_of_one_transaction"),
        ("workloads", "0002_walls"),
    ]
    operations = [
        Walls("Application"),
        Walls("Grant"),
        Walls("AccessToken"),
        Walls("RefreshToken"),
        Walls("UsedAssertion"),
        migrations.RunSQL(INDEX, "DROP TRIGGER index_credential ON oauth_application"),
        migrations.RunSQL(REVOKED, "DROP TRIGGER touch ON oauth_accesstoken"),
        Touches("Application", "org_id", ["revoked_at", "suspended_at", "name", "scopes"]),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
        migrations.RunSQL(SWEEP, "DROP FUNCTION oauth_sweep"),
    ]
