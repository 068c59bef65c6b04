"""Looks at a directory of outputs; called by scripts/test-outputs, one check a call.

    schema OUT SCHEMAS     every feed.json keeps to the schema of JSON Feed 1.1 (needs jsonschema)
    agree OUT              rss.xml, atom.xml and feed.json of each output list the same stories in one order
    links OUT              every link from an output to an output leads to a file
    newsboat OUT CACHE     newsboat's cache holds each story once, under its title
    sfeed OUT TSV          sfeed's lines hold each story once, under its title
    site OUT               prints the address that the outputs were made for
    page OUT HTML          the page as a browser holds it has one h1 and every story
    phone HTML             phone.html found the page no wider than a phone

Needs nothing beyond Python's own library, but for `schema`.
"""

import html.parser
import json
import pathlib
import re
import sqlite3
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"
PHONE_WIDTH = 390

problems = []


def check(holds, problem):
    if not holds:
        problems.append(problem)


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def one_line(text):
    """Feed readers may fold white space."""
    return " ".join(text.split())


def json_stories(out):
    return [(item["id"], one_line(item.get("title", ""))) for item in read_json(out / "feed.json")["items"]]


def site(out):
    """The address of the wire, from what feed.json says about itself."""
    feed = read_json(out / "feed.json")
    return urllib.parse.urljoin(feed["feed_url"], ".")


def schema(out, schemas):
    import jsonschema
    import referencing

    documents = {name: read_json(pathlib.Path(schemas) / name) for name in ("feed.json", "feed-1.json")}
    # feed.json speaks of feed-1 by an address relative to its own.
    home = documents["feed.json"]["id"]
    registry = referencing.Registry().with_resources(
        (address, referencing.Resource.from_contents(documents["feed-1.json"]))
        for address in (urllib.parse.urljoin(home, "feed-1"), urllib.parse.urljoin(home, "feed-1.json"))
    )
    validator = jsonschema.Draft4Validator(documents["feed.json"], registry=registry)
    feeds = sorted(pathlib.Path(out).rglob("feed.json"))
    for path in feeds:
        for error in validator.iter_errors(read_json(path)):
            where = "/".join(str(step) for step in error.absolute_path)
            check(False, f"{path}: {where}: {error.message[:300]}")
        check(read_json(path)["version"] == "https://jsonfeed.org/version/1.1", f"{path}: not version 1.1")


def agree(out):
    feeds = sorted(out.rglob("feed.json"))
    check(feeds, f"{out}: no feed.json")
    for path in feeds:
        expected = json_stories(path.parent)
        ids = [identity for identity, _ in expected]
        check(len(set(ids)) == len(ids), f"{path}: an id occurs twice")
        rss = ElementTree.parse(path.with_name("rss.xml")).getroot()
        atom = ElementTree.parse(path.with_name("atom.xml")).getroot()
        found = {
            "rss.xml": [
                (item.findtext("guid", ""), one_line(item.findtext("title", ""))) for item in rss.iter("item")
            ],
            "atom.xml": [
                (entry.findtext(f"{ATOM}id", ""), one_line(entry.findtext(f"{ATOM}title", "")))
                for entry in atom.findall(f"{ATOM}entry")
            ],
        }
        for name, stories in found.items():
            check(
                stories == expected,
                f"{path.with_name(name)}: lists {len(stories)} stories, feed.json {len(expected)}; they differ first in "
                f"{next(((a, b) for a, b in zip(stories, expected) if a != b), 'their number')}",
            )
    check(json_stories(out), f"{out}/feed.json: no stories at all")


class Page(html.parser.HTMLParser):
    """Links, h1 elements and the visible words of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.h1, self.words, self.title = [], 0, [], ""
        self.inside = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.h1 += tag == "h1"
        self.links += [value for name, value in attributes if name in ("href", "src") and value]
        if tag in ("script", "style", "title"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if self.inside and self.inside[-1] == "title":
            self.title += data
        elif not self.inside:
            self.words.append(data)

    def text(self):
        return one_line(" ".join(self.words))


def links(out):
    base = site(out)

    def leads_somewhere(page, link):
        where = urllib.parse.urljoin(base + page.relative_to(out).as_posix(), link)
        where = urllib.parse.urldefrag(where).url
        if not where.startswith(base):
            return True
        path = urllib.parse.unquote(urllib.parse.urlsplit(where[len(base):]).path)
        # The demo's own server has the partners' feeds and pictures.
        if path.startswith(("partners/", "media/")):
            return True
        target = out / path
        return target.is_file() or (target / "index.html").is_file()

    for path in sorted(out.rglob("*.html")):
        for link in Page(path.read_text(encoding="utf-8")).links:
            check(leads_somewhere(path, link), f"{path}: {link} leads nowhere")
    for path in sorted([*out.rglob("*.xml"), *out.rglob("*.opml"), *out.rglob("*.atom")]):
        for element in ElementTree.parse(path).iter():
            for name in ("href", "xmlUrl", "htmlUrl"):
                link = element.get(name)
                check(not link or leads_somewhere(path, link), f"{path}: {link} leads nowhere")


def same_stories(reader, titles, out):
    expected = [title for _, title in json_stories(out)]
    check(len(titles) == len(expected), f"{reader}: {len(titles)} items, feed.json has {len(expected)}")
    for title in sorted(set(expected) - set(titles))[:10]:
        check(False, f"{reader}: has no item with the title {title!r}")
    for title in sorted(set(titles) - set(expected))[:10]:
        check(False, f"{reader}: has a title that feed.json has not: {title!r}")


def newsboat(out, cache):
    rows = sqlite3.connect(cache).execute("select title from rss_item").fetchall()
    same_stories("newsboat", [one_line(title) for (title,) in rows], out)


def sfeed(out, lines):
    rows = [line.split("\t") for line in pathlib.Path(lines).read_text(encoding="utf-8").splitlines()]
    same_stories(f"sfeed, {pathlib.Path(lines).stem}", [one_line(row[1]) for row in rows], out)
    for row in rows:
        check(row[0].isdigit(), f"sfeed: no date at {row[1]!r}")


def page(out, dumped):
    seen = Page(pathlib.Path(dumped).read_text(encoding="utf-8"))
    check(seen.h1 == 1, f"the page has {seen.h1} h1 elements")
    text = seen.text()
    for _, title in json_stories(out):
        check(title in text, f"the page does not show {title!r}")


def phone(dumped):
    title = Page(pathlib.Path(dumped).read_text(encoding="utf-8")).title
    width = re.search(r"width (\d+)", title)
    check(width, f"the page could not be measured: {title!r}")
    if width:
        check(int(width[1]) <= PHONE_WIDTH, f"the page is {width[1]} pixels wide on a phone of {PHONE_WIDTH}")


def main(what, *arguments):
    if what == "schema":
        schema(*arguments)
    elif what == "site":
        print(site(pathlib.Path(arguments[0])))
    elif what == "phone":
        phone(*arguments)
    else:
        checks = {"agree": agree, "links": links, "newsboat": newsboat, "sfeed": sfeed, "page": page}
        checks[what](pathlib.Path(arguments[0]), *arguments[1:])
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
