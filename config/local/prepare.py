"""``python -m config.local.prepare``: from an empty database to one with data to look at, in one process.

It is one and not three because starting Django costs more than each step on a database that is already prepared.
"""

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    call_command("migrate", database="owner", interactive=False, skip_checks=False)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("seed_demo")


if __name__ == "__main__":
    main()
