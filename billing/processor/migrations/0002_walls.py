"""The walls around accounts and operations; whose customer somebody is can be asked in the processor's scope too."""

from django.db import migrations

from billing.vault.scope import OF_PROCESSOR
from tenants.walls import Walls


class Migration(migrations.Migration):
    dependencies = [("processor", "0001_initial")]
    operations = [Walls("BillingAccount", readable_by=OF_PROCESSOR), Walls("PaymentOperation")]
