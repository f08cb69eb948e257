"""The plans that ship with this version, which the application reads; `manage.py load_plans` adds later ones."""

from django.db import migrations

from billing.catalogue.plans import load

READ_ONLY = "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON catalogue_planversion FROM tidegate_app"


def load_plans(apps, schema_editor):
    load(apps.get_model("catalogue", "PlanVersion"), schema_editor.connection.alias)


class Migration(migrations.Migration):
    # After tenants' grants to the application's role, which are defaults of the schema.
    dependencies = [("catalogue", "0001_initial"), ("tenants", "0004_scope_of_one_transaction")]
    operations = [
        migrations.RunSQL(READ_ONLY, migrations.RunSQL.noop),
        migrations.RunPython(load_plans, migrations.RunPython.noop),
    ]
