"""The web of the small product: answers with its process id and the URL it has for the database's owner.

A script of its own, which imports nothing of ours, so that a test need not wait for that. It has a child process.
"""

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{os.getpid()} {os.environ['DATABASE_OWNER_URL']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(TCPServer):
    allow_reuse_address = True


def serve(port: int) -> None:
    with subprocess.Popen(["sleep", "3600"]), Server(("127.0.0.1", port), Answer) as server:
        server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
