"""An HTTP server that says who it is: backend.py ADDRESS PORT NAME. Kept small, so that it takes a thousand a second."""

import asyncio
import sys


async def serve(address, port, name):
    body = f"{name}\n".encode()
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    async def answer(reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, address, port, backlog=1024)
    await server.serve_forever()


asyncio.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
