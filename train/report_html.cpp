#include <sonant/train/report_html.h>

#include <cmath>
#include <sstream>

namespace sonant::report {
namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --bg: #ffffff; --fg: #1b1f24; --soft: #5b6570; --line: #d9dee4;
  --panel: #f6f8fa; --a: #1d6fd1; --b: #c2570c; --best: #1a7f37; --cell: 29, 111, 209; --deep: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171b; --fg: #e7eaee; --soft: #9aa5b1;
  --line: #333b45; --panel: #1c2127; --a: #6cb0ff; --b: #f5a15b; --best: #5bc97a;
  --cell: 72, 145, 235; --deep: #ffffff; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 68rem; padding: 1.25rem 1rem 3rem; background: var(--bg);
  color: var(--fg); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans",
  Arial, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; }
p { margin: .5rem 0; }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
.notice { border-left: 4px solid var(--b); background: var(--panel); padding: .6rem .9rem; }
.scores { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0 .5rem; }
.score { flex: 1 1 8rem; background: var(--panel); border: 1px solid var(--line);
  border-radius: .5rem; padding: .7rem .9rem; }
.score b { display: block; font-size: 1.75rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.score.main { border-color: var(--a); }
.score.main b { color: var(--a); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
  gap: 1rem; }
figure { margin: 0; }
figcaption { font-weight: 600; font-size: .9rem; margin-bottom: .15rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 11px system-ui, -apple-system, "Liberation Sans", Arial, sans-serif; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { stroke: var(--soft); stroke-width: 1; }
svg polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
svg .a { stroke: var(--a); } svg .b { stroke: var(--b); stroke-dasharray: 5 3; }
svg circle { stroke: none; } svg circle.a { fill: var(--a); } svg circle.b { fill: var(--b); }
svg .best { stroke: var(--best); stroke-width: 1.2; stroke-dasharray: 2 3; }
svg text.best { fill: var(--best); stroke: none; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-weight: 600; text-align: left; }
.facts th { color: var(--soft); font-weight: 400; padding: .15rem 1rem .15rem 0;
  vertical-align: top; white-space: nowrap; }
.facts td { padding: .15rem 0; vertical-align: top; overflow-wrap: anywhere; }
.list th, .list td { padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
.list .n { text-align: right; white-space: nowrap; }
.confusion td { width: 2.9rem; min-width: 2.1rem; height: 2.7rem; text-align: center; padding: .1rem;
  border: 1px solid var(--bg); line-height: 1.15; }
.confusion td.right { outline: 2px solid var(--fg); outline-offset: -3px; }
.confusion td.deep { color: var(--deep); }
.confusion td small { display: block; font-size: .68rem; opacity: .85; }
.confusion th { font-size: .85rem; font-weight: 400; padding: .1rem .4rem .1rem 0; text-align: right; }
.confusion thead th { vertical-align: bottom; text-align: left; padding: .2rem .1rem .4rem; }
.confusion thead th span { writing-mode: vertical-rl; transform: rotate(180deg); }
.confusion thead td { width: auto; height: auto; border: 0; }
.bars { width: 100%; max-width: 46rem; }
.bars td, .bars th { padding: .2rem .6rem .2rem 0; }
.bars td:first-child, .bars .n { white-space: nowrap; width: 1%; }
.bars .n { text-align: right; }
.bar { background: var(--panel); border: 1px solid var(--line); border-radius: .2rem; height: .95rem; }
.bar i { display: block; height: 100%; border-radius: .15rem; background: var(--a); }
.bar.f i { background: var(--b); }
details { margin: .75rem 0; border-top: 1px solid var(--line); padding-top: .5rem; }
summary { cursor: pointer; font-weight: 600; }
code { font: .85rem ui-monospace, "Liberation Mono", monospace; overflow-wrap: anywhere; }
@media (max-width: 30rem) { .score b { font-size: 1.45rem; } .confusion td { font-size: .8rem; }
  .bars { font-size: .85rem; } .bars td, .bars th { padding-right: .35rem; }
  .confusion td small { font-size: .6rem; } .confusion th { font-size: .75rem; }
  .facts th { white-space: normal; width: 34%; } }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } h2 { break-after: avoid; }
  figure, table { break-inside: avoid; } * { print-color-adjust: exact;
  -webkit-print-color-adjust: exact; } }
)";

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string fixed(double value, int digits) {
  if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value > 0 ? "inf" : "-inf";
  std::ostringstream text;
  text.setf(std::ios::fixed);
  text.precision(digits);
  text << value;
  return text.str();
}

// With a no-break space.
std::string percent(double share, int digits) { return fixed(100 * share, digits) + "\u00a0%"; }

std::string shortest(double value) {
  std::ostringstream text;
  text.precision(6);
  text << value;
  return text.str();
}

std::string duration(double seconds) {
  if (seconds < 10) return fixed(seconds, 1) + " s";
  const auto s = std::llround(seconds);
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return std::to_string(s / 60) + " min " + std::to_string(s % 60) + " s";
  return std::to_string(s / 3600) + " h " + std::to_string(s % 3600 / 60) + " min";
}

std::string facts(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string html = "<table class=\"facts\">\n";
  for (const auto& [name, value] : rows) {
    html += "<tr><th scope=\"row\">" + escape(name) + "</th><td>" + escape(value) + "</td></tr>\n";
  }
  return html + "</table>\n";
}

std::string section(std::string_view heading, const std::string& body) {
  return "<section>\n<h2>" + escape(heading) + "</h2>\n" + body + "</section>\n";
}

std::string folded(std::string_view heading, const std::string& body) {
  return "<details>\n<summary>" + escape(heading) + "</summary>\n" + body + "</details>\n";
}

std::string page_head(std::string_view title) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
         escape(title) + "</title>\n<style>" + kStyle + "</style>\n</head>\n";
}

}  // namespace sonant::report
