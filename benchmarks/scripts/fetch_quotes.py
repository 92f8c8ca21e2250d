"""Ask a price server for the quotes of a list of symbols and print the dearest ones.

needs: requests
hot: 47
parallel: yes
reason: every request stands alone, and its answer is only appended to a list
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

DELAY = 0.04
SYMBOLS = [f"{a}{b}{c}" for a in "ABCD" for b in "KLM" for c in "VWXYZ"]


class QuoteHandler(BaseHTTPRequestHandler):
    """Answers /quote/SYMBOL after a while, as a busy server does."""

    def do_GET(self):
        """Send the price of one symbol."""
        time.sleep(DELAY)
        symbol = self.path.rsplit("/", 1)[-1]
        price = sum(ord(letter) * 31**place for place, letter in enumerate(symbol)) % 9973 / 10
        body = json.dumps({"symbol": symbol, "price": price}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Keep the terminal quiet."""


def start_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), QuoteHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def fetch_quotes(base_url, symbols):
    quotes = []
    for symbol in symbols:
        response = requests.get(f"{base_url}/quote/{symbol}", timeout=10)
        response.raise_for_status()
        quotes.append(response.json())
    return quotes


def main():
    server = start_server()
    quotes = fetch_quotes(f"http://127.0.0.1:{server.server_port}", SYMBOLS)
    quotes.sort(key=lambda quote: quote["price"], reverse=True)
    for quote in quotes[:5]:
        print(f"{quote['symbol']}  {quote['price']:8.2f}")
    print(f"{len(quotes)} quotes, {sum(quote['price'] for quote in quotes):.2f} in total")


if __name__ == "__main__":
    main()
