"""The tracer's picture opens inside: a stage into its blocks, a block into its layers, by pointer and by keyboard."""

import pytest
from widgets import choose, widget

from resnet_book import architecture, trace
from resnet_book.architectures import names

PAGE = "book/intro.html"


def openers(root) -> list[str]:
    return root.locator("figure [data-key]").evaluate_all("all => all.map(e => e.dataset.key)")


@pytest.fixture
def tracer(visit):
    return widget(visit(PAGE), "network-tracer")


@pytest.mark.parametrize("part", [".rn-slab", ".rn-name", ".rn-arc", ".rn-target"])
def test_a_stage_its_label_and_its_arc_open_it_in_picture_and_table(tracer, part):
    stage = tracer.locator('figure [data-key="layer2"]')
    assert stage.get_attribute("aria-expanded") == "false"
    stage.locator(part).first.dispatch_event("click")
    assert stage.get_attribute("aria-expanded") == "true"
    assert [key for key in openers(tracer) if key.startswith("layer2.")] == [f"layer2.{i}" for i in range(4)]
    assert tracer.locator('tr[data-level="1"]').count() == 4
    stage.locator(part).first.dispatch_event("click")
    assert not [key for key in openers(tracer) if "." in key]


def test_the_pointer_meets_an_arc(tracer):
    tracer.scroll_into_view_if_needed()
    arc = tracer.locator('figure [data-key="layer3"] .rn-arc').first.bounding_box()
    tracer.page.mouse.click(arc["x"] + arc["width"] / 2, arc["y"] + 1)
    assert tracer.locator('tr[data-level="1"]').count() == 6


@pytest.mark.parametrize("name", names())
def test_every_block_opens_into_its_own_layers(tracer, name):
    choose(tracer, Architecture=name)
    if name == "cifar-resnet1202":
        choose(tracer, Input_size=32)
    tracer.page.wait_for_timeout(60)
    found = trace(architecture(name, in_channels=3), (3, 32, 32))
    stages = [row.name for row in found.groups(1) if row.name.startswith("layer")]
    for stage in (stages[0], stages[-1]):
        tracer.locator(f'figure [data-key="{stage}"]').dispatch_event("click")
        blocks = [row.name for row in found.groups(2) if row.name.startswith(f"{stage}.")]
        assert [key for key in openers(tracer) if key.startswith(f"{stage}.")] == blocks
        block = tracer.locator(f'figure [data-key="{blocks[0]}"]')
        block.dispatch_event("click")
        layers = [row for row in found.rows if row.name.startswith(f"{blocks[0]}.")]
        inside = tracer.get_by_role("group", name=f"The layers of {blocks[0]}", exact=True)
        # one node a layer, the addition a sign; and each convolution says its kernel
        assert inside.locator(".rn-node").count() == len(layers)
        texts = inside.locator("text").evaluate_all("all => all.map(e => e.textContent)")
        kernels = [
            text for text in texts if "×" in text and text[0] in "137" and text[1] == "×" and text.count("×") == 1
        ]
        assert len(kernels) == sum(row.op == "conv2d" for row in layers)
        beside = [
            row for row in layers if "downsample" in row.name or (name.endswith("d2l") and row.name.endswith("conv3"))
        ]
        assert (inside.locator(".rn-arc").count() == 1) == any(row.op == "add" for row in layers)
        assert inside.locator(".rn-slab").count() == len(layers) + 1 - len(beside)


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("name", ["resnet50", "cifar-resnet110", "cifar-resnet1202"])
def test_every_target_is_large_enough_and_nothing_leaves_the_picture(visit, name, width):
    root = widget(visit(PAGE, viewport={"width": width, "height": 900}), "network-tracer")
    choose(root, Architecture=name, Input_size=32 if "cifar" in name else 224)
    root.page.wait_for_timeout(60)
    root.locator('figure [data-key="layer1"]').dispatch_event("click")
    root.locator('figure [data-key="layer1.0"]').dispatch_event("click")
    root.locator('figure [data-key="layer2"]').dispatch_event("click")
    root.locator('figure [data-key="layer2.0"]').dispatch_event("click")
    sizes = root.locator("figure .rn-target").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(b => [b.width, b.height])"
    )
    assert len(sizes) > 4
    assert min(min(size) for size in sizes) >= 24
    outside = root.locator("figure svg").evaluate(
        """svg => { const box = svg.getBoundingClientRect();
             return [...svg.querySelectorAll("text, rect, circle")].filter(e => { const b = e.getBoundingClientRect();
               return b.left < box.left - 1 || b.right > box.right + 1 || b.bottom > box.bottom + 1; }).map(e => e.textContent || e.className.baseVal) }"""
    )
    assert outside == []


def test_the_keyboard_opens_and_walks(tracer):
    page = tracer.page
    stage = tracer.get_by_role("button", name="layer2, 4 blocks")
    stage.focus()
    page.keyboard.press("Enter")
    assert stage.get_attribute("aria-expanded") == "true"
    assert page.evaluate("document.activeElement.dataset.key") == "layer2", "the focus stays where it was"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.key") == "layer3"
    tracer.locator('[data-key="layer2.0"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    assert page.evaluate("document.activeElement.dataset.key") == "layer2.1"
    assert tracer.get_by_role("group", name="The layers of layer2.1").is_visible()
    page.keyboard.press("Enter")
    assert tracer.get_by_role("group", name="The layers of layer2.1").count() == 0


def test_the_tab_key_reaches_the_picture(visit):
    page = visit(PAGE)
    tracer = widget(page, "network-tracer")
    tracer.get_by_label("Unit", exact=True).focus()
    seen = []
    for _ in range(8):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.dataset.key ?? ''"))
    assert [key for key in seen if key] == ["layer1", "layer2", "layer3", "layer4"]


def test_what_was_opened_in_the_table_is_open_in_the_picture(tracer):
    tracer.get_by_role("button", name="layer1", exact=True).click()
    assert "layer1.0" in openers(tracer)


def test_no_axe_violation_with_all_open(visit):
    from test_accessibility import AXE, RULES

    page = visit(PAGE)
    root = widget(page, "network-tracer")
    for key in ("layer1", "layer1.0", "layer4", "layer4.2"):
        root.locator(f'figure [data-key="{key}"]').dispatch_event("click")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run('[data-widget=network-tracer]', { runOnly: rules })", RULES)
    assert [f"{v['id']}: {n['html'][:120]}" for v in found["violations"] for n in v["nodes"]] == []
