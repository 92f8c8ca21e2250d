"""Read a value from each of a row of slow devices and print a summary.

Each device takes 30 ms to answer, here simulated by a sleep, and the processor has nothing to do
meanwhile. No reading depends on another one, so ask many devices at a time from a pool of
threads, more threads than cores; the readings are kept in the order of the devices. Processes
cost more and gain no more, and a C rewrite would wait just as long.
"""
# expect: bound = "io", kind = "io", hotspot = "read_device", loop = "for device in range(devices)", verdict = "safe", strategy = "threads", size = "70"

import sys
import time

ANSWER_TIME = 0.03
ALARM = 27.5


def read_device(device: int) -> float:
    """Ask one device for its temperature and wait for the answer."""
    time.sleep(ANSWER_TIME)
    return 15.0 + (device * 7919 % 151) / 10.0


def summary(readings: list[float]) -> str:
    """Return the range and the mean of the readings as text."""
    mean = sum(readings) / len(readings)
    return f"lowest {min(readings):.1f}, mean {mean:.3f}, highest {max(readings):.1f}"


def main() -> None:
    """Poll all devices and print the alarms and the summary."""
    devices = int(sys.argv[1]) if len(sys.argv) > 1 else 70
    readings = []
    for device in range(devices):
        reading = read_device(device)
        readings.append(reading)
    for device, reading in enumerate(readings):
        if reading >= ALARM:
            print(f"device {device:4d}  {reading:5.1f} degrees: too warm")
    print(f"{devices} devices: {summary(readings)}")


if __name__ == "__main__":
    main()
