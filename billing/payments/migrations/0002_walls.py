"""The walls around invoices, their lines and charges."""

from django.db import migrations

from tenants.walls import Walls


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("tenants", "0004_scope_of_one_transaction")]
    operations = [Walls("InvoiceState"), Walls("InvoiceLine"), Walls("ChargeState")]
