"""Recovery codes are kept as hashes; those that people have printed stay good."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from accounts.recovery_codes import kept_of_seed


def hash_codes(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Replace seeds and codes; stops where one was sealed under a key that is in no setting."""
    sets = apps.get_model("mfa", "Authenticator").objects.using(editor.connection.alias).filter(type="recovery_codes")
    for row in sets.select_for_update():
        if "hashes" not in row.data:
            row.data = kept_of_seed(row)
            row.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_session_keys"), ("mfa", "0003_authenticator_type_uniq")]
    operations = [migrations.RunPython(hash_codes, migrations.RunPython.noop)]
