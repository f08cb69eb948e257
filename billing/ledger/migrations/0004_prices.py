"""The list prices that ship with this version; `manage.py load_prices` adds later ones."""

from django.db import migrations

from billing.ledger.prices import load_list


def load(apps, schema_editor):
    load_list(apps.get_model("ledger", "ListPrice"), schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_functions")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
