"""Runs a small program on a virtual stack machine.

kind: python
bound: compute
reason: an instruction loop of match statements over short tuples; nothing but bytecode.
"""

import time

SOURCE = """
    push 0
    store total
    push 1
    store n
loop:
    load n
    push 3
    mod
    jumpif skip
    load total
    load n
    add
    store total
skip:
    load n
    push 1
    add
    store n
    load n
    push 1090000
    less
    jumpif loop
    load total
    halt
"""


def assemble(text):
    labels, program = {}, []
    for line in text.split("\n"):
        line = line.strip()
        if line.endswith(":"):
            labels[line[:-1]] = len(program)
        elif line:
            name, _, argument = line.partition(" ")
            program.append((name, argument))
    return [
        (name, labels[a] if name == "jumpif" else int(a) if name == "push" else a)
        for name, a in program
    ]


def run(program):
    stack, variables, counter = [], {}, 0
    while True:
        name, argument = program[counter]
        counter += 1
        match name:
            case "push":
                stack.append(argument)
            case "load":
                stack.append(variables[argument])
            case "store":
                variables[argument] = stack.pop()
            case "add":
                right = stack.pop()
                stack[-1] += right
            case "mod":
                right = stack.pop()
                stack[-1] %= right
            case "less":
                right = stack.pop()
                stack[-1] = stack[-1] < right
            case "jumpif":
                if stack.pop():
                    counter = argument
            case "halt":
                return stack.pop()


def main():
    program = assemble(SOURCE)
    time.sleep(0.25)  # a pause for the reader of the listing
    print(len(program), "instructions; result", run(program))


if __name__ == "__main__":
    main()
