"""Looks customers up in a blocking service, from an event loop's executor.

kind: io
bound: io
reason: the executor's threads block in recv() of their connections, as the service sleeps; the
  event loop waits for them.
"""

import asyncio
import json
import socket
import socketserver
import threading
import time


class Directory(socketserver.StreamRequestHandler):
    def handle(self):
        number = int(self.rfile.readline())
        time.sleep(0.2)
        answer = {"number": number, "name": f"customer {number}", "orders": number * 7 % 11}
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


def look_up(address, number):
    with socket.create_connection(address) as connection, connection.makefile("rw") as file:
        file.write(f"{number}\n")
        file.flush()
        return json.loads(file.readline())


async def look_up_all(address, numbers):
    loop = asyncio.get_running_loop()
    limit = asyncio.Semaphore(4)

    async def one(number):
        async with limit:
            return await loop.run_in_executor(None, look_up, address, number)

    return await asyncio.gather(*map(one, numbers))


def main():
    with Server(("127.0.0.1", 0), Directory) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        answers = asyncio.run(look_up_all(server.server_address, range(28)))
        server.shutdown()
    print(len(answers), "customers,", sum(answer["orders"] for answer in answers), "orders")
    print(answers[-1])


if __name__ == "__main__":
    main()
