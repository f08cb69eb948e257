"""Row-level security for API keys, and the stamps by which workers notice a change."""

from django.db import migrations

from tenants.walls import Touches, Walls

INDEX = (
    "CREATE TRIGGER index_credential AFTER INSERT OR DELETE ON accounts_apikeysecret "
    "FOR EACH ROW EXECUTE FUNCTION tidegate_index_credential()"
)
CACHE = """
CREATE UNLOGGED TABLE accounts_cache (
    cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
);
CREATE INDEX accounts_cache_expires ON accounts_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_initial"), ("tenants", "0003_walls")]
    operations = [
        Walls("ApiKey"),
        Walls("ApiKeySecret"),
        migrations.RunSQL(INDEX, "DROP TRIGGER index_credential ON accounts_apikeysecret"),
        Touches(
            "ApiKey",
            "org_id",
            ["scopes", "environment", "allowed_addresses", "requests_per_minute", "expires_at", "revoked_at", "name"],
        ),
        Touches("ApiKeySecret", "org_id", ["expires_at"]),
        Touches("User", "id", ["is_active"]),
        migrations.RunSQL(CACHE, "DROP TABLE accounts_cache"),
    ]
