#!/usr/bin/env python3
"""Runs a page's program, and compares what it prints with what the pages say that it prints.

usage: check_output.py [--write] PROGRAM SOURCE

SOURCE is the program's file, docs/snippets/NAME.cpp. A block of a page under
<!-- output: docs/snippets/NAME.cpp --> must be all of the program's output; --write makes it so.
Exits 1 if it is not, or if the program fails.
"""
import pathlib
import subprocess
import sys

import check_repo


def main(arguments):
    write = "--write" in arguments
    program, source = (a for a in arguments if a != "--write")
    root = pathlib.Path(__file__).parents[2]
    run = subprocess.run([program], stdout=subprocess.PIPE, text=True)
    print(run.stdout, end="")
    different = 0
    for path, text in check_repo.read_tree(root).items():
        if not path.endswith(".md"):
            continue
        for block in reversed(check_repo.code_blocks(text)):
            if not block.label or block.label.group(1, 2) != ("output", source):
                continue
            lines = [f"```{block.language}", *run.stdout.splitlines(), "```"]
            fenced = "".join((block.indent + line).rstrip() + "\n" for line in lines)
            if block.content == run.stdout:
                continue
            if write:
                text = text[:block.span[0]] + fenced + text[block.span[1]:]
                (root / path).write_text(text, "utf-8")
            else:
                different += 1
                print(f"{path}:{block.line}: is not what {source} prints (check_output.py --write)")
    return 1 if run.returncode != 0 or different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
