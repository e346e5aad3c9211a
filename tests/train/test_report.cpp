#include <sonant/train/report/html.h>
#include <sonant/train/report/report.h>
#include <sonant/train/report/svg.h>

#include <cstdlib>
#include <fstream>
#include <limits>

#include "support/catch.h"
#include "support/text.h"
#include "train/sample_result.h"

using namespace sonant;
using namespace sonant::test;
using namespace sonant::report;

namespace {

// Every tag that is opened is closed, in order. Enough for what we write ourselves.
std::string first_unbalanced(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find('>', at);
    if (end == std::string::npos) return "a tag without end";
    const std::string tag = html.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find(' '));
    if (name == "!DOCTYPE" || name == "meta" || tag.back() == '/') continue;
    if (name[0] != '/') {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name.substr(1)) return name;
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back();
}

}  // namespace

TEST_CASE("The report tells the facts and stands alone", "[train]") {
  const RunResult r = sample_result();
  const std::string html = html_report(r);
  CHECK(first_unbalanced(html).empty());
  CHECK(has(html, "reslstm-sa-h64 on EMO-DB"));
  CHECK(has(html, "fold 1 of 5 by speaker"));
  CHECK(has(html, percent(r.test.metrics.uar)));
  CHECK(has(html, percent(r.test.metrics.accuracy)));
  CHECK(has(html, "71 files, speakers 11, 14"));
  CHECK(has(html, "18446744073709551615"));  // the seed
  CHECK(has(html, "best: 26"));
  CHECK(has(html, "simd kernel, avx2, OpenBLAS core Haswell, 2 threads"));
  CHECK(has(html, r.weights_hash));
  CHECK(!has(html, "http"));  // nothing is loaded, nothing is linked
  CHECK(!has(html, "<script"));
  CHECK(!has(html, "synthetic"));
}

TEST_CASE("Names and paths from outside are escaped", "[train]") {
  const std::string html = html_report(sample_result());
  CHECK(has(html, "speech &amp; &lt;co&gt;"));
  CHECK(has(html, "&lt;neutral&gt;"));
  CHECK(has(html, "some/where &amp; &lt;else&gt;.wav"));
  CHECK(has(html, "dir/&lt;b&gt;.wav"));
  CHECK(!has(html, "<neutral>"));
  CHECK(escape("a&b<c>\"d'\n") == "a&amp;b&lt;c&gt;&quot;d&#39;\\n");
  CHECK(escape("\x1b[31m\xe9\xc2\x9b") == "\\x1b[31m\\xe9\\u009b");
}

TEST_CASE("What needs saying is said: synthetic speech, the paper's statistics, no test",
          "[train]") {
  RunResult r = sample_result();
  r.data.corpus = "synthetic";
  CHECK(has(html_report(r), "no person spoke it"));
  r.data.leaks = find_protocol("paper").leaks;
  CHECK(has(html_report(r), "the test speakers&#39; included"));
  CHECK(!has(html_report(r), "speakers choose the epoch"));
  r.data.leaks = find_protocol("oracle").leaks;
  r.data.chooser = Chooser::test;
  CHECK(has(html_report(r), "the test speakers choose the epoch"));
  CHECK(!has(html_report(r), "nor the choice"));
  r.test = {};
  r.epochs.resize(1);
  r.interrupted = true;
  const std::string stopped = html_report(r);
  CHECK(has(stopped, "it was not tested"));
  CHECK(!has(stopped, "Confusion"));
  CHECK(first_unbalanced(stopped).empty());
  r.epochs.clear();
  CHECK(first_unbalanced(html_report(r)).empty());
}

TEST_CASE("A page names those who chose the epoch by what they are", "[train]") {
  RunResult r = sample_result();
  std::string html = html_report(r);
  CHECK(has(html, "neither training nor the choice of the epoch has heard"));
  CHECK(has(html, "choose UAR 65.4"));
  CHECK(has(html, ">choose</text>"));
  r.data.chooser = Chooser::test;
  html = html_report(r);
  CHECK(has(html, "but that chose the epoch"));
  CHECK(has(html, ", test UAR 65.4"));
  CHECK(has(html, ">test</text>"));
  CHECK(!has(html, "choose UAR"));
  CHECK(!has(html, "has heard"));
  // Nor of a protocol in whose parts the same voices are.
  r.data.chooser = Chooser::choose;
  r.data.leaks = find_protocol("random").leaks;
  html = html_report(r);
  CHECK(!has(html, "has heard"));
  CHECK(has(html, "the voices that judge were learnt from"));
}

TEST_CASE("A drawing is as wide as its place, and its text is never scaled", "[train]") {
  const std::string svg = line_chart({"loss", {{"training", {1, 2, 1.5, 3}}, {"b", {2, 2, 2, 2}}}});
  // Text lies outside of what is stretched to the width.
  const auto lines = svg.find("<svg class=\"lines\" viewBox=\"0 0 1000 168\"");
  REQUIRE(lines != std::string::npos);
  const std::string stretched = svg.substr(lines, svg.find("</svg>", lines) - lines);
  CHECK(!has(stretched, "<text"));
  CHECK(has(stretched, "preserveAspectRatio=\"none\""));
  CHECK(svg.find("viewBox", lines + 40) == std::string::npos);
  CHECK(svg.find("viewBox") > lines);
  CHECK(has(stretched, "points=\"0.0,"));
  CHECK(has(stretched, " 1000.0,"));
  CHECK(has(svg, "x=\"100.00%\""));
}

TEST_CASE("Ticks are round numbers that cover the range", "[train]") {
  CHECK(round_ticks(0, 1, 4) == std::vector<double>{0, 0.5, 1});
  CHECK(round_ticks(0, 100, 5) == std::vector<double>{0, 20, 40, 60, 80, 100});
  const auto ticks = round_ticks(0.13, 0.72, 4);
  CHECK(ticks.front() <= 0.13);
  CHECK(ticks.back() >= 0.72);
  CHECK(round_ticks(3e-5, 1e-3, 4).size() >= 2);
}

TEST_CASE("A chart leaves a gap where a value is not finite", "[train]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string svg = line_chart({"loss", {{"training", {1, 2, nan, 3, 4, nan, 5}}}, 2});
  std::size_t lines = 0;
  for (std::size_t at = svg.find("<polyline"); at != std::string::npos;
       at = svg.find("<polyline", at + 1)) {
    ++lines;
  }
  CHECK(lines == 2);
  CHECK(has(svg, "<circle"));
  CHECK(!has(svg, "NaN"));
  CHECK(!has(line_chart({"nothing", {{"none", {nan, nan}}}}), "NaN"));
  CHECK(!has(line_chart({"flat", {{"constant", {0.001, 0.001}}}}), "NaN"));
}

TEST_CASE("Every epoch is labelled once, however few there are", "[train]") {
  for (std::size_t epochs : {1u, 2u, 3u, 4u, 7u}) {
    const std::string svg = line_chart({"loss", {{"training", std::vector<double>(epochs, 0.5)}}});
    const std::size_t two = svg.find("\">2</text>");
    if (two != std::string::npos) CHECK(svg.find("\">2</text>", two + 1) == std::string::npos);
    CHECK(has(svg, "\">1</text>"));
  }
}

TEST_CASE("Numbers for people", "[train]") {
  CHECK(percent(0.62345) == "62.3\u00a0%");
  CHECK(duration(0.84) == "0.8 s");
  CHECK(duration(42.4) == "42 s");
  CHECK(duration(185) == "3 min 5 s");
  CHECK(duration(7800) == "2 h 10 min");
  CHECK(shortest(1e-5) == "1e-05");
  CHECK(shortest(0.0016) == "0.0016");
}

// To look at it: SONANT_TEST_PAGE=/tmp/report.html test_train "[.page]"
TEST_CASE("Write a sample page", "[.page]") {
  if (const char* path = std::getenv("SONANT_TEST_PAGE")) {
    std::ofstream(path) << html_report(sample_result());
  }
  SUCCEED();
}
