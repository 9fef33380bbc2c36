"""axe-core in a page, by the browser's own debugger: the page's policy stays as strict as it is."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.e2e.browser import settle

SOURCE = (Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR = ["color-contrast", "link-in-text-block"]
# The targets of WCAG 2.5.8: what can be pressed is 24 px both ways, unless it stands in a line of text or is drawn by the
# browser itself, or a circle of 24 px around its middle meets no other.
SMALL_TARGETS = """
() => {
  const targets = [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea, [role=tab], [tabindex='0']")]
    .filter((each) => each.checkVisibility({ checkVisibilityCSS: true }) && !each.closest(".visually-hidden, [inert]") && !each.disabled);
  const modal = document.querySelector("dialog:modal");
  const inline = (each) => getComputedStyle(each).display === "inline";
  const boxes = targets.filter((each) => !modal || modal.contains(each)).map((each) => {
    const label = each.matches("input[type=checkbox], input[type=radio]") ? each.closest("label") : null;
    return [each, (label ?? each).getBoundingClientRect()];
  });
  const far = ([x, y], box) => Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom)) >= 12;
  return boxes
    .filter(([each, box]) => box.width && (box.width < 24 || box.height < 24) && !inline(each) && !each.matches("[role=separator]"))
    .filter(([each, box]) => {
      const middle = [box.left + box.width / 2, box.top + box.height / 2];
      return boxes.some(([other, otherBox]) => other !== each && !other.contains(each) && !each.contains(other) && !far(middle, otherBox));
    })
    .map(([each, box]) => `${each.localName}.${each.className} ${Math.round(box.width)}×${Math.round(box.height)}`);
}
"""
# What sticks out of the page sideways.
STICKS_OUT = """
() => {
  const page = document.documentElement;
  if (Math.max(page.scrollWidth, document.body.scrollWidth) <= page.clientWidth) return [];
  return [...document.querySelectorAll("body *")].filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > page.clientWidth + 1)
    .slice(0, 5).map((each) => `${each.localName}#${each.id}.${each.className} ${Math.round(each.getBoundingClientRect().right)}`);
}
"""


def violations(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """One line per element that breaks a rule, in the state that the page is in.

    What lies under an open menu counts as too small for axe: the size of targets there is left to `small_targets`."""
    settle(page)
    if not page.evaluate("'axe' in window"):
        page.evaluate(SOURCE)
    found: list[dict[str, Any]] = page.evaluate(
        """async (only) => {
          const { violations } = await window.axe.run(document, { runOnly: only, resultTypes: ["violations"] });
          return violations;
        }""",
        {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS},
    )
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary'].splitlines()[1].strip()}"
        for rule in found
        for node in rule["nodes"]
        if not (rule["id"] == "target-size" and page.locator("details[data-menu][open]").count())
    ]


def small_targets(page: Page) -> list[str]:
    settle(page)
    small: list[str] = page.evaluate(SMALL_TARGETS)
    return small


def sticks_out(page: Page) -> list[str]:
    settle(page)
    wide: list[str] = page.evaluate(STICKS_OUT)
    return wide
