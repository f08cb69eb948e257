"""A small product under the real supervisor: ``python -m tests.platform.house``.

It has what matters to a supervisor: a job, a web server with a child process, and the embedded PostgreSQL.
"""

import sys
from pathlib import Path

from config.local import __main__ as command_line
from config.local import product
from config.local.product import Product, Site
from config.local.program import Program

WEB = Path(__file__).with_name("web.py")


def small(site: Site) -> Product:
    return Product(
        prepare=Program("prepare", ["sh", "-c", "echo prepared"], restarts=False),
        fingerprint=lambda: "always the same",
        web=Program("web", [sys.executable, "-I", str(WEB), str(site.port)]),
        obstacle=lambda: product.obstacle(site.port, "/readyz"),
        others=[Program("other", ["sh", "-c", "trap 'exit 0' TERM; sleep 3600 & wait"])],
        welcome=lambda: f"ready {site.base_url}",
    )


if __name__ == "__main__":
    sys.exit(command_line.main(["run"], small))
