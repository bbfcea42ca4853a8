"""The baseline: business-time deadlines by the package businesstimedelta.

Monday to Friday 09:00 to 12:00 and 13:00 to 18:00, no holidays. Usage: deadlines.py STARTS STEP_SECONDS HOURS
Prints JSON: deadlines a second, and the sum of all of them as local seconds since the epoch, so that answers can be compared.
"""

import datetime
import json
import sys
import time

import businesstimedelta

starts, step, hours = (int(argument) for argument in sys.argv[1:])
week = [0, 1, 2, 3, 4]
rules = businesstimedelta.Rules(
    [
        businesstimedelta.WorkDayRule(datetime.time(9), datetime.time(12), week),
        businesstimedelta.WorkDayRule(datetime.time(13), datetime.time(18), week),
    ]
)
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
base = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
work = businesstimedelta.BusinessTimeDelta(rules, hours=hours)
begun = time.perf_counter()
deadlines = [base + datetime.timedelta(seconds=step * number) + work for number in range(starts)]
seconds = time.perf_counter() - begun
total = sum(int((deadline - epoch).total_seconds()) for deadline in deadlines)
print(json.dumps({"per_second": starts / seconds, "sum": total}))
