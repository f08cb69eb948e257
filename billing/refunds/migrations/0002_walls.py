"""The walls around refunds."""

from django.db import migrations

from tenants.walls import Walls


class Migration(migrations.Migration):
    dependencies = [("refunds", "0001_initial"), ("payments", "0002_walls")]
    operations = [Walls("Refund")]
