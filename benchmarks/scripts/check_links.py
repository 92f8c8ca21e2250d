"""Request every link of a site map and say which of them are broken.

needs: nothing
hot: 38
parallel: yes
reason: the requests know nothing of each other; only the order of the printed lines matters
"""

import subprocess
import sys
import urllib.error
import urllib.request

SERVER = """
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.03)
        page = int(self.path.rsplit("/", 1)[-1])
        self.send_response(404 if page % 17 == 5 else 500 if page % 29 == 11 else 200)
        self.end_headers()
        self.wfile.write(b"x" * (100 + page * page % 400))

    def log_message(self, *args):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
print(server.server_port, flush=True)
server.serve_forever()
"""


def check(links):
    broken = 0
    total = 0
    for link in links:
        try:
            with urllib.request.urlopen(link, timeout=10) as answer:
                total += len(answer.read())
        except urllib.error.HTTPError as error:
            broken += 1
            path = link.rsplit("/", 2)
            print(f"{error.code}  /{path[1]}/{path[2]}")
    return broken, total


def main():
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        links = [f"http://127.0.0.1:{port}/page/{number}" for number in range(70)]
        broken, total = check(links)
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()
    print(f"{len(links)} links, {broken} broken, {total} bytes read")


if __name__ == "__main__":
    main()
