"""Sessions are found by the hash of their cookie; those that are open stay open."""

from django.db import migrations

HASH = """
UPDATE {table} SET session_key = left(encode(sha256(convert_to(session_key, 'UTF8')), 'hex'), 40)
WHERE length(session_key) < 40
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_notices"), ("sessions", "0001_initial"), ("usersessions", "0001_initial")]
    operations = [
        migrations.RunSQL(HASH.format(table=table), migrations.RunSQL.noop)
        for table in ("django_session", "usersessions_usersession")
    ]
