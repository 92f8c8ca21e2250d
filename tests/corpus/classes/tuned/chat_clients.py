"""Lets dozens of clients talk to a chat server that answers slowly, in one event loop.

kind: io
bound: io
reason: the tasks await their connections, so the event loop's only thread sits in epoll_wait.
"""

import asyncio


class Chat:
    def __init__(self, delay):
        self.delay = delay
        self.said = 0

    async def serve(self, reader, writer):
        while line := await reader.readline():
            self.said += 1
            await asyncio.sleep(self.delay)
            writer.write(b"heard " + line)
            await writer.drain()
        writer.close()


async def client(port, name, lines):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = []
    for number in range(lines):
        writer.write(f"{name} says {number}\n".encode())
        await writer.drain()
        heard.append(await reader.readline())
    writer.close()
    await writer.wait_closed()
    return heard


async def party(clients, lines):
    chat = Chat(delay=0.2)
    server = await asyncio.start_server(chat.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    talks = [client(port, f"guest{n}", lines) for n in range(clients)]
    heard = await asyncio.gather(*talks)
    server.close()
    await server.wait_closed()
    return chat.said, heard


def main():
    said, heard = asyncio.run(party(clients=25, lines=7))
    words = sum(len(line.split()) for talk in heard for line in talk)
    print(said, "lines said,", words, "words heard; last:", heard[-1][-1].decode().strip())


if __name__ == "__main__":
    main()
