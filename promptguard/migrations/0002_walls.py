"""Row-level security for policies and reports; a changed policy is noticed by every worker."""

from django.db import migrations

from tenants.walls import Touches, Walls


class Migration(migrations.Migration):
    dependencies = [("promptguard", "0001_initial"), ("tenants", "0003_walls")]
    operations = [
        Walls("GuardPolicy"),
        Walls("DecisionReport"),
        Touches("GuardPolicy", "org_id", ["active", "rules"]),
    ]
