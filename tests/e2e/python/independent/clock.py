"""Deadlines and counted time of the story's case, minute by minute over the Chinese working calendar.

Working days are written down from the notices of the General Office of the State Council on the arrangement of
holidays: for 2025 of 12 November 2024 (国办发明电〔2024〕12号), for 2026 of 4 November 2025 (国办发明电〔2025〕7号).
"""

import time
from datetime import date, datetime, timedelta, timezone

from .suite import word
from .world import CHINA

CASE = "aftercare.customer.v1.CaseService"
CALENDAR = "aftercare.customer.v1.CalendarService"
STANDARD = "aftercare.customer.v1.StandardService"
STORY = "cases/spring-festival"
READ = datetime(2026, 2, 24, 10, 25, tzinfo=CHINA)

# First and last day off; working days that make up for them.
NOTICE = {
    2025: (
        ["01-01 01-01", "01-28 02-04", "04-04 04-06", "05-01 05-05", "05-31 06-02", "10-01 10-08"],
        ["01-26", "02-08", "04-27", "09-28", "10-11"],
    ),
    2026: (
        ["01-01 01-03", "02-15 02-23", "04-04 04-06", "05-01 05-05", "06-19 06-21", "09-25 09-27", "10-01 10-07"],
        ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
    ),
}
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def notices():
    """Days off and make-up working days of both years."""
    off, made_up = set(), set()
    for year, (breaks, days) in NOTICE.items():
        at = lambda text: date.fromisoformat(f"{year}-{text}")
        for first, last in (span.split() for span in breaks):
            off |= {at(first) + DAY * n for n in range((at(last) - at(first)).days + 1)}
        made_up |= {at(text) for text in days}
    return off, made_up


def civil(wire):
    return date(wire.year, wire.month, wire.day)


def instant(wire):
    return datetime.fromtimestamp(wire.seconds, timezone.utc) + timedelta(microseconds=wire.nanos // 1000)


class Minutes:
    """Every minute from one instant to another: whether the shop is open, whether the clock is paused."""

    def __init__(self, first, last, hours, pauses):
        off, made_up = notices()
        self.first = first
        self.open, self.paused, self.dates = [], [], []
        for n in range(int((last - first) / MINUTE)):
            at = (first + MINUTE * n).astimezone(CHINA)
            today, minute = at.date(), at.hour * 60 + at.minute
            works = today in made_up or (at.weekday() < 5 and today not in off)
            self.open.append(works and any(start <= minute < end for start, end in hours))
            self.paused.append(any(start <= at < end for start, end in pauses))
            self.dates.append(today)

    def counts(self, unit):
        """Whether each minute counts for a unit."""
        business = unit == "TIME_UNIT_BUSINESS_TIME"
        return [(is_open or not business) and not paused for is_open, paused in zip(self.open, self.paused)]

    def after(self, unit, start, minutes):
        """The end of the minute with which so many have counted since the start."""
        skip = int((start - self.first) / MINUTE)
        for n, counted in enumerate(self.counts(unit)[skip:], skip):
            minutes -= counted
            if minutes == 0:
                return self.first + MINUTE * (n + 1)
        raise ValueError("the calendar ends before the deadline")

    def after_days(self, start, days):
        """The same local time so many dates later; a date of which every minute is paused is none."""
        running = sorted(
            {day for day, paused in zip(self.dates, self.paused) if not paused and day > start.astimezone(CHINA).date()}
        )
        return datetime.combine(running[days - 1], start.astimezone(CHINA).time(), CHINA)

    def between(self, unit, start, end):
        counted = self.counts(unit)
        return sum(counted[int((start - self.first) / MINUTE) : int((end - self.first) / MINUTE)])


def calendar(account, suite):
    """Compares the dates of the suite's calendar with the notices; answers with its hours, the tenant's own."""
    found = suite.call(CALENDAR, "GetCalendar", name="calendars/china")
    off, made_up = notices()
    years = {day.year for day in off}  # the suite's calendar knows older ones too
    closed = {civil(c.date) for c in found.closures}
    account.same(
        "days off 2025 and 2026 that differ from the notices", sorted(off ^ {d for d in closed if d.year in years}), []
    )
    theirs = {civil(o.date) for o in found.overrides if o.intervals and civil(o.date).year in years}
    account.same("make-up working days that differ from the notices", sorted(made_up ^ theirs), [])
    minutes = lambda given: (given.start.hours * 60 + given.start.minutes, given.end.hours * 60 + given.end.minutes)
    weekly = {}
    for given in found.weekly:
        weekly.setdefault(word(given, "day"), []).append(minutes(given))
    account.same(
        "weekdays with hours", sorted(weekly), sorted(["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"])
    )
    hours = weekly["MONDAY"]
    uniform = [h == hours for h in weekly.values()] + [
        [minutes(i) for i in o.intervals] == hours for o in found.overrides if o.intervals
    ]
    account.same("every working day has Monday's hours", all(uniform), True)
    return hours


def prove(account, suite, _world):
    account.chapter("2. Clock: the case spring-festival, minute by minute")
    hours = calendar(account, suite)
    case = suite.call(CASE, "GetCase", name=STORY)
    policy = suite.call(STANDARD, "GetSlaPolicy", name=case.clocks[0].sla_policy)
    terms = {word(given, "milestone"): given for given in policy.milestones}
    account.same("clocks of the case", sorted(word(c, "milestone") for c in case.clocks), sorted(terms))
    request = {"read_time": READ.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")}
    for clock in case.clocks:
        explained = suite.call(CASE, "ExplainClock", name=clock.name, **request)
        one(account, suite, clock, explained, terms[word(clock, "milestone")], hours)


def one(account, suite, stored, explained, terms, hours):
    """Every number of one clock."""
    name = word(terms, "milestone").removeprefix("MILESTONE_").lower().replace("_", " ")
    unit = word(terms, "unit")
    log = [(instant(e.event_time), word(e, "kind"), word(e, "control"), e.reason) for e in explained.events]
    starts = [at for at, kind, *_ in log if kind == word(terms, "start_event")]
    stop_kinds = {
        terms.DESCRIPTOR.fields_by_name["stop_events"].enum_type.values_by_number[n].name for n in terms.stop_events
    }
    stops = [at for at, kind, *_ in log if kind in stop_kinds]
    start, end = starts[0], min([*stops, READ])
    reasons = set(terms.pause_reasons)
    pauses = [at for at, _, control, reason in log if control == "CLOCK_CONTROL_PAUSE" and reason in reasons]
    resumes = [at for at, _, control, reason in log if control == "CLOCK_CONTROL_RESUME" and reason in reasons]
    first = datetime(2026, 2, 14, tzinfo=CHINA)
    minutes = Minutes(first, first + DAY * 45, hours, list(zip(pauses, resumes, strict=True)))
    target = terms.target.seconds // 60
    deadline = minutes.after(unit, start, target) if target else minutes.after_days(start, terms.target_days)
    clock = explained.clock
    shown = lambda at: at.astimezone(CHINA).isoformat(timespec="seconds")
    account.same(f"{name}: starts", shown(instant(clock.start_time)), shown(start))
    account.same(f"{name}: deadline", shown(instant(clock.deadline)), shown(deadline))
    account.same(f"{name}: deadline of the case as stored", shown(instant(stored.deadline)), shown(deadline))
    counted = minutes.between(unit, start, end)
    account.same(f"{name}: counted seconds", explained.counted.seconds, 60 * counted)
    account.same(
        f"{name}: left out seconds", explained.not_counted.seconds, 60 * (int((end - start) / MINUTE) - counted)
    )
    state = (
        "MET"
        if stops and stops[0] <= deadline
        else "MET_LATE"
        if stops
        else "RUNNING"
        if READ <= deadline
        else "BREACHED_RUNNING"
    )
    account.same(f"{name}: state", word(clock, "state").removeprefix("CLOCK_STATE_"), state)
    if target:
        account.same(f"{name}: seconds left", clock.remaining.seconds, 60 * (target - counted))
    segments(account, name, explained, minutes, unit, start, end)
    if target:
        levels(account, suite, name, stored, terms, minutes, unit, start, end)


def segments(account, name, explained, minutes, unit, start, end):
    """Every minute of the explanation against ours: the segments touch, cover the run, and count what counts."""
    told = [(instant(s.start_time), instant(s.end_time), s.counted) for s in explained.segments]
    touching = all(before[1] == after[0] for before, after in zip(told, told[1:]))
    account.same(
        f"{name}: segments without gap from start to end",
        (touching, told[0][0] == start, told[-1][1] == end),
        (True, True, True),
    )
    ours = minutes.counts(unit)
    differing = 0
    for begin, finish, counted in told:
        own = ours[int((begin - minutes.first) / MINUTE) : int((finish - minutes.first) / MINUTE)]
        differing += sum(minute != counted for minute in own)
    account.same(f"{name}: minutes explained otherwise than counted", differing, 0)


def levels(account, suite, name, stored, terms, minutes, unit, start, end):
    """Warnings: the instants at which a part of the target had counted, up to the stop."""
    shown = lambda at: at.astimezone(CHINA).isoformat(timespec="seconds")
    ours = {}
    for level in terms.levels:
        at = minutes.after(unit, start, -(-terms.target.seconds * level.percent_elapsed // 6000))
        if at <= end:
            ours[level.level] = shown(at)
    fired = lambda clock: {level.level: shown(instant(level.true_time)) for level in clock.fired_levels}
    # a job fires them, a moment after their time or, as here, after the case was told of late
    latest = time.monotonic() + 60
    while (theirs := fired(stored)) != ours and time.monotonic() < latest:
        time.sleep(0.5)
        clocks = suite.call(CASE, "GetCase", name=STORY).clocks
        stored = next(clock for clock in clocks if clock.name == stored.name)
    account.same(f"{name}: warnings that fired, and when they became true", theirs, ours)
