"""Runs jobs with a deadline each, and stops those that miss it.

kind: child
bound: io
reason: Popen.wait with a timeout, which polls for the child's end; the jobs are processes of
  their own.
"""

import subprocess
import sys
from dataclasses import dataclass

JOB = "import sys, time; time.sleep(float(sys.argv[1])); raise SystemExit(int(sys.argv[2]))"


@dataclass
class Job:
    name: str
    seconds: float
    status: int
    outcome: str = ""

    def run(self, deadline):
        command = [sys.executable, "-S", "-c", JOB, str(self.seconds), str(self.status)]
        process = subprocess.Popen(command)
        try:
            status = process.wait(timeout=deadline)
            self.outcome = f"ended with {status}"
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
            self.outcome = "stopped"
        return self.outcome


def summary(jobs):
    outcomes = [job.outcome for job in jobs]
    return {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}


def main():
    jobs = [
        Job("index", 0.3, 0),
        Job("mirror", 9.0, 0),
        Job("clean", 0.2, 3),
        Job("export", 8.0, 0),
    ]
    for job in jobs:
        print(f"{job.name}: {job.run(deadline=0.6)}")
    print(summary(jobs))


if __name__ == "__main__":
    main()
