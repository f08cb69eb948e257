"""Row-level security; proved domains and connections are found by their hash; when a certificate's end must be told."""

from django.db import migrations

from tenants.walls import Walls

INDEX = [
    f"CREATE TRIGGER index_credential AFTER INSERT OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION tidegate_index_credential()"
    for table in ("sso_proveddomain", "sso_connection")
]
UNINDEX = [f"DROP TRIGGER index_credential ON {table}" for table in ("sso_proveddomain", "sso_connection")]

EXPIRY = """
-- When the next notice of a certificate's end is due: ids only, kept by a trigger, so that the sweep needs no right to read across tenants.
CREATE TABLE sso_certificate_expiry (connection_id uuid PRIMARY KEY, org_id uuid NOT NULL, due_at timestamptz NOT NULL);
CREATE INDEX sso_certificate_expiry_due ON sso_certificate_expiry (due_at);
REVOKE INSERT, UPDATE, DELETE ON sso_certificate_expiry FROM tidegate_app;
CREATE FUNCTION sso_certificate_expiry_track() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.sso_certificate_expiry WHERE connection_id = OLD.id;
    ELSIF NEW.certificate_ends_at IS NULL OR NEW.state <> 'enabled' OR NEW.notified_days = 0 THEN
        DELETE FROM public.sso_certificate_expiry WHERE connection_id = NEW.id;
    ELSE
        INSERT INTO public.sso_certificate_expiry VALUES (NEW.id, NEW.org_id, NEW.certificate_ends_at - make_interval(
            days => CASE WHEN NEW.notified_days IS NULL THEN 30 WHEN NEW.notified_days > 7 THEN 7
                         WHEN NEW.notified_days > 1 THEN 1 ELSE 0 END))
            ON CONFLICT (connection_id) DO UPDATE SET due_at = EXCLUDED.due_at;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION sso_certificate_expiry_track FROM PUBLIC;
CREATE TRIGGER track AFTER INSERT OR DELETE OR UPDATE OF certificate_ends_at, state, notified_days ON sso_connection
    FOR EACH ROW EXECUTE FUNCTION sso_certificate_expiry_track();
"""
UNDO = (
    "DROP TRIGGER track ON sso_connection; DROP FUNCTION sso_certificate_expiry_track; DROP TABLE sso_certificate_expiry;"
)


class Migration(migrations.Migration):
    dependencies = [("sso", "0001_initial")]
    operations = [
        Walls("Domain"),
        Walls("ProvedDomain"),
        Walls("Connection"),
        Walls("Identity"),
        Walls("SamlAnswer"),
        migrations.RunSQL(INDEX, UNINDEX),
        migrations.RunSQL(EXPIRY, UNDO),
    ]
