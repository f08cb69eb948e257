"""A plan can be off for several reasons at once."""

import django.contrib.postgres.fields
from django.db import migrations, models

MANY = """
ALTER TABLE entitlements_entitlement ALTER COLUMN "off" TYPE varchar(16)[]
    USING CASE WHEN "off" = '' THEN '{}' ELSE ARRAY["off"] END;
"""
ONE = """
ALTER TABLE entitlements_entitlement ALTER COLUMN "off" TYPE varchar(16) USING coalesce("off"[1], '');
"""
REASON = models.CharField(
    max_length=16,
    choices=[
        ("unverified", "The payment method of the trial was not verified."),
        ("unpaid", "An invoice was not paid, and every try to collect it failed."),
        ("dispute_lost", "A payment was disputed and taken back."),
    ],
)
REASONS = django.contrib.postgres.fields.ArrayField(REASON, blank=True, default=list)


class Migration(migrations.Migration):
    dependencies = [("entitlements", "0003_freeze_pauses")]
    operations = [
        migrations.RunSQL(MANY, ONE, state_operations=[migrations.AlterField("entitlement", "off", REASONS)]),
    ]
