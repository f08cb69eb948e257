"""Row-level security for organisations, memberships and invitations."""

from django.db import migrations

from tenants.walls import Touches, Walls, row_level_security

OWN = "id = (SELECT tidegate_org())"
THEIRS = "id IN (SELECT org_id FROM tenants_membership WHERE user_id = (SELECT tidegate_user()))"

ORGANIZATION = [
    *row_level_security("tenants_organization", OWN, THEIRS),
    "GRANT SELECT ON tenants_directoryterm TO tidegate_operator",
    "CREATE TRIGGER index_credential AFTER INSERT OR DELETE ON tenants_invitation "
    "FOR EACH ROW EXECUTE FUNCTION tidegate_index_credential()",
]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_initial")]
    operations = [
        Walls("Membership", readable_by="user_id = (SELECT tidegate_user())"),
        Walls("Invitation"),
        migrations.RunSQL(ORGANIZATION, migrations.RunSQL.noop),
        Touches("Organization", "id", ["status", "environment", "requests_per_minute", "name", "slug"]),
        Touches("Membership", "org_id", ["role", "user_id"]),
    ]
