"""The mirror of Stripe's objects is there in the processor's scope alone, and never holds a key, a secret or a header."""

from django.apps import apps as installed
from django.db import migrations

from billing.vault.scope import OF_PROCESSOR

NEVER_WRITTEN = ("djstripe_apikey", "djstripe_webhookendpoint", "djstripe_webhookeventtrigger", "djstripe_idempotencykey")
REFUSE = """
-- dj-stripe would keep the secret key in plain text, the body of forged requests, and keys without their parameters.
CREATE FUNCTION vault_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'Nothing is kept in %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def tables():
    models = installed.get_app_config("djstripe").get_models(include_auto_created=True)
    return sorted(model._meta.db_table for model in models)


def wall(apps, schema_editor):
    schema_editor.execute(REFUSE, params=None)
    for table in tables():
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        schema_editor.execute(f"CREATE POLICY mirror ON {table} USING ({OF_PROCESSOR}) WITH CHECK ({OF_PROCESSOR})")
    for table in NEVER_WRITTEN:
        schema_editor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM tidegate_app")
        schema_editor.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION vault_refuse()"
        )


def unwall(apps, schema_editor):
    for table in NEVER_WRITTEN:
        schema_editor.execute(f"DROP TRIGGER refuse ON {table}")
        schema_editor.execute(f"GRANT INSERT, UPDATE, DELETE ON {table} TO tidegate_app")
    for table in tables():
        schema_editor.execute(f"DROP POLICY mirror ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    schema_editor.execute("DROP FUNCTION vault_refuse")


class Migration(migrations.Migration):
    dependencies = [("djstripe", "0001_initial"), ("tenants", "0004_scope_of_one_transaction")]
    operations = [migrations.RunPython(wall, unwall)]
