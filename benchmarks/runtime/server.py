"""A server that answers a line after 10 ms; it prints its port and serves until it is ended."""

from __future__ import annotations

import asyncio

from benchmarks.runtime.work import NAP_S


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        await asyncio.sleep(NAP_S)
        writer.write(line)
    writer.close()


async def serve() -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
