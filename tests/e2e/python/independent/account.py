"""Comparisons: what the suite says, what an independent calculation says, and how far apart the two may be and why."""


class Account:
    """Prints one line a comparison and remembers whether all held."""

    def __init__(self):
        self.lines = 0
        self.failed = []

    def chapter(self, title):
        print(f"\n{title}")

    def note(self, text):
        print(f"  note  {text}")

    def close(self, what, theirs, ours, allowed, why):
        """Two numbers, at most `allowed` apart."""
        held = abs(float(theirs) - float(ours)) <= float(allowed)
        self._line(held, what, number(theirs), number(ours), f"{number(allowed)}: {why}")

    def same(self, what, theirs, ours, why="exact"):
        """Two values that must be equal."""
        self._line(theirs == ours, what, brief(theirs), brief(ours), why)

    def between(self, what, theirs, low, high, why):
        """A number within bounds."""
        held = float(low) <= float(theirs) <= float(high)
        self._line(held, what, number(theirs), f"{number(low)} to {number(high)}", why)

    def most(self, what, pairs, allowed, why):
        """Many pairs of numbers by name; the line shows the pair that is farthest apart."""
        name, (theirs, ours) = max(pairs.items(), key=lambda pair: abs(float(pair[1][0]) - float(pair[1][1])))
        self.close(f"{what} ({len(pairs)} compared; farthest: {name})", theirs, ours, allowed, why)

    def _line(self, held, what, theirs, ours, allowed):
        self.lines += 1
        if not held:
            self.failed.append(what)
        print(f"  {'ok   ' if held else 'WRONG'} {what} | theirs {theirs} | ours {ours} | allowed {allowed}")

    def close_of_books(self):
        """The last words and the exit code."""
        print(f"\n{self.lines} comparisons, {len(self.failed)} outside what is allowed")
        for what in self.failed:
            print(f"  WRONG {what}")
        return 1 if self.failed else 0


def brief(value):
    """What a line has room for; the comparison was of the whole."""
    text = " ".join(str(value).split())
    return text if len(text) <= 100 else text[:97] + "..."


def number(value):
    """A number in as many digits as a reader can use."""
    value = float(value)
    if value == int(value) and abs(value) < 1e12:
        return f"{value:.0f}"
    return f"{value:.4f}" if 1e4 <= abs(value) < 1e12 else f"{value:.8g}"
