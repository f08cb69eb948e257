"""The counters of rate limits. Unlogged: a crash forgets at most a minute of counting, and no request waits for disk."""

from django.db import migrations

RATES = """
CREATE UNLOGGED TABLE billing_rate (subject bytea PRIMARY KEY, arrival timestamptz NOT NULL) WITH (fillfactor = 50);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = [("tenants", "0001_scope")]
    operations = [migrations.RunSQL(RATES, "DROP TABLE billing_rate")]
