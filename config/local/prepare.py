"""``python -m config.local.prepare``: from an empty database to one with data to look at, in one process.

It is one and not three because starting Django costs more than each step on a database that is already prepared.
"""

import django
from django.core.management import call_command
from django.utils.module_loading import import_string


def main() -> None:
    django.setup()
    call_command("migrate", database="owner", interactive=False, skip_checks=False)
    call_command("collectstatic", interactive=False, verbosity=0)
    import_string("accounts.keystore.rotation.keep_up")()  # the beat would make the first key in its first minute
    call_command("seed_demo")


if __name__ == "__main__":
    main()
