/** Colours by the reader's choice of light or dark; five that differ in lightness too, and lines that differ in their dashes. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --page: #ffffff; --grid: #d8dee4; --band: #f6f8fa;
  --c0: #0a58ca; --c1: #b35900; --c2: #1a7f37; --c3: #8250df; --c4: #57606a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9aa4af; --page: #0d1117; --grid: #30363d; --band: #161b22;
    --c0: #6cb0ff; --c1: #f0a35e; --c2: #56d364; --c3: #c297ff; --c4: #9aa4af; }
}
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 960px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 26px; } h2 { font-size: 19px; margin-top: 40px; }
code { font-family: ui-monospace, monospace; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 10px; border-bottom: 1px solid var(--grid); text-align: right; white-space: nowrap; }
th:first-child { text-align: left; } th[scope=row] { font-weight: 500; } thead th { color: var(--soft); }
tbody tr:nth-child(even) { background: var(--band); }
section > svg { max-width: 100%; height: auto; display: block; margin: 8px 0; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .tick, svg .axis, .note { fill: var(--soft); color: var(--soft); } svg .note { fill: var(--soft); }
.grid { stroke: var(--grid); } .diagonal { stroke: var(--soft); stroke-dasharray: 4 4; }
.line { fill: none; stroke-width: 2.5; } .dash1 { stroke-dasharray: 8 3; } .dash2 { stroke-dasharray: 2 3; }
.dash3 { stroke-dasharray: 10 3 2 3; } .dash4 { stroke-dasharray: 1 0; }
.fill.c0, i.c0 { fill: var(--c0); background: var(--c0); } .fill.c1, i.c1 { fill: var(--c1); background: var(--c1); }
.fill.c2, i.c2 { fill: var(--c2); background: var(--c2); } .fill.c3, i.c3 { fill: var(--c3); background: var(--c3); }
.fill.c4 { fill: var(--c4); }
.line.c0 { stroke: var(--c0); } .line.c1 { stroke: var(--c1); } .line.c2 { stroke: var(--c2); }
.line.c3 { stroke: var(--c3); } .line.c4 { stroke: var(--c4); }
.key { margin-right: 16px; } .key i { display: inline-block; width: 12px; height: 12px; margin-right: 6px; }
`;
