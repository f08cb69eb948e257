"""Storing an event is one statement that opens its own scope: one round trip, which Stripe waits for."""

from django.db import migrations

STORE = """
CREATE FUNCTION webhooks_store(signed text, row_id uuid, event text, kind text, object text, sealed text, stands text,
    why text, happened timestamptz, is_due boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    now_stands text;
BEGIN
    PERFORM tidegate_open(signed);
    INSERT INTO webhooks_webhookinbox AS kept (id, event_id, type, object_id, payload, state, deliveries, attempts,
        error, happened_at, received_at, due_at)
    VALUES (row_id, event, kind, object, sealed, stands, 1, 0, why, happened, now(), CASE WHEN is_due THEN now() END)
    ON CONFLICT (event_id) DO UPDATE SET deliveries = kept.deliveries + 1
    RETURNING state INTO now_stands;
    RETURN now_stands;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_walls")]
    operations = [migrations.RunSQL(STORE, "DROP FUNCTION webhooks_store")]
