"""The walls around what payments open."""

from django.db import migrations

from tenants.walls import Walls


class Migration(migrations.Migration):
    dependencies = [("entitlements", "0001_initial"), ("tenants", "0005_billing_status")]
    operations = [Walls("Entitlement"), Walls("Freeze")]
