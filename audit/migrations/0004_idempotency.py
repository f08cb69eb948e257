"""Answers kept under idempotency keys, and the claims of calls that are being answered."""

import uuid

from django.db import migrations, models

from tenants.walls import Walls

UNLOGGED = "ALTER TABLE audit_idempotencyclaim SET UNLOGGED"
KEPT = """
GRANT INSERT ON audit_keptanswer TO tidegate_recorder;
CREATE POLICY recorder ON audit_keptanswer FOR INSERT TO tidegate_recorder WITH CHECK (true);

-- The sweep works for every tenant, so it runs as the owner, who sees what is past its time and nothing else.
CREATE POLICY sweep ON audit_keptanswer TO CURRENT_USER
    USING (created_at <= now() - interval '24 hours') WITH CHECK (false);
CREATE POLICY sweep ON audit_idempotencyclaim TO CURRENT_USER
    USING (created_at <= now() - interval '1 hour') WITH CHECK (false);
CREATE FUNCTION audit_sweep_idempotency() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    swept bigint;
BEGIN
    DELETE FROM public.audit_idempotencyclaim WHERE created_at <= now() - interval '1 hour';
    DELETE FROM public.audit_keptanswer WHERE created_at <= now() - interval '24 hours';
    GET DIAGNOSTICS swept = ROW_COUNT;
    RETURN swept;
END $$;
"""
UNDO = "DROP FUNCTION audit_sweep_idempotency"


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_outbox")]
    operations = [
        migrations.CreateModel(
            name="IdempotencyClaim",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("org_id", models.UUIDField(editable=False)),
                ("holder", models.UUIDField()),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["created_at"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("org_id", models.UUIDField(editable=False)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("sealed", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["created_at"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["created_at"], name="audit_keptanswer_age")],
            },
        ),
        Walls("IdempotencyClaim"),
        Walls("KeptAnswer"),
        migrations.RunSQL(UNLOGGED, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT, UNDO),
    ]
