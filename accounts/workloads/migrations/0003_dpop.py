"""Services whose tokens must be bound to a key; to ask for that moves the organisation's stamp."""

from django.db import migrations, models

from tenants.walls import Touches


class Migration(migrations.Migration):
    dependencies = [("workloads", "0002_walls")]
    operations = [
        migrations.AddField("serviceidentity", "dpop_only", models.BooleanField(default=False)),
        migrations.RunSQL("DROP TRIGGER touch ON workloads_serviceidentity", migrations.RunSQL.noop),
        Touches(
            "ServiceIdentity",
            "org_id",
            ["scopes", "environment", "requests_per_minute", "owner_id", "disabled_at", "tokens_from", "name", "dpop_only"],
        ),
    ]
