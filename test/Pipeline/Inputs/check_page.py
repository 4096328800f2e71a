"""Whether the pictures of an explain page are whole.

check_page.py PAGE: every SVG is well-formed, and whatever is drawn in it, boxes,
edges and text, lies within it.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree


def check_box(svg, x, y, width=0.0, height=0.0):
    limit = float(svg.get("width")), float(svg.get("height"))
    if not (0 <= x and x + width <= limit[0] + 0.1 and
            0 <= y and y + height <= limit[1] + 0.1):
        sys.exit("required a place within %g x %g, found %g x %g at (%g, %g)"
                 % (*limit, width, height, x, y))


def check(svg):
    for rect in svg.iter("rect"):
        check_box(svg, *(float(rect.get(name, 0))
                         for name in ("x", "y", "width", "height")))
    for text in svg.iter("text"):
        check_box(svg, float(text.get("x")), float(text.get("y")))
    for path in svg.iter("path"):
        if path.get("class") == "edge":
            numbers = [float(n) for n in re.findall(r"-?[\d.]+", path.get("d"))]
            check_box(svg, *numbers[:2])
            check_box(svg, *numbers[-2:])


def main():
    with open(sys.argv[1]) as file:
        page = file.read()
    pictures = [ElementTree.fromstring(text)
                for text in re.findall(r"<svg.*?</svg>", page, re.S)]
    for svg in pictures:
        check(svg)
    print("well-formed")
    graphs = [svg for svg in pictures if svg.get("class") == "graph"]
    print("%d nodes, %d edges" %
          (sum(len(svg.findall("g")) for svg in graphs),
           sum(path.get("class") == "edge"
               for svg in graphs for path in svg.iter("path"))))
    print("%d buffers" % sum(rect.get("class", "").startswith("buffer")
                             for svg in pictures for rect in svg.iter("rect")))


main()
