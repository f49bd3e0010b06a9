"""The look of a page: light and dark, on a screen and on paper."""

from packager.render.picture import PICTURE_STYLE

STYLE = f"""
:root {{ color-scheme: light dark; --paper: #fff; --ink: #1f2328; --soft: #59636e; --rule: #d1d9e0; --shade: #f6f8fa; --link: #0969da;
  --error: #cf222e; --warning: #9a6700; --info: #0969da; --pass: #1a7f37; --mark: #fff8c5;
  --added-line: #dafbe1; --removed-line: #ffebe9; }}
@media (prefers-color-scheme: dark) {{ :root {{ --paper: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --rule: #3d444d; --shade: #151b23;
  --link: #79c0ff; --error: #ff7b72; --warning: #e3b341; --info: #79c0ff; --pass: #57c46a; --mark: #5c4a10;
  --added-line: #12351f; --removed-line: #49191e; }} }}
* {{ box-sizing: border-box; }}
html {{ scroll-padding-top: 1rem; }}
body {{ margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }}
header, main, footer {{ max-width: 1500px; margin: 0 auto; padding: 0 1.25rem; }}
h1 {{ font-size: 1.6rem; margin: 1.2rem 0 .4rem; overflow-wrap: anywhere; }}
h2 {{ font-size: 1.35rem; margin: 2.5rem 0 .3rem; padding-top: .8rem; border-top: 2px solid var(--rule); overflow-wrap: anywhere; }}
.part {{ font-size: 1.1rem; margin: 1.8rem 0 .5rem; padding: 0; border: 0; }}
p {{ margin: .4rem 0; max-width: 75ch; overflow-wrap: anywhere; }}
a {{ color: var(--link); }}
code, pre, .place {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .86em; }}
code, .place, .image {{ overflow-wrap: anywhere; }}
.place, .soft, figcaption, .more, footer {{ color: var(--soft); }}
.soft, figcaption, .more {{ font-size: .9em; }}
.verdict {{ font-size: 1.1rem; }}
.fail, .error {{ color: var(--error); }}
.warning {{ color: var(--warning); }}
.info {{ color: var(--info); }}
.pass, .added {{ color: var(--pass); }}
.removed {{ color: var(--error); }}
.changed {{ color: var(--warning); }}
.fail, .pass {{ font-weight: 600; }}
.badge {{ display: inline-block; min-width: 4.6em; padding: 0 .5em; border: 1px solid currentColor; border-radius: 1em; font-size: .82em;
  font-weight: 600; text-align: center; }}
.count {{ color: var(--soft); }}
nav ul {{ display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: .6rem 0; padding: 0; list-style: none; }}
.skip {{ position: absolute; left: -999px; }}
.skip:focus {{ left: .5rem; top: .5rem; background: var(--paper); padding: .4rem; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; margin: 0; }}
dt {{ color: var(--soft); }}
dd {{ margin: 0; overflow-wrap: anywhere; }}
figure {{ margin: 0; }}
.scroll {{ overflow-x: auto; border: 1px solid var(--rule); border-radius: 6px; }}
.scroll:focus-visible, summary:focus-visible, a:focus-visible {{ outline: 3px solid var(--link); outline-offset: 1px; }}
svg.picture {{ display: block; max-width: 100%; height: auto; margin: 0 auto; }}
svg.wide {{ max-width: none; }}
@media screen and (max-width: 900px) {{ svg.picture {{ max-width: none; }} dl {{ grid-template-columns: 1fr; }} dd {{ margin: 0 0 .4rem; }}
  table {{ min-width: 44rem; }} }}
table {{ border-collapse: collapse; width: 100%; font-size: .93em; }}
th, td {{ padding: .35rem .7rem; text-align: left; vertical-align: top; border-top: 1px solid var(--rule); }}
thead th {{ border-top: 0; background: var(--shade); font-weight: 600; white-space: nowrap; }}
tbody th {{ font-weight: 400; }}
tbody th, td {{ min-width: 5.5rem; max-width: 34rem; }}
tbody th, td:has(code, .place, .image) {{ min-width: 13rem; }}
tr:target > * {{ background: var(--mark); }}
details {{ margin: .5rem 0; border: 1px solid var(--rule); border-radius: 6px; }}
details:target {{ border-color: var(--link); }}
details > :not(summary) {{ margin-left: 1rem; margin-right: 1rem; }}
details > .scroll {{ margin: 0; border: 0; border-top: 1px solid var(--rule); border-radius: 0; }}
summary {{ padding: .45rem .8rem; cursor: pointer; overflow-wrap: anywhere; }}
.findings {{ padding-left: 1.1rem; }}
.findings li {{ margin: .4rem 0; overflow-wrap: anywhere; }}
pre {{ margin: .3rem 0; padding: .5rem .7rem; overflow-x: auto; background: var(--shade); border-radius: 6px; white-space: pre-wrap; }}
pre .number {{ color: var(--soft); }}
.patch span {{ display: block; min-height: 1.5em; overflow-wrap: anywhere; }}
.patch .added {{ background: var(--added-line); }}
.patch .removed {{ background: var(--removed-line); }}
.file {{ padding: .2rem .8rem; }}
mark {{ background: var(--mark); color: inherit; }}
.why {{ color: var(--soft); margin-bottom: .8rem; }}
footer {{ margin-top: 3rem; padding-bottom: 2rem; font-size: .9em; }}
@media print {{ html, body {{ font-size: 11px; }} nav, .skip {{ display: none; }} .scroll {{ overflow: visible; border: 0; }}
  a {{ color: inherit; }} details::details-content {{ content-visibility: visible; block-size: auto; }}
  svg.picture {{ max-width: 100%; max-height: 20cm; }} svg.tall {{ max-height: none; }} header, main, footer {{ padding: 0; }}
  table, tbody th, td, td:has(code, .place, .image) {{ min-width: 0; overflow-wrap: anywhere; }} thead th {{ white-space: normal; }}
  h1, h2, .part, summary {{ break-after: avoid; }} tr, li, figure, .cure {{ break-inside: avoid; }} }}
{PICTURE_STYLE}"""
