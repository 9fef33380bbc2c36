"""X's weighted length (twitter-text configuration 3): 280 allowed, an address is 23, an emoji 2, most other scripts 1."""

import re
import unicodedata

MAXIMUM = 280
URL_WEIGHT = 23
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
URL = re.compile(
    r"https?://[^\s<>\"]+|(?<![\w@.])(?:[\w-]+\.)+(?:nl|com|org|net|eu|be|de|info|example)\b(?:/[^\s<>\"]*)?", re.I
)
_PICTURE = "[\u2190-\u21ff\u2300-\u27bf\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[#*0-9]\ufe0f?\u20e3|"
    f"{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?(?:\u200d{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?)*"
)
LEADING_MENTIONS = re.compile(r"^(?:@\w{1,15}\s+)+")


def weighted_length(text: str, *, is_reply: bool = False) -> int:
    """What counts against 280. Leading mentions of a reply are free."""
    text = unicodedata.normalize("NFC", text)
    if is_reply:
        text = LEADING_MENTIONS.sub("", text)
    total = URL_WEIGHT * len(URL.findall(text))
    text = URL.sub("", text)
    total += 2 * len(EMOJI.findall(text))
    text = EMOJI.sub("", text)
    return total + sum(1 if any(low <= ord(sign) <= high for low, high in LIGHT) else 2 for sign in text)
