"""The partitioned decision table, and the walls of the record."""

from django.db import migrations

from audit.partitions import DECISIONS, UNDO
from tenants.walls import OWN_ROWS, Walls, row_level_security


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(DECISIONS, UNDO),
        migrations.RunSQL(list(row_level_security("audit_decision", OWN_ROWS)), migrations.RunSQL.noop),
        Walls("AuditEvent", append_only=True),
    ]
