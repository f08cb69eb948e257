"""What an organisation's payments open stands beside its status, and moves its stamp."""

from django.db import migrations, models

TOUCHED = "status, billing_status, environment, requests_per_minute, name, slug"
TOUCH = f"""
DROP TRIGGER touch ON tenants_organization;
CREATE TRIGGER touch AFTER INSERT OR DELETE OR UPDATE OF {TOUCHED} ON tenants_organization
FOR EACH ROW EXECUTE FUNCTION tidegate_touch('id');
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_scope_of_one_transaction")]
    operations = [
        migrations.AddField(
            "organization",
            "billing_status",
            models.CharField(
                choices=[("active", "Active"), ("frozen", "Frozen"), ("lapsed", "Lapsed")], default="active", max_length=16
            ),
        ),
        migrations.AddField("organization", "seats", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField("organization", "retention_days", models.PositiveIntegerField(blank=True, null=True)),
        migrations.RunSQL(TOUCH, migrations.RunSQL.noop),
    ]
