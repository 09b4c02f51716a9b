"""The storage server as its clients know it: multipart uploads with a bearer token, kept under their path."""

import gzip
import threading
from contextlib import suppress
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TOKEN = "a-token"


class StorageServer:
    """Listens on a free port; `stored` are texts by path, `fail` answers 500, `hang` does not answer at all."""

    def __init__(self) -> None:
        self.stored: dict[str, str] = {}
        self.requests = 0
        self.fail = False
        self.hanging = threading.Event()
        self.hanging.set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.requests += 1
                server.hanging.wait()
                with suppress(OSError):
                    self.send_response(server.take(self.path, dict(self.headers), body))
                    self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hanging.set()
        self._http.shutdown()
        self._http.server_close()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        if self.fail:
            return 500
        if path != "/upload" or headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401
        parts = BytesParser().parsebytes(f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body)
        fields = {part.get_param("name", header="content-disposition"): part for part in parts.get_payload()}
        name = fields["file0"].get_filename()
        text = gzip.decompress(fields["file0"].get_payload(decode=True)).decode()
        self.stored[f"{fields['path'].get_payload()}/{name}"] = text
        return 200
