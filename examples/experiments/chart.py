"""Charts as SVG, the same bytes for the same numbers."""
from xml.sax.saxutils import escape

COLOURS = ['#4c6a92', '#d08a3c', '#5b9a68', '#b4565a', '#8a77ab']
LEFT, WIDTH, BAR, GAP, TOP = 260, 560, 16, 6, 64


def text(x, y, content, anchor='start', size=12):
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" '
            f'text-anchor="{anchor}">{escape(content)}</text>\n')


def stacked_bars(title, unit, parts, rows):
    """rows: (label, [value of each part])."""
    most = max(sum(values) for _, values in rows)
    height = TOP + len(rows) * (BAR + GAP) + 16
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" '
           f'width="{LEFT + WIDTH + 90}" height="{height}" '
           f'font-family="sans-serif">\n'
           f'<rect width="100%" height="100%" fill="#ffffff"/>\n')
    svg += text(16, 24, title, size=15)
    x = LEFT
    for part, colour in zip(parts, COLOURS):
        svg += f'<rect x="{x}" y="38" width="12" height="12" fill="{colour}"/>\n'
        svg += text(x + 17, 49, part)
        x += 80
    for i, (label, values) in enumerate(rows):
        y, x = TOP + i * (BAR + GAP), LEFT
        svg += text(LEFT - 8, y + BAR - 4, label, 'end')
        for value, colour in zip(values, COLOURS):
            width = value / most * WIDTH
            svg += (f'<rect x="{x:.2f}" y="{y}" width="{width:.2f}" '
                    f'height="{BAR}" fill="{colour}"/>\n')
            x += width
        svg += text(x + 6, y + BAR - 4, f'{sum(values):.2f} {unit}')
    return svg + '</svg>\n'
