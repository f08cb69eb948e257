"""``python -m benchmarks [NAME …]``: the measured promises, each beside its own baseline, in one run."""

import os
import sys
from importlib import import_module

import django

NAMES = ("detection", "assertions", "authorization", "decisions", "guard", "ledger", "webhooks", "storm", "evidence")

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    for name in sys.argv[1:] or NAMES:
        module = import_module(f"benchmarks.{name}")
        print(f"\n{name}: {(module.__doc__ or '').strip().splitlines()[0]}")
        module.main()
