"""The walls around service identities, the index that finds them by client id, and the stamps of their changes."""

from django.db import migrations

from tenants.walls import Touches, Walls

INDEX = (
    "CREATE TRIGGER index_credential AFTER INSERT OR DELETE ON workloads_serviceidentity "
    "FOR EACH ROW EXECUTE FUNCTION tidegate_index_credential()"
)
EXPIRY = """
-- When the next notice of a key's end is due: ids only, kept by a trigger, so that the sweep needs no right to read across tenants.
CREATE TABLE workloads_key_expiry (key_id uuid PRIMARY KEY, org_id uuid NOT NULL, due_at timestamptz NOT NULL);
CREATE INDEX workloads_key_expiry_due ON workloads_key_expiry (due_at);
REVOKE INSERT, UPDATE, DELETE ON workloads_key_expiry FROM tidegate_app;
CREATE FUNCTION workloads_key_expiry_track() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.workloads_key_expiry WHERE key_id = OLD.id;
    ELSIF NEW.expires_at IS NULL OR NEW.revoked_at IS NOT NULL OR NEW.notified_days = 0 THEN
        DELETE FROM public.workloads_key_expiry WHERE key_id = NEW.id;
    ELSE
        INSERT INTO public.workloads_key_expiry VALUES (NEW.id, NEW.org_id, NEW.expires_at - make_interval(days =>
            CASE WHEN NEW.notified_days IS NULL THEN 7 WHEN NEW.notified_days > 1 THEN 1 ELSE 0 END))
            ON CONFLICT (key_id) DO UPDATE SET due_at = EXCLUDED.due_at;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION workloads_key_expiry_track FROM PUBLIC;
CREATE TRIGGER track AFTER INSERT OR DELETE OR UPDATE OF expires_at, revoked_at, notified_days ON workloads_servicekey
    FOR EACH ROW EXECUTE FUNCTION workloads_key_expiry_track();
"""
UNDO = "DROP TRIGGER track ON workloads_servicekey; DROP FUNCTION workloads_key_expiry_track; DROP TABLE workloads_key_expiry;"


class Migration(migrations.Migration):
    dependencies = [("workloads", "0001_initial")]
    operations = [
        Walls("ServiceIdentity"),
        Walls("ServiceKey"),
        Walls("TrustedIssuer"),
        Walls("UsedAssertion"),
        migrations.RunSQL(INDEX, "DROP TRIGGER index_credential ON workloads_serviceidentity"),
        Touches(
            "ServiceIdentity",
            "org_id",
            ["scopes", "environment", "requests_per_minute", "owner_id", "disabled_at", "tokens_from", "name"],
        ),
        migrations.RunSQL(EXPIRY, UNDO),
    ]
