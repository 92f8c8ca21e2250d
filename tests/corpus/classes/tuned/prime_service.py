"""Answers a batch of factoring requests: an event loop hands the work to threads.

kind: python
bound: compute
reason: trial division in Python in the executor's threads; the event loop waits for them, and the
  requests' arrival adds a short sleep.
"""

import asyncio


def factors(number):
    found = []
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1 if divisor == 2 else 2
    if number > 1:
        found.append(number)
    return found


class Service:
    def __init__(self):
        self.answers = {}

    async def handle(self, number):
        loop = asyncio.get_running_loop()
        self.answers[number] = await loop.run_in_executor(None, factors, number)


async def arrivals(service, numbers):
    async with asyncio.TaskGroup() as group:
        for count, number in enumerate(numbers):
            group.create_task(service.handle(number))
            if count % 25 == 0:
                await asyncio.sleep(0.03)


def main():
    service = Service()
    numbers = [2_147_483_647 * 1009 + 2 * n for n in range(155)]
    asyncio.run(arrivals(service, numbers))
    total = sum(len(found) for found in service.answers.values())
    print(total, "prime factors of", len(service.answers), "numbers")
    print(max(found[-1] for found in service.answers.values()))


if __name__ == "__main__":
    main()
