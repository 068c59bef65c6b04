"""Loads pages of sanitised attacks in a headless browser, without our Content-Security-Policy.

    browse-attacks.py PAGES BROWSER

PAGES is the directory that the test `browser` writes (target/tmp/attacks). Nothing may run in any of
the pages that begin with "safe", and something must be seen in each that begins with "control": its
attack is not sanitised, and the file says by which sign it has to be seen. Every name leads to a
server on 127.0.0.1, which counts what is asked for besides pictures, sound and films.

Needs nothing beyond Python's own library and the browser.
"""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).parent / "attacks"

# Where the pages seem to be; attacks have names of their own.
SITE = "attacks.test"

# What the browser asks for by itself.
THE_BROWSERS_OWN = (".google.com", ".googleapis.com")

# It stops nothing, and tells the canary what it would have stopped.
POLICY = (
    "default-src 'none'; script-src 'self' 'report-sample'; style-src 'self' 'report-sample'; connect-src 'self'; "
    "img-src http: https:; media-src http: https:; base-uri 'none'; form-action 'none'"
)

# A picture of one pixel.
PICTURE = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".json": "application/json", ".css": "text/css"}

SECONDS = 400


class Server(http.server.ThreadingHTTPServer):
    """Serves the pages, answers everything else with a picture, and notes who asked for what."""

    daemon_threads = True

    def __init__(self, pages):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = pages
        self.result = None
        self.has_result = threading.Event()
        self.loaded = []

    def handle_error(self, request, client_address):
        """A browser that hangs up is no trouble of ours."""


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        """Says nothing."""

    def answer(self, body, media_type, headers=()):
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def is_ours(self):
        return self.headers.get("Host", "").split(":")[0] == SITE

    def do_GET(self):
        name = self.path.split("?")[0].lstrip("/")
        file = next((place / name for place in (HERE, self.server.pages) if "/" not in name and (place / name).is_file()), None)
        if self.is_ours() and file:
            is_page = file.suffix == ".html" and name != "index.html"
            policy = [("Content-Security-Policy-Report-Only", POLICY)] if is_page else []
            return self.answer(file.read_bytes(), TYPES.get(file.suffix, "text/plain"), policy)
        if (self.headers.get("Host", "").split(":")[0]).endswith(THE_BROWSERS_OWN):
            return self.send_error(404)
        accept = self.headers.get("Accept", "")
        is_picture = accept.startswith("image/")
        is_recording = self.headers.get("Range") is not None or self.headers.get("Accept-Encoding", "").startswith("identity")
        if name != "favicon.ico" and not is_picture and not is_recording:
            self.server.loaded.append(f"http://{self.headers.get('Host')}{self.path} as {accept}"[:300])
        if self.is_ours():
            return self.send_error(404)
        self.answer(PICTURE, "image/gif")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.is_ours() and self.path == "/result":
            self.server.result = json.loads(body)
            self.server.has_result.set()
        elif not (self.headers.get("Host", "").split(":")[0]).endswith(THE_BROWSERS_OWN):
            self.server.loaded.append(f"POST http://{self.headers.get('Host')}{self.path}"[:300])
        self.answer(b"", "text/plain")


def browse(pages, browser):
    server = Server(pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    with tempfile.TemporaryDirectory() as home:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        command = [
            browser, "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--log-level=3", "--mute-audio",
            f"--user-data-dir={home}/chromium", f"--host-resolver-rules=MAP * 127.0.0.1:{port}",
            "--no-proxy-server", "--disable-features=HttpsUpgrades", "--remote-debugging-port=0", *sandbox, f"http://{SITE}/index.html",
        ]
        process = subprocess.Popen(
            command, env={**os.environ, "HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        server.has_result.wait(SECONDS)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    server.shutdown()
    return server.result, server.loaded


def main(pages, browser):
    pages = pathlib.Path(pages)
    # The controls apart, so that what they load is not held against the others.
    names = sorted(path.name for path in pages.glob("*.html"))
    problems = []
    cases = controls = 0
    for group in ("safe", "control"):
        wanted = [name for name in names if name.startswith(group)]
        if not wanted:
            problems.append(f"there are no pages that begin with {group}")
            continue
        (pages / "pages.json").write_text(json.dumps(wanted))
        results, loaded = browse(pages, browser)
        if results is None:
            problems.append(f"the browser did not come to an end with the pages that begin with {group}")
            continue
        for result in results:
            page, seen = result["page"], result.get("seen", [])
            if group == "safe":
                if not result["done"]:
                    problems.append(f"{page}: it did not come to an end")
                problems += [f"{page}: {how}: {what}" for how, what in seen]
                cases += result.get("cases", 0)
                continue
            wanted_sign = json.loads((pages / page).with_suffix(".json").read_text())["sign"]
            signs = {how for how, _ in seen} | ({"load"} if loaded else set())
            controls += 1
            if wanted_sign not in signs:
                problems.append(f"{page}: an attack that is not sanitised was not seen as {wanted_sign!r}, only as {sorted(signs)}")
        if group == "safe":
            problems += [f"something was loaded: {what}" for what in loaded]
            if len(results) != len(wanted):
                problems.append(f"{len(results)} of {len(wanted)} pages were seen")
    print(f"{cases} sanitised attacks, each in the page and put in by a script; {controls} controls were tried")
    for problem in problems[:100]:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
