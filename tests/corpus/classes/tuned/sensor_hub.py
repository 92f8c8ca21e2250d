"""Collects readings of several sensors, each at the other end of a socket.

kind: io
bound: io
reason: the main thread waits in selectors' select for whichever socket has data; the sensors'
  threads sleep between readings.
"""

import selectors
import socket
import statistics
import threading
import time


class Sensor(threading.Thread):
    def __init__(self, number, interval, readings):
        super().__init__()
        self.here, self.there = socket.socketpair()
        self.number = number
        self.interval = interval
        self.readings = readings

    def run(self):
        with self.here:
            for count in range(self.readings):
                time.sleep(self.interval)
                self.here.sendall(
                    b"".join(
                        b"%d\n" % ((count * 40 + n) * 17 % 30 + self.number) for n in range(40)
                    )
                )


def collect(sensors):
    received = {sensor.number: b"" for sensor in sensors}
    with selectors.DefaultSelector() as selector:
        for sensor in sensors:
            selector.register(sensor.there, selectors.EVENT_READ, sensor.number)
        while selector.get_map():
            for key, _ in selector.select():
                data = key.fileobj.recv(4096)
                if data:
                    received[key.data] += data
                else:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
    return received


def analyse(data):
    values = [int(line) for line in data.split()]
    smooth = [statistics.fmean(values[max(0, at - 4) : at + 1]) for at in range(len(values))]
    spread = [statistics.pstdev(smooth[max(0, at - 9) : at + 1]) for at in range(len(smooth))]
    return statistics.fmean(values), max(smooth), max(spread)


def main():
    sensors = [
        Sensor(n, interval, int(1.5 / interval)) for n, interval in enumerate((0.1, 0.15, 0.3))
    ]
    for sensor in sensors:
        sensor.start()
    received = collect(sensors)
    for sensor in sensors:
        sensor.join()
    for number, data in received.items():
        print(number, "mean {:.2f}, peak {:.2f}, spread {:.3f}".format(*analyse(data)))


if __name__ == "__main__":
    main()
