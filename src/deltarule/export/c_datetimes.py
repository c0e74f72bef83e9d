"""The position of a datetime in a cycle, in C; `operations.position_in_cycle` defines it."""

from __future__ import annotations

from deltarule.export.c_source import Helper

MICROSECONDS = "86400000000"

_FLOOR_DIVIDE = Helper(
    "floor_divide",
    """
static int64_t floor_divide(int64_t a, int64_t b) {
  return a / b - ((a % b != 0 && (a % b < 0) != (b < 0)) ? 1 : 0);
}""",
)
IN_DAYS = Helper(
    "in_days",
    f"""
/* Days since 1970, NaN if missing. */
static double in_days(int64_t time) {{
  return time == INT64_MIN ? (double)NAN : (double)time / {MICROSECONDS}.0;
}}""",
)
_MONTH_AND_DAY = Helper(
    "month_and_day",
    f"""
/* The month from 0 of a day, and the first day of its year, in days since 1970. */
static int month_of(int64_t time, int64_t *new_year) {{
  const int64_t day = floor_divide(time, {MICROSECONDS}) + 719468;
  const int64_t era = floor_divide(day, 146097), of_era = day - era * 146097;
  const int64_t year_of_era =
      (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t from_march = (5 * of_year + 2) / 153;
  const int month = (int)(from_march < 10 ? from_march + 2 : from_march - 10);
  const int64_t before = era * 400 + year_of_era - (month < 2 ? 0 : 1);
  *new_year = before * 365 + floor_divide(before, 4) - floor_divide(before, 100) +
              floor_divide(before, 400) - 719162;
  return month;
}}""",
    (_FLOOR_DIVIDE,),
)
_WAVES = Helper(
    "waves",
    """
static void waves(double position, double length, float *out) {
  const double turn = 6.283185307179586 * position / length;
  out[0] = (float)sin(turn);
  out[1] = (float)cos(turn);
}""",
)


def _cycle(name: str, position: str, *needs: Helper) -> Helper:
    source = f"""
static void cycle_of_{name}(int64_t time, double length, float *out) {{
  if (time == INT64_MIN) {{
    out[0] = out[1] = 0.0f;
    return;
  }}
  {{
{position}
  }}
}}"""
    return Helper(f"cycle_of_{name}", source, (_WAVES, *needs))


CYCLES: dict[str, Helper] = {
    "year": _cycle(
        "year",
        """    int64_t new_year;
    (void)month_of(time, &new_year);
    waves(in_days(time) - (double)new_year, length, out);""",
        IN_DAYS,
        _MONTH_AND_DAY,
    ),
    "month": _cycle(
        "month",
        """    int64_t new_year;
    const int month = month_of(time, &new_year);
    waves((double)month, length, out);""",
        _MONTH_AND_DAY,
    ),
    "weekday": _cycle(
        "weekday",
        """    const double day = floor(in_days(time)) + 3.0, position = fmod(day, 7.0);
    waves(position < 0.0 ? position + 7.0 : position, length, out);""",
        IN_DAYS,
    ),
    "hour": _cycle(
        "hour",
        """    const double days = in_days(time);
    waves((days - floor(days)) * 24.0, length, out);""",
        IN_DAYS,
    ),
}
"""By the name of the position, a function of a time and the length of the cycle; it writes two floats."""
