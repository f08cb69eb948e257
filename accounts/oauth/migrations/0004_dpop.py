"""The key that a code or token is bound to, applications that have bound tokens only, and the proofs already used."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from tenants.walls import Touches, Walls

# The sweep of 0002, and the proofs whose time is past.
PAST = {
    "oauth_accesstoken": "expires <= now() - interval '1 hour'",
    "oauth_grant": "expires <= now() - interval '31 days' OR (used_at IS NULL AND expires <= now() - interval '1 hour')",
    "oauth_refreshtoken": "ends_at <= now() - interval '1 day'",
    "oauth_usedassertion": "expires_at <= now() - interval '1 hour'",
    "oauth_usedproof": "expires_at <= now()",
}
POLICY = f"CREATE POLICY sweep ON oauth_usedproof TO CURRENT_USER USING ({PAST['oauth_usedproof']}) WITH CHECK (false)"


def sweep(tables: dict[str, str]) -> str:
    deletions = "\n    ".join(
        f"DELETE FROM public.{table} WHERE {condition}; GET DIAGNOSTICS more = ROW_COUNT; swept := swept + more;"
        for table, condition in tables.items()
    )
    return f"""
CREATE OR REPLACE FUNCTION oauth_sweep() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    swept bigint := 0;
    more bigint;
BEGIN
    {deletions}
    RETURN swept;
END $$;
"""


FORMER = {table: condition for table, condition in PAST.items() if table != "oauth_usedproof"}


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0003_unique_within_a_tenant"),
        ("tenants", "0004_scope_of_one_transaction"),
        ("workloads", "0003_dpop"),
    ]
    operations = [
        migrations.AddField("application", "dpop_only", models.BooleanField(default=False)),
        migrations.AddField("grant", "jkt", models.CharField(max_length=43, default="")),
        migrations.AddField("accesstoken", "jkt", models.CharField(max_length=43, default="")),
        migrations.AddField("refreshtoken", "jkt", models.CharField(max_length=43, default="")),
        migrations.RunSQL("DROP TRIGGER touch ON oauth_application", migrations.RunSQL.noop),
        Touches("Application", "org_id", ["revoked_at", "suspended_at", "name", "scopes", "dpop_only"]),
        migrations.CreateModel(
            name="UsedProof",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("hash", models.BinaryField(max_length=32)),
                ("expires_at", models.DateTimeField()),
                (
                    "org",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.organization",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["expires_at"], name="oauth_usedproof_expires")],
                "constraints": [models.UniqueConstraint(fields=("org", "hash"), name="oauth_usedproof_once")],
            },
        ),
        Walls("UsedProof"),
        migrations.RunSQL(POLICY, "DROP POLICY sweep ON oauth_usedproof"),
        migrations.RunSQL(sweep(PAST), sweep(FORMER)),
    ]
