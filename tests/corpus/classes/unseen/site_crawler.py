"""Crawls a small site with a pool of threads; the server takes its time.

kind: io
bound: io
reason: the workers wait for answers on their sockets, as the server sleeps before each of them;
  the main thread waits for the workers.
"""

import http.client
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LINK = re.compile(rb'href="([^"]+)"')


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.24)
        number = int(self.path.rpartition("/")[2] or 0)
        links = [f'<a href="/page/{n}">{n}</a>' for n in (2 * number + 1, 2 * number + 2) if n < 22]
        body = f"<html>{' '.join(links)}</html>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def fetch(address, path):
    connection = http.client.HTTPConnection(*address, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def crawl(address):
    seen, front = {"/page/0"}, ["/page/0"]
    with ThreadPoolExecutor(max_workers=5) as pool:
        while front:
            bodies = pool.map(lambda path: fetch(address, path), front)
            links = {link.decode() for body in bodies for link in LINK.findall(body)}
            front = sorted(links - seen)
            seen |= links
    return seen


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    pages = crawl(server.server_address)
    server.shutdown()
    server.server_close()
    print(len(pages), "pages, the last is", max(pages, key=lambda page: int(page[6:])))


if __name__ == "__main__":
    main()
