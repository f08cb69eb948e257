"""A period is billed by the plan with which it began, which the one before keeps."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0003_expiry")]
    operations = [
        migrations.AddField("billedperiod", "next_plan", models.CharField(blank=True, max_length=40)),
    ]
