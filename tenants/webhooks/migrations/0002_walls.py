"""The walls around endpoints, messages and deliveries, and the list of what is due."""

from django.db import migrations

from tenants.walls import Touches, Walls

DUE = """
-- What is due for which endpoint: ids and times only, kept by a trigger, so that the sweep needs no right to read across tenants.
CREATE TABLE tenants_webhooks_due (
    id uuid PRIMARY KEY, org_id uuid NOT NULL, endpoint_id uuid NOT NULL, due_at timestamptz NOT NULL, held boolean NOT NULL
);
CREATE INDEX tenants_webhooks_due_at ON tenants_webhooks_due (due_at);
CREATE INDEX tenants_webhooks_due_held ON tenants_webhooks_due (endpoint_id) WHERE held;
REVOKE INSERT, UPDATE, DELETE ON tenants_webhooks_due FROM tidegate_app;
CREATE FUNCTION tenants_webhooks_track() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.tenants_webhooks_due WHERE id = OLD.id;
    ELSIF NEW.state <> 'waiting' THEN
        DELETE FROM public.tenants_webhooks_due WHERE id = NEW.id;
    ELSE
        INSERT INTO public.tenants_webhooks_due VALUES (NEW.id, NEW.org_id, NEW.endpoint_id, NEW.due_at, NEW.held)
            ON CONFLICT (id) DO UPDATE SET due_at = EXCLUDED.due_at, held = EXCLUDED.held;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tenants_webhooks_track FROM PUBLIC;
CREATE TRIGGER track AFTER INSERT OR UPDATE OR DELETE ON tenants_webhooks_delivery
    FOR EACH ROW EXECUTE FUNCTION tenants_webhooks_track();
"""
UNDO = "DROP TRIGGER track ON tenants_webhooks_delivery; DROP FUNCTION tenants_webhooks_track; DROP TABLE tenants_webhooks_due"


class Migration(migrations.Migration):
    dependencies = [("tenants_webhooks", "0001_initial"), ("tenants", "0004_scope_of_one_transaction")]
    operations = [
        Walls("Endpoint"),
        Walls("Message"),
        Walls("Delivery"),
        Touches("Endpoint", "org_id", ["events", "disabled_at", "closed_at"]),
        migrations.RunSQL(DUE, UNDO),
    ]
