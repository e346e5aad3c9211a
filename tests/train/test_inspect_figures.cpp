// Every number on the page of an inspection, read back and compared with the inspection.
#include <sonant/train/report/image.h>
#include <sonant/train/report/inspect.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "support/catch.h"
#include "support/text.h"
#include "train/read_page.h"
#include "train/sample_model.h"

using namespace sonant;
using namespace sonant::test;
using namespace sonant::report;
using Parsed = nlohmann::json;  // not what wrote it

namespace {

// Without the sound, the pictures and the script.
std::string plain(std::string html) {
  for (const auto& [from, to] :
       {std::pair<const char*, const char*>{"base64,", "\""}, {"<script", "</script>"}})
    for (std::size_t at = 0; (at = html.find(from, at)) != std::string::npos; ++at)
      html.erase(at, html.find(to, at) - at);
  return html;
}

struct Inspected {
  SpeechModel model = sample_model();
  Inspection of;
  std::string html, text;
  Inspected() {
    Sound sound{{}, 8000, 1};
    for (int i = 0; i < 12000; ++i) {
      const double t = i / 8000.0;
      sound.samples.push_back(0.4 * std::sin(2 * std::numbers::pi * (200 + 600 * t) * t));
    }
    of = inspect(model, sound);
    html = html_inspection(model, of, "a.wav");
    text = seen(plain(html));
  }
};

const Inspected& inspected() {
  static const Inspected once;
  return once;
}

Parsed script_data(const std::string& html) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const auto at = html.find(begin) + begin.size();
  return Parsed::parse(html.substr(at, html.find("</script>", at) - at));
}

std::vector<unsigned> from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<unsigned> bytes;
  unsigned word = 0, bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    word = word << 6 | static_cast<unsigned>(digits.find(c));
    if ((bits += 6) < 8) continue;
    bits -= 8;
    bytes.push_back(word >> bits & 255u);
  }
  return bytes;
}

// 16 bits a number, the lower ones first, between `low` and `high`.
template <class T>
void check_packed(const Parsed& packed, const Tensor<T>& x) {
  const double low = packed.at("low"), high = packed.at("high");
  const auto bytes = from_base64(packed.at("data"));
  REQUIRE(bytes.size() == 2 * x.span().size());
  double worst = 0;
  for (std::size_t n = 0; n < x.span().size(); ++n) {
    const double share = (bytes[2 * n] + 256 * bytes[2 * n + 1]) / 65535.0;
    worst = std::max(worst, std::abs(low + share * (high - low) - double{x.span()[n]}));
  }
  CHECK(worst <= (high - low) / 130000);
}

}  // namespace

TEST_CASE("the page of an inspection says what was heard and answered", "[train]") {
  const Inspected& page = inspected();
  const int frames = static_cast<int>(page.of.features.dim(0));
  REQUIRE(frames == 47);  // 12000 samples, a frame every 256
  CHECK(has(page.text, "1.50 s at 8000 Hz, 47 frames, one every 32.0 ms."));
  const double most =
      *std::max_element(page.of.answer.probabilities.begin(), page.of.answer.probabilities.end());
  for (std::size_t c = 0; c < 3; ++c) {
    const double p = page.of.answer.probabilities[c];
    CHECK(has_row(page.html,
                  {page.model.class_names[c] == "h\"igh" ? "h&quot;igh" : page.model.class_names[c],
                   per_cent(p)}));
    CHECK(has(page.html, "<i style=\"width:" + number(100 * p, 1) + "%\"></i>"));
    const std::string row = "<tr data-class=\"" + std::to_string(c) + "\"";
    CHECK(has(page.html, row + (p == most ? " class=\"best\">" : ">")));
  }
  // The fewest frames with half of the attention: the largest weights first.
  std::vector<double> weights = page.of.attention;
  std::sort(weights.rbegin(), weights.rend());
  double held = 0;
  int count = 0;
  while (held < 0.5) held += weights[static_cast<std::size_t>(count++)];
  CHECK(has(page.text, "half of the attention, " + std::to_string(count) + " of 47 (" +
                           per_cent(held, 0) + ", " + number(count * 0.032, 2) + " s)."));
  CHECK(has(page.text, "Dashed: all frames equal, " + number(1 / 47., 4) + "."));
  // Times stand at the middle of their frame.
  CHECK(has(page.html, "left:" + number(100 * (0.5 / 47), 2) + "%\">0.0</span>"));
  CHECK(has(page.html, "left:" + number(100 * (0.5 / 0.032 + 0.5) / 47, 2) + "%\">0.5</span>"));
}

TEST_CASE("the panels of an inspection are its numbers over time", "[train]") {
  const Inspected& page = inspected();
  const auto picture = [&](const Tensor<float>& x, double limit, Palette palette) {
    return has(page.html, heat_map_uri(x, -limit, limit, palette));
  };
  CHECK(picture(page.of.features, 3, Palette::sequential));
  REQUIRE(page.of.layers.size() == 2);
  for (const LayerInspection& layer : page.of.layers) {
    double limit = 0;
    for (float v : layer.output.span()) limit = std::max(limit, std::abs(double{v}));
    CHECK(picture(layer.output, limit, Palette::diverging));
  }
  Tensor<float> from_below({47, 3});
  for (int t = 0; t < 47; ++t)
    for (int c = 0; c < 3; ++c) from_below(t, c) = static_cast<float>(page.of.so_far(t, 2 - c));
  CHECK(has(page.html, heat_map_uri(from_below, 0, 1, Palette::share)));

  const auto weights = all_between(page.html, "<polygon class=\"weight\" points=\"", "\"");
  REQUIRE(weights.size() == 1);
  const std::vector<Point> line = points_of(weights[0]);
  REQUIRE(line.size() == 47 + 4);  // down to the corners on both sides
  const double top = 1.06 * *std::max_element(page.of.attention.begin(), page.of.attention.end());
  for (std::size_t t = 0; t < 47; ++t) {
    CHECK(line[t + 2].x == Approx((static_cast<double>(t) + 0.5) / 47).margin(1e-5));
    CHECK(line[t + 2].y == Approx(-page.of.attention[t] / top).margin(1e-4));
  }
  CHECK(has(page.text, number(top, 3)));
}

TEST_CASE("the script of an inspection gets its numbers", "[train]") {
  const Inspected& page = inspected();
  const Parsed data = script_data(page.html);
  CHECK(data.at("frames") == 47);
  CHECK(data.at("hop") == 256);
  CHECK(data.at("rate") == 8000);
  CHECK(data.at("seconds") == 1.5);
  CHECK(data.at("mean") == page.model.normaliser.mean);
  CHECK(data.at("stddev") == page.model.normaliser.stddev);
  CHECK(data.at("attention") == page.of.attention);
  CHECK(data.at("featureNames").size() == 22);
  CHECK(data.at("featureNames").at(9) == "MFCC 9");
  CHECK(data.at("featureNames").at(10) == "chroma C");
  check_packed(data.at("features"), page.of.features);
  check_packed(data.at("soFar"), page.of.so_far);
  for (std::size_t k = 0; k < 2; ++k) {
    const Parsed& layer = data.at("layers").at(k);
    const LstmTrace& inside = page.of.layers[k].inside;
    check_packed(layer.at("i"), inside.i);
    check_packed(layer.at("f"), inside.f);
    check_packed(layer.at("g"), inside.g);
    check_packed(layer.at("o"), inside.o);
    check_packed(layer.at("c"), inside.c);
    check_packed(layer.at("h"), page.of.layers[k].output);
  }
}
