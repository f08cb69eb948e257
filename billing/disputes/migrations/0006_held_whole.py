"""What is held is not emptied as a whole either."""

from django.db import migrations

TABLES = (
    "ledger_usageevent",
    "ledger_reservation",
    "disputes_disputestep",
    "payments_invoicestate",
    "payments_chargestate",
)
HELD = "CREATE TRIGGER held_whole BEFORE TRUNCATE ON {0} EXECUTE FUNCTION audit_refuse_truncate();"
UNDO = "DROP TRIGGER held_whole ON {0};"


class Migration(migrations.Migration):
    dependencies = [
        ("disputes", "0005_states"),
        ("audit", "0005_holds"),
        ("ledger", "0003_functions"),
        ("payments", "0001_initial"),
    ]
    operations = [migrations.RunSQL(HELD.format(table), UNDO.format(table)) for table in TABLES]
