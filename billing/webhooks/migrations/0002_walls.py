"""Events are there in the processor's scope alone; staff read them by the operators' role."""

from django.db import migrations

from billing.vault.scope import OF_PROCESSOR
from tenants.walls import row_level_security

TABLE = "webhooks_webhookinbox"


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial"), ("tenants", "0004_scope_of_one_transaction")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in row_level_security(TABLE, OF_PROCESSOR)
    ]
