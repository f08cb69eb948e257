"""The walls around billed usage; which call is on which line, and what checks found, never changes."""

from django.db import migrations

from tenants.walls import Walls


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0001_initial"), ("ledger", "0002_walls"), ("tenants", "0004_scope_of_one_transaction")]
    operations = [
        Walls("BilledPeriod"),
        Walls("UsageLine"),
        Walls("BilledUsage", append_only=True),
        Walls("BooksCheck", append_only=True),
    ]
