"""The plot for the document: bars of processor time a query, server by server and size by size, as SVG."""

import report

WIDTH, LEFT, RIGHT = 760, 90, 190
BAR, GAP, HEADING = 16, 6, 34
OURS, OTHERS = ("#0b6e4f", "#5fb49c"), ("#4a5a6a", "#a9b7c4")  # user time, system time


def draw(results):
    """One SVG of the results of a mode, smallest zone first."""
    panels = [(result, sorted(report.summary(result).items(), key=lambda item: item[1]["us"])) for result in results]
    largest = max(figures["us"] for _, bars in panels for _, figures in bars)
    scale = (WIDTH - LEFT - RIGHT) / largest
    parts, top = [], 10
    for result, bars in panels:
        parts.append(_text(10, top + 18, report.title(result), "font-weight='bold'"))
        top += HEADING
        for name, figures in bars:
            parts += _bar(name, figures, top, scale)
            top += BAR + GAP
        top += GAP
    parts.append(_text(10, top + 14, "µs of the server's processor an answered query; the dark part is user time",
                       "fill='#555'"))
    height = top + 26
    return "\n".join([
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height}' viewBox='0 0 {WIDTH} {height}' "
        "font-family='sans-serif' font-size='12'>",
        f"<rect width='{WIDTH}' height='{height}' fill='#fff'/>", *parts, "</svg>"]) + "\n"


def _bar(name, figures, top, scale):
    user, system = OURS if name == "portolan" else OTHERS
    dark, whole = figures["user_us"] * scale, figures["us"] * scale
    said = f"{figures['us']:.2f}"
    if name != "portolan":
        said += f"  (portolan ÷ it: {figures['ratio']:.2f})"
    return [_text(LEFT - 8, top + 12, name, "text-anchor='end'"),
            f"<rect x='{LEFT}' y='{top}' width='{whole:.1f}' height='{BAR}' fill='{system}'/>",
            f"<rect x='{LEFT}' y='{top}' width='{dark:.1f}' height='{BAR}' fill='{user}'/>",
            _text(LEFT + whole + 6, top + 12, said)]


def _text(x, y, text, more=""):
    return f"<text x='{x:.0f}' y='{y:.0f}' {more}>{text}</text>".replace(" >", ">")
