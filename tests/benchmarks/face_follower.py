"""A face under the reader's hand: from a slider's move to the points that three networks find, in the page."""

from __future__ import annotations

import statistics

from serving import pages_with

AIM = 60  # moves a second
MOVES = {"Turn": range(-30, 31), "Mouth": range(61), "Noise": range(61)}

# A frame that the widget waits for is drawn at once: what is left is the drawing of the face, the way to the worker and
# back, and the three networks.
TIMED_MOVES = """async ([root, label, values]) => {
  const slider = [...root.querySelectorAll('label')].find(l => l.innerText.trim() === label).control;
  const { requestAnimationFrame: ask } = window;
  const settled = () => new Promise(resolve => {
    const look = () => root.dataset.shown === root.dataset.asked && (watch.disconnect(), resolve());
    const watch = new MutationObserver(look);
    watch.observe(root, { attributes: true, attributeFilter: ['data-shown'] });
    look();
  });
  const times = [];
  for (const value of values) {
    if (slider.value === String(value)) continue;
    await new Promise(resolve => ask(resolve));
    const before = root.dataset.asked;
    slider.value = String(value);
    window.requestAnimationFrame = draw => { queueMicrotask(() => draw(performance.now())); return 1; };
    const start = performance.now();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    window.requestAnimationFrame = ask;
    if (root.dataset.asked === before) throw new Error(`${label} ${value}: nothing was asked`);
    await settled();
    times.push(performance.now() - start);
  }
  return times;
}"""


def face_follower(browser, address: str) -> None:
    """Print milliseconds from an input event to the points of all three networks on the page."""
    print(f"\nA face under the hand: from a move to the points of three networks (ms; aim: {1000 / AIM:.1f})")
    carrying = pages_with("face-follower")
    if not carrying:
        print("  no page carries it")
        return
    page = browser.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{address}/{carrying[0]}")
    root = page.locator('[data-widget="face-follower"]').first
    root.get_by_role("button", name="Load the networks", exact=True).click()
    root.locator("td[data-value]").first.wait_for()
    page.wait_for_function("w => w.dataset.shown === w.dataset.asked", arg=root.element_handle())
    for label, values in MOVES.items():
        times = page.evaluate(TIMED_MOVES, [root.element_handle(), label, list(values)])
        median, worst = statistics.median(times), max(times)
        met = "met" if median <= 1000 / AIM else "NOT met"
        print(
            f"  {label:36}{median:10.1f}   {1000 / median:4.0f} moves/s   slowest of {len(times)} {worst:6.1f}   {met}"
        )
    page.close()
