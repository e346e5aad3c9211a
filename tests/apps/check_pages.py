#!/usr/bin/env python3
"""Opens the HTML pages of Sonant in headless Chromium and checks what is seen.

usage: check_pages.py SONANT OUT         makes the pages with the command SONANT, in the folder OUT
       check_pages.py --page FILE... OUT checks pages that are there

Every page is opened in several widths, light and dark; check_page.js looks for text that is cut
off, covered, out of the window or too faint, for charts whose text has another size than others',
for broken images and for errors. The screenshots, 400 and 1280 pixels wide, stay in OUT, to be
looked at. Prints one line per finding and exits 1 if there is any; exits 77
where there is no Chromium.
"""
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys

WIDTHS = (320, 400, 820, 1280)
PICTURES = (400, 1280)
SCHEMES = {"light": 1, "dark": 0}  # Blink's numbers
HERE = pathlib.Path(__file__).parent


def find_chromium():
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(shutil.which, names) if path), None)


# Chromium's own window cannot be as narrow as a phone, a frame can.
FRAMES = """<!DOCTYPE html><html style="color-scheme: light dark"><body><pre id="reports"></pre>
<script>
const reports = [];
window.addEventListener("message", (event) => {{
  reports.push(event.data);
  if (reports.length === {count})
    document.getElementById("reports").textContent = JSON.stringify(reports);
}});
</script>{frames}</body></html>"""


def chromium(out, width, height, scheme, page, *action):
    command = [find_chromium(), "--headless=new", "--no-sandbox", "--disable-gpu",
               "--hide-scrollbars", "--disable-dev-shm-usage", "--no-first-run",
               "--disable-background-networking", "--disable-component-update", "--disable-sync",
               f"--user-data-dir={out / 'profile'}",
               f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
               f"--window-size={width},{height}", "--virtual-time-budget=5000",
               *action, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout


def in_frames(page, out):
    """A page with a frame per width; each holds the page, with check_page.js before all else."""
    text = page.read_text("utf-8", errors="surrogateescape")
    script = (HERE / "check_page.js").read_text("utf-8")
    checked = out / f"checked_{page.name}"
    checked.write_text(text.replace("<head>", f"<head><script>{script}</script>", 1), "utf-8",
                       errors="surrogateescape")
    frames = "".join(
        f'<iframe src="{checked.as_uri()}" style="width:{width}px;height:900px;border:0"></iframe>'
        for width in WIDTHS)
    holder = out / f"frames_{page.name}"
    holder.write_text(FRAMES.format(count=len(WIDTHS), frames=frames), "utf-8")
    return holder


def check(page, out):
    """(where, what) of all that is wrong with a page."""
    holder = in_frames(page, out)
    for scheme in SCHEMES:
        dom = chromium(out, 1400, 900, scheme, holder, "--dump-dom")
        reports = re.search(r'<pre id="reports">(.+?)</pre>', dom, re.S)
        if not reports:
            yield f"{page.stem}_{scheme}", "Chromium did not finish the check"
        for report in json.loads(html.unescape(reports[1])) if reports else []:
            where = f"{page.stem}_{report['width']}_{scheme}"
            if report["width"] not in WIDTHS:
                yield where, "has not the width that was asked for"
            if report["dark"] != (scheme == "dark"):
                yield where, f"the page does not see that it should be {scheme}"
            for what in report["found"]:
                yield where, what
            if report["width"] not in PICTURES:
                continue
            picture = out / f"{where}.png"
            picture.unlink(missing_ok=True)
            height = min(report["height"], 8000)
            chromium(out, report["width"], height, scheme, page, f"--screenshot={picture}")
            if not picture.exists():
                yield where, "no screenshot"


BROKEN = """<!DOCTYPE html><html><head><title>broken</title></head>
<body style="color:#777;background:#fff">
<div style="width:600px">wide</div>
<div style="overflow:hidden;width:40px;white-space:nowrap">too long</div>
<div style="position:relative"><span style="position:absolute;left:0">over</span>
<span style="position:absolute;left:3px">lapping</span></div>
<svg viewBox="0 0 100 20" width="100"><text x="90" y="10">leaving</text></svg>
<svg viewBox="0 0 100 20" width="200"><text y="10" font-size="12">scaled</text></svg>
<svg width="200" height="20"><text y="10" font-size="12">unscaled</text></svg>
<img alt="none" src="data:image/png;base64,AA"><script>missing();</script></body></html>"""
MUST_BE_FOUND = ("missing is not defined", "page is 6", "contrast of 4.", '"too long" is cut off',
                 '"over" and "lapping" overlap', '"leaving" leaves its drawing', '"none" is broken',
                 '"scaled" is 24.0 x 24.0 pixels')


def check_of_the_check(out):
    """A page with one mistake of each kind: what of it is not found."""
    page = out / "broken.html"
    page.write_text(BROKEN, "utf-8")
    found = "\n".join(what for where, what in check(page, out) if "_400_light" in where)
    for what in MUST_BE_FOUND:
        if what not in found:
            yield "broken", f"was not found: {what}"
    if '"unscaled"' in found:
        yield "broken", "what is right was found: unscaled"


def make_pages(sonant, out):
    """One page of each kind, from a small synthetic corpus."""
    def run(*words):
        done = subprocess.run([sonant, *map(str, words)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"sonant {words[0]} failed: {done.stderr}")

    corpus = out / "corpus"
    if not corpus.exists():
        run("synth", "--out", corpus, "--repetitions", 1)
    sound = sorted(corpus.rglob("*.wav"))[8]
    pages = []
    for model, protocol in (("reslstm-sa-h16", "usual"),
                            ("lstm-sa-h8", "krasnoproshin2026-test-chooses")):
        run("train", "--quiet", "--data", corpus, "--model", model, "--epochs", 6, "--lr", "1e-2",
            "--protocol", protocol, "--out", out / f"{model}.safetensors", "--overwrite",
            "--embeddings", out / f"{model}.embeddings", "--report", out / f"train_{model}.html")
        run("inspect", "--model", out / f"{model}.safetensors", sound,
            "--out", out / f"inspect_{model}.html")
        pages += [out / f"train_{model}.html", out / f"inspect_{model}.html"]
    small = ("--data", corpus, "--model", "lstm-sa-h8", "--epochs", 3)
    run("cv", *small, "--lr", "1e-2", "--seeds", 2, "--out", out / "cv")
    run("report", out / "cv", "--out", out / "cv.html")
    run("cv", *small, "--lr", "3e-3", "--seeds", 2, "--out", out / "other")
    run("report", out / "cv", out / "other", out / "other", "--out", out / "compared.html")
    pages.append(out / "compared.html")
    (out / "study.sqlite").unlink(missing_ok=True)
    run("tune", *small, "--trials", 16, "--pruner", "median", "--study", out / "study.sqlite")
    run("report", out / "study.sqlite", "--out", out / "tune.html")
    # One hyperparameter: one chart has the whole width.
    (out / "one.toml").write_text('[lr]\ntype = "log"\nlow = 1e-4\nhigh = 3e-2\n', "utf-8")
    (out / "one.sqlite").unlink(missing_ok=True)
    run("tune", *small, "--protocol", "oracle", "--trials", 6, "--space", out / "one.toml",
        "--study", out / "one.sqlite")
    run("report", out / "one.sqlite", "--out", out / "one.html")
    return [*pages, out / "cv.html", out / "tune.html", out / "one.html"]


def main(arguments):
    if not find_chromium():
        print("skipped: no Chromium (apps/install_packages.sh report)")
        return 77
    out = pathlib.Path(arguments[-1]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    if arguments[0] == "--page":
        pages = [pathlib.Path(p).resolve() for p in arguments[1:-1]]
    else:
        pages = make_pages(arguments[0], out)
    findings = [*check_of_the_check(out), *(f for page in pages for f in check(page, out))]
    for where, what in findings:
        print(f"{where}: {what}")
    views = len(pages) * len(WIDTHS) * len(SCHEMES)
    print(f"{len(pages)} pages, {views} views, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
