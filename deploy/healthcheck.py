"""Asks the web process of this container whether it is ready; the exit code is the answer."""

import os
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

connection = HTTPConnection("127.0.0.1", 8000, timeout=2)
connection.request("GET", "/readyz", headers={"Host": urlsplit(os.environ["BASE_URL"]).netloc})
sys.exit(connection.getresponse().status != 200)
