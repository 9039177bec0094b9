# SPDX-License-Identifier: Apache-2.0
"""Prints a table as Markdown that lines up in a terminal, and says who is measured while it takes its time."""
import sys


def show(title, columns, rows):
    lines = [columns] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    print(f"\n### {title}\n")
    for number, line in enumerate(lines):
        cells = [cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths))]
        print("| " + " | ".join(cells) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) if i == 0 else "-" * (width + 1) + ":" for i, width in enumerate(widths)) + "|")
    sys.stdout.flush()


def say(text):
    print(f"  ... {text}", file=sys.stderr, flush=True)
