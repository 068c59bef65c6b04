#!/usr/bin/env python3
"""How fast many sources are polled, beside other programs, in one run.

    scripts/bench-polling.py [--sources N] [--items N] [--runs N] [--only NAME]...

Makes N sources (1,000) shaped like WordPress's RSS and Atom, 20 items of 4 KB each, and serves each of
them with nginx from a loopback address of its own. Every program polls them cold, with nothing stored, and
once more, when nothing has changed. The programs take turns, RUNS times; the fastest of each counts.
Printed are seconds, the peak of memory, and the ratios to samizdat. Programs that are not there (Debian's
nginx-light, curl, sfeed; PyPI's reader in target/tools/readers) are passed over, which is said.
"""

import argparse
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READER = ROOT / "target/tools/readers/bin/python"
WORDS = (
    "strike rent union tenants border housing peace harbour climate transport council assembly workers "
    "solidarity march statement water energy commons health care school court prison asylum ferry bread "
    "and the of in for with against from after before their our every city people public demand refuse"
).split()
NEWEST = datetime(2026, 11, 2, 12, tzinfo=timezone.utc)


def paragraph(chance, words):
    return " ".join(chance.choice(WORDS) for _ in range(words)).capitalize() + "."


def content(chance, host, number, size):
    parts = [f'<p><img src="https://{host}/wp-content/{number}.jpg" alt="" width="640" height="360" /></p>']
    while sum(map(len, parts)) < size:
        link = f'<a href="https://{host}/{number}/more?utm_source=rss">{chance.choice(WORDS)}</a>'
        parts.append(f'<p class="wp-block-paragraph">{paragraph(chance, 40)} {link} <strong>{paragraph(chance, 6)}</strong></p>')
    return "\n".join(parts)


def rss(chance, host, items):
    entries = []
    for number in range(items):
        date = NEWEST - timedelta(hours=7 * number, minutes=chance.randrange(300))
        link = f"https://{host}/{date:%Y/%m}/{number}/"
        title = paragraph(chance, 8)
        entries.append(
            f"<item><title>{title}</title><link>{link}</link><dc:creator><![CDATA[{chance.choice(WORDS)}]]></dc:creator>"
            f"<pubDate>{format_datetime(date)}</pubDate><category><![CDATA[{chance.choice(WORDS)}]]></category>"
            f'<guid isPermaLink="false">https://{host}/?p={number}</guid>'
            f"<description><![CDATA[<p>{paragraph(chance, 30)}</p>]]></description>"
            f"<content:encoded><![CDATA[{content(chance, host, number, 3600)}]]></content:encoded></item>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        f"<channel><title>{host}</title><link>https://{host}/</link><description>News</description><language>en-GB</language>"
        f"<sy:updatePeriod>hourly</sy:updatePeriod>{''.join(entries)}</channel></rss>"
    )


def atom(chance, host, items):
    entries = []
    for number in range(items):
        date = NEWEST - timedelta(hours=7 * number, minutes=chance.randrange(300))
        text = content(chance, host, number, 3600).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        entries.append(
            f'<entry><title>{paragraph(chance, 8)}</title><link href="https://{host}/{number}/"/><id>tag:{host},2024:{number}</id>'
            f"<updated>{date.isoformat()}</updated><published>{date.isoformat()}</published><author><name>{chance.choice(WORDS)}</name></author>"
            f'<summary>{paragraph(chance, 30)}</summary><content type="html">{text}</content></entry>'
        )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>{host}</title>'
        f'<link href="https://{host}/"/><id>tag:{host},2024:feed</id><updated>{NEWEST.isoformat()}</updated>{"".join(entries)}</feed>'
    )


def address(number):
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


def make(directory, sources, items):
    chance = random.Random(7)
    total = 0
    for number in range(sources):
        host = f"partner{number}.example"
        text = (atom if number % 3 == 2 else rss)(chance, host, items).encode()
        total += len(text)
        (directory / f"{number}.xml").write_bytes(text)
    return total


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(directory, port):
    """nginx over the corpus; every loopback address is one of its hosts, nobody else is let in."""
    (directory / "nginx.conf").write_text(
        f"""daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/error.log;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{ access_log off; types {{ application/xml xml; }} client_body_temp_path {directory}/t; proxy_temp_path {directory}/t;
fastcgi_temp_path {directory}/t; uwsgi_temp_path {directory}/t; scgi_temp_path {directory}/t;
server {{ listen {port} backlog=4096; allow 127.0.0.0/8; deny all; root {directory}/corpus; etag on; }} }}
"""
    )
    server = subprocess.Popen(["nginx", "-p", directory, "-c", directory / "nginx.conf"], stderr=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return server
        except OSError:
            if server.poll() is not None:
                sys.exit("nginx does not start; see " + str(directory / "error.log"))
            time.sleep(0.05)


def timed(command, cwd):
    """Seconds and the peak of memory in MB of a command and the processes that it waits for."""
    log = open(cwd / "out.log", "ab")
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=log, stderr=log)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command} failed; see {cwd}/out.log")
    return seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


class Samizdat:
    name = "samizdat"

    def prepare(self, directory, urls):
        sources = "".join(f'[[source]]\nid = "s{n}"\nurl = "{url}"\n' for n, url in enumerate(urls))
        (directory / "feeds.toml").write_text(
            '[site]\ntitle = "Bench"\nurl = "https://wire.example.org/"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n'
            'host_gap = "0s"\nmin_interval = "0s"\n[store]\nbackups = 0\n' + sources
        )

    def forget(self, directory):
        for name in ["data", "public"]:
            shutil.rmtree(directory / name, ignore_errors=True)

    def command(self, _):
        return [ROOT / "target/release/samizdat", "fetch", "--now", "--strict"]


class Sfeed:
    name = "sfeed_update"

    def prepare(self, directory, urls):
        feeds = "\n".join(f'feed "s{n}" "{url}"' for n, url in enumerate(urls))
        (directory / "sfeedrc").write_text(f'sfeedpath="{directory}/feeds"\nfeeds() {{\n{feeds}\n}}\n')

    def forget(self, directory):
        shutil.rmtree(directory / "feeds", ignore_errors=True)

    def command(self, directory):
        return ["sfeed_update", directory / "sfeedrc"]


class Reader:
    name = "reader"

    def prepare(self, directory, urls):
        (directory / "urls").write_text("\n".join(urls))
        (directory / "add.py").write_text(
            "from reader import make_reader\nr = make_reader('db.sqlite')\n"
            "for url in open('urls').read().split():\n    r.add_feed(url)\n"
        )
        (directory / "update.py").write_text(
            "from reader import make_reader\nmake_reader('db.sqlite').update_feeds(scheduled=False, workers=8)\n"
        )

    def forget(self, directory):
        for file in directory.glob("db.sqlite*"):
            file.unlink()
        subprocess.run([READER, "add.py"], cwd=directory, check=True)

    def command(self, _):
        return [READER, "update.py"]


def competitors(only):
    found = [Samizdat()]
    if shutil.which("sfeed_update") and shutil.which("curl"):
        found.append(Sfeed())
    else:
        print("passed over: sfeed_update (apt-get install sfeed curl)")
    if READER.exists() and subprocess.run([READER, "-c", "import reader"], stderr=subprocess.DEVNULL).returncode == 0:
        found.append(Reader())
    else:
        print(f"passed over: reader ({READER} -m pip install reader sgmllib3k)")
    return [one for one in found if not only or one.name in only]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    arguments.add_argument("--sources", type=int, default=1000)
    arguments.add_argument("--items", type=int, default=20)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--only", action="append", default=[])
    asked = arguments.parse_args()
    if not shutil.which("nginx"):
        print("passed over: nothing is polled without nginx (apt-get install nginx-light)")
        return
    with tempfile.TemporaryDirectory(prefix="samizdat-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        (directory / "corpus").mkdir()
        (directory / "t").mkdir()
        total = make(directory / "corpus", asked.sources, asked.items)
        port = free_port()
        urls = [f"http://{address(number)}:{port}/{number}.xml" for number in range(asked.sources)]
        print(f"{asked.sources} sources, {total / 1e6:.0f} MB, {asked.sources * asked.items} entries")
        server = serve(directory, port)
        try:
            measured = {}
            programs = competitors(asked.only)
            for program in programs:
                (directory / program.name).mkdir()
                program.prepare(directory / program.name, urls)
            for _ in range(asked.runs):
                for program in programs:
                    home = directory / program.name
                    program.forget(home)
                    for kind in ["cold", "again"]:
                        measured.setdefault((kind, program.name), []).append(timed(program.command(home), home))
            for kind in ["cold", "again"]:
                ours = min(seconds for seconds, _, _ in measured.get((kind, "samizdat"), [(float("nan"), 0, 0)]))
                for program in programs:
                    runs = measured[kind, program.name]
                    seconds, _, cpu = min(runs)
                    memory = max(peak for _, peak, _ in runs)
                    print(f"{kind:<6} {program.name:<14} {seconds:7.2f} s  {cpu:6.2f} s of cores  {memory:6.0f} MB  {seconds / ours:6.2f} x")
        finally:
            server.terminate()
            server.wait()


main()
