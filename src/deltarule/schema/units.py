"""Units of numbers in cells: currencies, percent and units of measure, and their spellings."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_UNIT_LENGTH = 12


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CURRENCY_CODES = _words("""
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTC BTN
    BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DEM DJF DKK DOP DZD EGP ERN ETB ETH EUR
    FJD FKP FRF GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK ITL
    JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NIS NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
    PYG QAR RMB RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS
    TMT TND TOP TRY TTD TWD TZS UAH UGX USD USDT UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR
    ZMW ZWL
""")
# The first spelling of a group is its name.
_SAME_CURRENCY = """
    $ US$ USD, € EUR euro euros, £ GBP, ¥, ₹ INR Rs RS rs, CHF Fr SFr, A$ AU$ AUD, C$ CA$ CAD, NZ$ NZD,
    HK$ HKD, S$ SG$ SGD, NT$ TWD, R$ BRL, MX$ MXN, CN¥ CNY RMB 元, JP¥ JPY 円, ₩ KRW 원, ₽ RUB руб р,
    ₴ UAH грн, ₺ TRY TL, ₪ ILS NIS, ₫ VND đ, ฿ THB, ₱ PHP, ₦ NGN, zł PLN, Kč CZK, Ft HUF, lei RON,
    лв BGN, RM MYR, Rp IDR, kr, ¢ ct cent cents, ₡ CRC, ₸ KZT, ₲ PYG, ₵ GHS, ₿ BTC, p
"""
_CURRENCY = {code: code for code in _CURRENCY_CODES} | {
    spelling: group.split()[0] for group in _SAME_CURRENCY.split(",") for spelling in group.split()
}
_LOWER_CODES = _words("""
    usd eur gbp chf jpy cny inr aud cad nzd sek nok dkk pln czk huf brl rub
""")
_NOT_IN_FRONT = frozenset(
    ("¢", "ct", "cent", "cents", "euro", "euros", "p", "р", "руб", "元", "円", "원")
)

# Units that may follow a number without a space. Single letters that are common in codes (12A) are not
# among them.
_MEASURES = _words("""
    % ‰ ‱ pp bp bps ppm ppb ° °C °F °K deg rad g kg mg µg ug ng t lb lbs oz m km cm dm mm µm
    um nm mi ft in yd " ″ m² m2 m³ m3 cm² cm2 cm³ cm3 mm² mm2 km² km2 ft² ft2 sqft sqm qm ha ac
    l L ml mL cl cL dl dL hl µl µL gal cc ccm cbm s ms µs us ns min mins sec secs h hr hrs yr
    yrs day days week weeks month months year years hour hours minute minutes second seconds V
    mV kV mA mAh W kW MW GW Wh kWh MWh GWh Hz kHz MHz GHz Ω kΩ ohm Nm kN MPa kPa hPa Pa bar mbar
    psi atm mmHg J kJ MJ cal kcal hp bhp PS mph kmh kph km/h kt kts rpm dB dBm lm lx cd mol mmol
    µmol nmol mM µM IU U/l bit bits byte bytes kB KB MB GB TB KiB MiB GiB Mb Gb kbps Mbps Gbps
    px pt dpi MP fps bpm x × kmpl mpg
""")
_PARTS_OF_MEASURES = frozenset(("d", "a", "mo", "wk", "pc", "pcs", "stk", "kWp"))
_ANY_CASE = _words("""
    kg mg lb lbs oz km cm mm ml ft yd hr hrs yr yrs min mins sec secs kwh rpm mph kmh kph psi
    ppm bpm px pcs kmpl mpg sqft sqm cc ccm hp bhp ps tl rs
""")
_SAME_MEASURE = {
    "jahre": "jahr", "tage": "tag", "monate": "monat", "wochen": "woche", "stunden": "stunde",
    "minuten": "minute", "sekunden": "sekunde", "meter": "metre", "liter": "litre", "feet": "foot",
    "ft": "foot", "inch": "in", "inche": "in", "yr": "year", "hr": "hour", "min": "minute",
    "sec": "second", "stk": "stück", "L": "l", "KB": "kB",
}  # fmt: skip
_SQUARES = str.maketrans("²³", "23")

# Multiples behind a number: powers of ten. The letters of amounts of money follow attached or not; of
# other numbers, only k, K and M may follow, attached.
_MULTIPLES = {
    "tsd": 3, "thousand": 3, "lakh": 5, "lakhs": 5, "lac": 5, "lacs": 5, "mn": 6, "mln": 6, "mio": 6,
    "million": 6, "millions": 6, "millionen": 6, "crore": 7, "crores": 7, "bn": 9, "bln": 9, "mrd": 9,
    "milliarden": 9, "billion": 9, "billions": 9, "tn": 12, "trillion": 12, "trillions": 12,
}  # fmt: skip
_LETTERS = {"k": 3, "K": 3, "M": 6}
_MONEY_LETTERS = {**_LETTERS, "m": 6, "B": 9, "b": 9, "T": 12, "t": 12, "cr": 7, "Cr": 7}
_MULTIPLE = re.compile(r"([^\W\d_]+)\.?(?: ?((?:(?<=[ .])|(?=[^\w]))\S.*))?")

# Words behind a number that make it something else: a time, an ordinal, a month, a range.
_NOT_UNITS = _words("""
    k m b t cr am pm a.m p.m th st nd rd jan feb mar apr may jun jul aug sep
    sept oct nov dec january february march april june july august september october november
    december mär märz mai juni juli okt oktober dez dezember and or to of bis und oder
""")
_WORD = re.compile(r"[^\W\d_²³][\w²³/%·*^.-]*|[µ°%‰‱/\"″Ω×$€£¥][\w²³/%·*^.°-]*")
_EXPONENT = re.compile(r"[eEdD]\d+")
_WORDS_TOGETHER = frozenset(
    ("sq ft", "sq m", "sq mi", "sq km", "sq. ft", "fl oz", "fl. oz", "% p.a", "% pa")
)


@lru_cache(10_000)
def is_currency_in_front(text: str) -> bool:
    """Whether a text may stand in front of a number as its currency."""
    bare = text.rstrip(".")
    return bare not in _NOT_IN_FRONT and _currency(bare) is not None


def _currency(bare: str) -> str | None:
    """Return the name of a currency, None for any other text."""
    found = _CURRENCY.get(bare)
    if found is None and bare in _LOWER_CODES:
        found = _CURRENCY[bare.upper()]
    if found is None and len(bare) > 1:
        found = _CURRENCY.get(bare.lower())
    if found is None and len(bare) == 1 and unicodedata.category(bare) == "Sc":
        found = bare
    return found


@lru_cache(10_000)
def is_known_unit(unit: str) -> bool:
    """Whether a unit may follow a number without a space: currencies, percent, units of measure."""
    bare = unit.rstrip(".")
    if _currency(bare) is not None or bare in _MEASURES or bare.lower() in _ANY_CASE:
        return True
    first, *rest = bare.split("/")
    return bool(rest) and all(
        part in _MEASURES or part in _PARTS_OF_MEASURES or _currency(part) is not None
        for part in (first, *rest)
    )


@lru_cache(10_000)
def is_unit_behind_space(unit: str) -> bool:
    """Whether a text may be the unit of a number before it, with a space between."""
    bare = unit.rstrip(".")
    if is_known_unit(unit) or bare.lower() in _WORDS_TOGETHER:
        return True
    return (
        0 < len(unit) <= MAX_UNIT_LENGTH
        and (bare == "K" or bare.lower() not in _NOT_UNITS)  # K: kelvin
        and _WORD.fullmatch(bare) is not None
        and not any(unicodedata.category(sign) == "No" for sign in unit.translate(_SQUARES))
        and _EXPONENT.fullmatch(bare) is None
    )


@lru_cache(10_000)
def split_multiple(text: str, spaced: bool, money: bool) -> tuple[int, str]:
    """Return the power of ten that a text behind a number begins with, 0 for none, and the rest.

    "M" and "Mio. €" are 6, "kg" is 0. `spaced` is whether a space is before it, `money` whether a
    currency is in front of the number.
    """
    found = _MULTIPLE.fullmatch(text)
    if found is None:
        return 0, text
    word, rest = found[1], found[2] or ""
    if rest and not is_known_unit(rest):
        return 0, text
    power = _MULTIPLES.get(word.lower(), 0)
    if money or (rest and _currency(rest.rstrip(".")) is not None):
        power = power or _MONEY_LETTERS.get(word, 0)
    elif not spaced and not rest:
        power = power or _LETTERS.get(word, 0)
    return (power, rest) if power else (0, text)


@lru_cache(10_000)
def unit_name(unit: str) -> str:
    """Return the name that all spellings of a unit share: "lbs", "LB" and "lb." are "lb"."""
    bare = unit.rstrip(".").translate(_SQUARES)
    found = _currency(bare)
    if found is not None:
        return found
    lower = bare.lower()
    if lower not in _ANY_CASE and len(lower) <= 3 and lower not in ("day", "tag"):
        return _SAME_MEASURE.get(bare, bare)
    if len(lower) > 2 and lower.endswith("s") and not lower.endswith("ss"):
        lower = lower[:-1]
    return _SAME_MEASURE.get(lower, lower)
