"""Seeded damage to the inputs of readers, and what a reader may do with a damaged one.

`FUZZ_LINES` (environment) is the number of mutated lines a line format, 2,000 by default and
110,000 in `make soak`; a document format gets one mutated document for 50 lines. `FUZZ_SEED`
chooses another series of mutations. Hypothesis draws one number an edit, and 0 edits nothing, so
that what it shrinks to is the one line or edit that matters.
"""

import os
import random
import re
import resource
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st

N_LINES = int(os.environ.get("FUZZ_LINES", "2000"))
N_DOCUMENTS = max(1, N_LINES // 50)
SEED = int(os.environ.get("FUZZ_SEED", "0"))
LINES_A_FILE = 100

MAX_SECONDS = 10.0
MAX_GROWTH_MB = 500.0
_MAX_BYTES = 200_000  # repeats of repeats would make files that are large and slow by right

done: Counter[tuple[str, str]] = Counter()
"""(what was read, "edited", "accepted" or "refused") -> how many, told at the end of the run."""

edits = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=3)
"""Edits of one document."""
line_edits = st.lists(st.integers(0, 2**32 - 1), min_size=LINES_A_FILE, max_size=LINES_A_FILE)
"""One edit for each line of a file."""

_NUMBERS = (
    b"", b" ", b"-", b"--", b"nan", b"NaN", b"inf", b"-inf", b"1e400", b"-1e308", b"1e-400", b"-0",
    b"9" * 25, b"9" * 400, b"9" * 5000, b"0x1F", b"1_000", b"1,5", b"+5", b"5.", b".5", b"1e5",
    b"-1", b"0", b"61", b"91", b"181", b"360", b"2147483648", b"-2147483649",
    b"9223372036854775808", b"5e-324", b"1.2.3", b"True", b"None", b"\xd9\xa3", b"\xe2\x88\x925",
    b"\xc2\xb2", b"[]", b"{}",
    b"1992-02-30", b"0000-00-00", b"9999-12-31T23:59:59.999999999Z", b"1677-09-21", b"2262-04-12",
    b"null", b"24:00:00", b"23:59:60.99", b"00:00:00.-1990", b"1992-06-28T11:57:34+25:00",
)  # fmt: skip
_TEXTS = (
    b'"', b'""', b"'", b",", b";", b"|", b"\t", b"#", b"\r", b"\n", b"\r\n", b"\x0b", b"\x0c",
    b"\x1c", b"\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\\",
    b"%s", b"<", b"&", b"&lt;", b"<!--", b"]]>", b": ", b"- ", b"!!python/object:os.system", b"../",
    b"\xf0\x9f\x8c\x8d", b"A" * 3000, b"=1+1", b"\x1b[31m",
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")


def edit(data: bytes, number: int, *, binary: bool = True) -> bytes:
    """Return bytes with one edit, which the number chooses; 0 changes nothing.

    `binary` allows NUL bytes, for which a whole text file is refused.
    """
    if number == 0 or not data:
        return data
    draw = random.Random(number)
    low, high = sorted(draw.randrange(len(data) + 1) for _ in range(2))
    if draw.random() < 0.7:  # mostly small wounds
        high = min(high, low + draw.randint(1, 8))
    before, middle, after = data[:low], data[low:high], data[high:]
    kind = draw.randrange(12)
    if kind == 0:
        place = draw.randrange(len(data))
        flipped = data[place] ^ (1 << draw.randrange(8))
        result = data[:place] + bytes([flipped]) + data[place + 1 :]
    elif kind == 1:
        result = before
    elif kind == 2:
        result = before + after
    elif kind == 3:
        result = before + middle * draw.choice((2, 3, 50)) + after
    elif kind == 4:
        result = before + bytes(draw.randrange(256) for _ in middle) + after
    elif kind == 5:
        result = before + draw.choice(_TEXTS) + (middle if draw.random() < 0.5 else b"") + after
    elif kind == 6:
        result = before + after + middle
    elif kind == 7:
        result = _swap_pieces(data, draw)
    elif kind == 8 and draw.random() < 0.1:
        result = b"" if draw.random() < 0.5 else data + b"\n" + data
    elif kind == 9:
        result = before + bytes(len(middle)) + after
    else:
        result = _odd_number(data, draw)
    return (result if binary else result.replace(b"\0", b" "))[:_MAX_BYTES]


def edit_all(data: bytes, numbers: Sequence[int], *, binary: bool = True) -> bytes:
    """Return bytes after several edits."""
    for number in numbers:
        data = edit(data, number, binary=binary)
    return data


def fuzzed(n_examples: int):
    """Return a decorator of a property test: a fixed seed, a number of examples, no deadline."""

    def decorate(test):
        quiet = settings(
            max_examples=n_examples,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        return seed(SEED)(quiet(test))

    return decorate


@contextmanager
def bounded() -> Iterator[None]:
    """Fail where a block takes more CPU time or memory than a small broken file may cost."""
    started, peak = time.process_time(), _peak_mb()
    yield
    seconds, growth = time.process_time() - started, _peak_mb() - peak
    assert seconds < MAX_SECONDS, f"{seconds:.1f} s of CPU for one small file"
    assert growth < MAX_GROWTH_MB, f"{growth:.0f} MB for one small file"


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def _swap_pieces(data: bytes, draw: random.Random) -> bytes:
    """Swap two fields, or two lines, whatever the data has most of."""
    mark = max((b",", b" ", b"|", b"\n", b"\t"), key=data.count)
    pieces = data.split(mark)
    if len(pieces) < 2:
        return data[::-1]
    first, second = (draw.randrange(len(pieces)) for _ in range(2))
    pieces[first], pieces[second] = pieces[second], pieces[first]
    return mark.join(pieces)


def _odd_number(data: bytes, draw: random.Random) -> bytes:
    found = list(_NUMBER.finditer(data))
    odd = draw.choice(_NUMBERS)
    if not found:
        return data + odd
    place = draw.choice(found)
    return data[: place.start()] + odd + data[place.end() :]
