// X's weighted length (twitter-text, configuration 3), as channels/connectors/twitter/text.py and links.py count it; a test
// holds them equal. Linear in the length of the text, so that it can run at every keystroke.

const COUNTRIES =
  "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd " +
  "cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge " +
  "gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki " +
  "km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my " +
  "mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se " +
  "sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz " +
  "va vc ve vg vi vn vu wf ws ye yt za zm zw";
const GENERIC =
  "aero amsterdam app asia biz cat com coop dev edu frl gov info int jobs mil mobi museum name net online org post pro site tel travel xxx";
const TOP_LEVEL = new Set(`${COUNTRIES} ${GENERIC}`.split(" "));

const LIMIT = 280;
const LINK_WEIGHT = 23;
const EMOJI_WEIGHT = 2;
const HEAVY = 2;
const LONGEST_LABEL = 63;
const LONGEST_SLUG = 40;

const SPACES = "\\t-\\r \\x85\\xa0\\u1680\\u180e\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const NOT_IN_HOST =
  SPACES +
  "\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff\\ufffe\\uffff" +
  "!\"#$%&'()*+,\\/:;<=>?@\\[\\\\\\]\\^`\\{\\|\\}~＠＃";
const ACCENTED =
  "\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f\\u0253\\u0254\\u0256\\u0257\\u0259\\u025b\\u0263\\u0268\\u026f\\u0272" +
  "\\u0289\\u028b\\u02bb\\u0300-\\u036f\\u1e00-\\u1eff";
const CYRILLIC = "\\u0400-\\u04ff";
const IN_PATH = `A-Za-z0-9!*';:=+,.$\\/%#\\[\\]\\-\\u2013_~@\\|&${CYRILLIC}${ACCENTED}`;

const CANDIDATE = new RegExp(
  `([Hh][Tt][Tt][Pp][Ss]?:\\/\\/)([^${NOT_IN_HOST}]+)|[A-Za-z0-9${ACCENTED}.\\-]+`,
  "gu",
);
const SCHEME_AFTER = new Set("@＠$#＃");
const BARE_AFTER = new Set("@＠$#＃-_./");
const TLD_START = /^[A-Za-z]+/;
const AFTER_TLD = /^[0-9A-Za-z@+-]/;
const ASCII_TLD = /^[A-Za-z]{2,63}$/;
const PUNYCODE = /^xn--[0-9a-z-]+$/i;
const FOREIGN = /^[\p{L}\p{M}]{2,}$/u;
const ASCII = /^[\x00-\x7f]*$/; // eslint-disable-line no-control-regex
const PORT = /:[0-9]+/y;
const PATH = new RegExp(`[${IN_PATH}]*`, "uy");
const PATH_END = new RegExp(`^[A-Za-z0-9+\\-=_#\\/\\)${CYRILLIC}${ACCENTED}]`, "u");
const BRACKETS = new RegExp(`[\\(\\)]|[^\\(\\)${IN_PATH}]+`, "gu");
const QUERY = /\?[A-Za-z0-9!?*'@();:&=+$/%#[\]\-_.,~|]*/y;
const QUERY_END = /^[A-Za-z0-9\-_&=#/]/;
const SLUG = /\/([A-Za-z0-9]+)/y;

const LIGHT = /[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+/gu; // eslint-disable-line no-control-regex
const PICTURE =
  "(?:[\\u00a9\\u00ae]\\ufe0f|[\\u203c\\u2049\\u2122\\u2139\\u2194-\\u21aa\\u231a-\\u23ff\\u24c2\\u25aa-\\u25fe\\u2600-\\u27bf" +
  "\\u2934\\u2935\\u2b05-\\u2b55\\u3030\\u303d\\u3297\\u3299\\u{1f000}-\\u{1faff}])";
const ELEMENT = `${PICTURE}(?:[\\u{1f3fb}-\\u{1f3ff}]|\\ufe0f)?\\u20e3?`;
const EMOJI = new RegExp(
  "[0-9#*]\\ufe0f?\\u20e3|[\\u{1f1e6}-\\u{1f1ff}]{2}|\\u{1f3f4}[\\u{e0020}-\\u{e007e}]+\\u{e007f}|" +
    `${ELEMENT}(?:\\u200d${ELEMENT})*`,
  "gu",
);
const MENTION = /@([A-Za-z0-9_]{1,50})[ \t\r\n]+/y;

/** The end of `pattern` (sticky) at `position`, or -1. */
function matchEnd(pattern, text, position) {
  pattern.lastIndex = position;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** How many signs the punycode of `label` has (RFC 3492). */
function punycodeLength(label) {
  const points = Array.from(label, (sign) => sign.codePointAt(0));
  const basic = points.filter((point) => point < 128).length;
  let [length, handled, next, delta, bias] = [basic + (basic ? 1 : 0), basic, 128, 0, 72];
  while (handled < points.length) {
    const smallest = Math.min(...points.filter((point) => point >= next));
    delta += (smallest - next) * (handled + 1);
    next = smallest;
    for (const point of points) {
      if (point < next) delta += 1;
      if (point !== next) continue;
      let rest = delta;
      for (let k = 36; ; k += 36) {
        const threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        length += 1;
        if (rest < threshold) break;
        rest = Math.floor((rest - threshold) / (36 - threshold));
      }
      let step = handled === basic ? Math.floor(delta / 700) : Math.floor(delta / 2);
      step += Math.floor(step / (handled + 1));
      let k = 0;
      for (; step > 455; k += 36) step = Math.floor(step / 35);
      bias = k + Math.floor((36 * step) / (step + 38));
      delta = 0;
      handled += 1;
    }
    delta += 1;
    next += 1;
  }
  return length;
}

function isLabel(label) {
  if (!label || "-_".includes(label[0]) || "-_".includes(label.at(-1))) return false;
  if (ASCII.test(label)) return label.length <= LONGEST_LABEL;
  if (label.length > 2 * LONGEST_LABEL || Array.from(label).length > LONGEST_LABEL) return false;
  return punycodeLength(label) + 4 <= LONGEST_LABEL;
}

/** How much of the front of `label` is a top-level domain. */
function topLevel(label, after, isBare) {
  if (!(after && AFTER_TLD.test(after))) {
    if (TOP_LEVEL.has(label.toLowerCase()) || PUNYCODE.test(label)) return label.length;
    if (!isBare && (ASCII_TLD.test(label) || (!ASCII.test(label) && FOREIGN.test(label)))) return label.length;
  }
  const start = TLD_START.exec(label)?.[0] ?? "";
  if (start && start.length < label.length && TOP_LEVEL.has(start.toLowerCase())) {
    return AFTER_TLD.test(label.slice(start.length)) ? 0 : start.length;
  }
  return 0;
}

/** How much of the front of `host` is a domain; 0 when none. `after` is the sign behind it. */
function domainLength(host, after, isBare) {
  const labels = host.split(".");
  let valid = labels.findIndex((label) => !isLabel(label));
  if (valid < 0) valid = labels.length;
  let end = host.length;
  for (let number = labels.length - 1; number > 0; number -= 1) {
    const start = end - labels[number].length;
    if (number <= valid && !labels[number - 1].includes("_")) {
      const size = topLevel(labels[number], end < host.length ? "." : after, isBare);
      if (size) return start + size;
    }
    end = start - 1;
  }
  return 0;
}

/** Where each opening bracket is closed again within one path. */
function bracketPartners(text) {
  const found = new Map();
  if (!text.includes("(")) return found;
  let opened = [];
  for (const match of text.matchAll(BRACKETS)) {
    if (match[0] === "(") opened.push(match.index);
    else if (match[0] !== ")") opened = [];
    else if (opened.length) found.set(opened.pop(), match.index);
  }
  return found;
}

function trimmed(text, position, pattern, ending) {
  let end = matchEnd(pattern, text, position);
  if (end < 0) return position;
  while (end > position + 1 && !ending.test(text[end - 1])) end -= 1;
  return end > position + 1 ? end : position;
}

/** Where the address ends whose domain ends at `position`; 0 when it is none after all. */
function linkEnd(text, position, schemeHost, partners) {
  if (schemeHost === "t.co") {
    const end = matchEnd(SLUG, text, position);
    if (end > 0) return end - position - 1 > LONGEST_SLUG ? 0 : trimmed(text, end, QUERY, QUERY_END);
  }
  const port = matchEnd(PORT, text, position);
  if (port > 0) position = port;
  if (text[position] === "/") {
    let end = matchEnd(PATH, text, position);
    while (partners.has(end)) end = matchEnd(PATH, text, partners.get(end) + 1);
    while (end > position + 1 && !PATH_END.test(text[end - 1])) end -= 1;
    position = end;
  }
  return trimmed(text, position, QUERY, QUERY_END);
}

/** [start, end] of every address. */
function* findLinks(text) {
  const partners = bracketPartners(text);
  let position = 0;
  for (;;) {
    CANDIDATE.lastIndex = position;
    const match = CANDIDATE.exec(text);
    if (!match) return;
    const after = match.index + match[0].length;
    position = after;
    const before = match.index ? text[match.index - 1] : "";
    const isBare = match[1] === undefined;
    if (before && (isBare ? BARE_AFTER : SCHEME_AFTER).has(before)) continue;
    const host = isBare ? match[0] : match[2];
    const length = domainLength(host, text[after] ?? "", isBare);
    if (!length) continue;
    const hostEnd = after - host.length + length;
    const end = linkEnd(text, hostEnd, isBare ? "" : host.slice(0, length).toLowerCase(), partners);
    if (!end) continue;
    yield [match.index, end];
    position = end;
  }
}

/**
 * What `text` counts against the 280 of X. `populated`: handles (without @) that X itself puts in front of a reply; they do
 * not count when the text begins with them.
 */
export function weightedLength(text, populated = []) {
  text = text.normalize("NFC");
  const names = new Set(populated.map((name) => name.toLowerCase().replace(/^@/, "")));
  let position = 0;
  for (;;) {
    MENTION.lastIndex = position;
    const match = MENTION.exec(text);
    if (!match || !names.has(match[1].toLowerCase())) break;
    position = MENTION.lastIndex;
  }
  text = text.slice(position);

  const rest = [];
  let total = 0;
  position = 0;
  for (const [start, end] of findLinks(text)) {
    rest.push(text.slice(position, start));
    total += LINK_WEIGHT - 1; // the separator below counts as 1
    position = end;
  }
  rest.push(text.slice(position));
  let emoji = 0;
  const remaining = rest.join("\n").replace(EMOJI, () => {
    emoji += 1;
    return "";
  });
  const heavy = remaining.replace(LIGHT, "");
  const heavySigns = Array.from(heavy).length;
  return total + emoji * EMOJI_WEIGHT + heavySigns * HEAVY + (remaining.length - heavy.length);
}

export { LIMIT as limit };
