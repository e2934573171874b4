"""A Faust worker as a process of its own, writing down what it is given.

Usage: python -m tests.infra.faust_worker BOOTSTRAP GROUP TOPIC FOLDER OUTPUT ACKS [POISON [HELD]]

Each line of OUTPUT is ``partition offset value``; the line ``assigned N`` tells how many
partitions the worker has from then on. ACKS is ``stream`` when Faust acknowledges as its loop
goes on, ``own`` when the worker does once the line is written. The handler raises on the value
POISON and never finishes with the value HELD.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import faust


def main(
    bootstrap: str,
    group: str,
    topic: str,
    folder: str,
    output: str,
    acks: str,
    poison: str = "",
    held: str = "",
) -> None:
    """Work until a signal comes."""
    app = faust.App(
        group,
        broker=[f"kafka://{address}" for address in bootstrap.split(",")],
        datadir=folder,
        store="memory://",
        topic_disable_leader=True,
        topic_allow_declare=False,
        broker_session_timeout=3.0,
        broker_heartbeat_interval=0.5,
        broker_rebalance_timeout=6.0,
        stream_wait_empty=False,
        # Otherwise it listens on 0.0.0.0:6066, and a second worker cannot start.
        web_enabled=False,
    )
    channel = app.topic(topic, value_type=bytes, value_serializer="raw", key_serializer="raw")
    out = open(output, "a", buffering=1)  # noqa: SIM115

    @app.agent(channel, concurrency=1)
    async def record(stream: Any) -> None:
        async for event in stream.events():
            message = event.message
            value = event.value.decode()
            if acks == "own":
                message.incref()
            if value == poison:
                raise ValueError("poison")
            if value == held:
                out.write("holding\n")
                await asyncio.sleep(3600)
            # Slow enough that a kill finds events in flight.
            await asyncio.sleep(0.001)
            out.write(f"{message.partition} {message.offset} {value}\n")
            if acks == "own":
                message.ack(app.consumer)

    @app.on_partitions_assigned.connect
    async def assigned(sender: Any, assigned: Any, **_: Any) -> None:
        out.write(f"assigned {sum(1 for partition in assigned if partition.topic == topic)}\n")

    faust.Worker(app, loglevel=logging.WARNING, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
