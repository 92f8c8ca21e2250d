"""Fetch every page of a small web site and print a summary of the titles and sizes.

The site is served by a thread of this program and takes 50 ms for a page, as a site on the other
side of the ocean does. Nearly all the time is spent waiting in fetch; the processor is idle.
The requests are independent, so use a pool of threads, many more than there are cores: 16
threads make it ten times as fast. Processes would only cost more, and a C rewrite gains nothing.
"""
# expect: bound = "io", kind = "io", hotspot = "fetch", loop = "for url in urls", verdict = "safe", strategy = "threads", size = "64"

import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LATENCY = 0.05
TOPICS = ["bread", "cheese", "grapes", "honey", "olives", "pears", "walnuts"]


class PageHandler(BaseHTTPRequestHandler):
    """Answers /page/N with a page made from the number N, after the latency."""

    def do_GET(self) -> None:
        """Send the page."""
        number = int(self.path.rsplit("/", 1)[-1])
        topic = TOPICS[number % len(TOPICS)]
        text = f"All about {topic}. " * (40 + number * 37 % 101)
        page = f"<html><title>{topic.title()} {number}</title><p>{text}</p></html>".encode()
        time.sleep(LATENCY)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


class PageServer(ThreadingHTTPServer):
    """The web site: a thread for each request, none of them waited for at the end."""

    block_on_close = False
    request_queue_size = 128


def fetch(url: str) -> bytes:
    """Return the content of one page."""
    return urllib.request.urlopen(url).read()


def find_title(page: bytes) -> str:
    """Return the text of the page's title element."""
    start = page.index(b"<title>") + len(b"<title>")
    return page[start:page.index(b"</title>", start)].decode()


def crawl(urls: list[str]) -> list[tuple[str, int]]:
    """Fetch the pages in order and return the title and size of each."""
    found = []
    for url in urls:
        page = fetch(url)
        found.append((find_title(page), len(page)))
    return found


def main() -> None:
    """Start the site, crawl it, stop it, and print the summary."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    # The site is on this machine: never ask a proxy for it.
    direct = urllib.request.ProxyHandler({})
    urllib.request.install_opener(urllib.request.build_opener(direct))
    server = PageServer(("127.0.0.1", 0), PageHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        root = f"http://127.0.0.1:{server.server_port}"
        found = crawl([f"{root}/page/{number}" for number in range(count)])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    for title, size in found[:10]:
        print(f"{size:7d} {title}")
    print(f"{sum(size for _, size in found):7d} bytes in {len(found)} pages")
    title, size = max(found, key=lambda entry: entry[1])
    print(f"largest page: {title} ({size} bytes)")


if __name__ == "__main__":
    main()
