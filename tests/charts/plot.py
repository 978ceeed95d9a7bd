# SPDX-License-Identifier: GPL-3.0-or-later
#
# Is an SVG of lbsim the chart it ought to be? plot.py FILE COLOURS TEXT ...: it is well-formed XML,
# each text stands in it, it runs nothing and fetches nothing, all that is drawn lies on the page, and
# as many colours of policies as COLOURS draw something there.
import re
import sys
import xml.etree.ElementTree as tree

SVG = "{http://www.w3.org/2000/svg}"
COLOURS = [(0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167),
           (230, 159, 0), (86, 180, 233), (0, 0, 0), (140, 109, 49)]


def points(element):
    if element.tag == SVG + "path" and element.get("d"):
        return [(float(x), float(y)) for x, y in re.findall(r"[ML ](-?[\d.]+),(-?[\d.]+)", element.get("d"))]
    if element.tag == SVG + "polygon":
        return [tuple(map(float, p.split(","))) for p in element.get("points").split()]
    if element.tag == SVG + "use" and element.get("transform"):
        return [tuple(map(float, p)) for p in re.findall(r"translate\(([-\d.]+),([-\d.]+)\)", element.get("transform"))]
    return []


def colour(element):
    text = " ".join(element.get(k) or "" for k in ("stroke", "fill", "color"))
    found = re.search(r"rgb\( *(\d+), *(\d+), *(\d+)\)", text)
    return tuple(map(int, found.groups())) if found else (0, 0, 0) if "black" in text else None


def main(file, colours, texts):
    root = tree.parse(open(file, encoding="utf-8")).getroot()
    width, height = float(root.get("width")), float(root.get("height"))
    found = ["".join(t.itertext()).strip() for t in root.iter(SVG + "text")]
    for text in texts:
        assert text in found, "no text %r among %r" % (text, found)
    for element in root.iter():
        assert element.tag.split("}")[-1] not in ("script", "foreignObject", "image", "a"), element.tag
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on"), name
            assert not (name.endswith("href") and not value.startswith("#")), value
    drawn, places = set(), set()
    for group in root.iter(SVG + "g"):
        if not re.fullmatch(r".*_plot_\d+[a-z]*", group.get("id") or ""):
            continue
        for element in group.iter():
            for x, y in points(element):
                assert -1 <= x <= width + 1 and -1 <= y <= height + 1, "(%g, %g) is off the page" % (x, y)
                if y < 0.85 * height:  # not in the legend
                    places.add((x, y))
                    drawn.add(colour(element))
    assert len(places) >= 4, "nothing is drawn"
    assert len(drawn & set(COLOURS)) >= colours, "colours drawn: %r" % drawn


main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
