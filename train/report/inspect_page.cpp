#include <algorithm>
#include <cmath>

#include <sonant/core/numbers.h>
#include <sonant/train/experiment/training_facts.h>
#include <sonant/train/json_body.h>
#include <sonant/train/report/html.h>
#include <sonant/train/report/image.h>
#include <sonant/train/report/inspect.h>
#include <sonant/train/report/inspect_sound.h>
#include <sonant/train/report/pages.h>
#include <sonant/train/report/parts.h>
#include <sonant/train/report/svg.h>

namespace sonant {
namespace {

using namespace report;

constexpr double kFeatureLimit = 3;  // deviations where the colours of the features end

struct Page {
  const SpeechModel& model;
  const Inspection& seen;
  const FeatureSettings& settings = model.features;
  int frames = static_cast<int>(seen.features.dim(0));
  FeatureExtractor extractor{settings};
  // Unknown only where features came from files, of which there is no sound to look at.
  double hop_seconds = extractor.hop_seconds(seen.sound.sample_rate);
  double hop() const { return hop_seconds * seen.sound.sample_rate; }  // samples
};

std::string upper_case(std::string name) {
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// ---- panels: a heading, what is to be seen, and a plot with something in its left margin ----

std::string panel(const std::string& heading, const std::string& hint, const std::string& gutter,
                  const std::string& attributes, const std::string& drawing) {
  return "<div class=\"panel\">\n<h2>" + heading + "</h2>\n<p class=\"soft small\">" + hint +
         "</p>\n<div class=\"row\">" + gutter + "<div class=\"plot\" " + attributes + ">" +
         drawing + "<i class=\"hover\"></i><i class=\"cursor\"></i></div></div>\n</div>\n";
}

std::string gutter_ends(const std::string& top, const std::string& bottom) {
  return "<div class=\"gutter ends\"><span>" + top + "</span><span>" + bottom + "</span></div>";
}

std::string heat_map(const Tensor<float>& x, double low, double high, Palette palette,
                     const std::string& what) {
  return "<img class=\"" + std::string(css_class(palette)) + "\" alt=\"" + what + "\" src=\"" +
         heat_map_uri(x, low, high, palette) + "\">";
}

std::string signed_text(double v) {
  const std::string text = shortest(std::abs(v));
  return (v < 0 ? "\u2212" : "") + text;
}

// The palette from end to end, with the values there.
std::string scale(double low, double high, int digits, Palette palette) {
  Tensor<float> ramp({64, 1});
  for (std::int64_t k = 0; k < 64; ++k) ramp[k] = static_cast<float>(k);
  return std::string("<span class=\"scale\">") + (low < 0 ? "\u2212" : "") +
         fixed(std::abs(low), digits) + " <img class=\"" + css_class(palette) +
         "\" alt=\"to\" src=\"" + heat_map_uri(ramp, 0, 63, palette) + "\"> " +
         fixed(high, digits) + "</span>";
}

std::string svg_box(double low, double high, const std::string& drawing) {
  return "<svg viewBox=\"0 " + shortest(-high) + " 1 " + shortest(high - low) +
         "\" preserveAspectRatio=\"none\">" + drawing + "</svg>";
}

std::string attended_bands(const Page& page, double low, double high) {
  std::string svg;
  const auto& frames = page.seen.attended;
  for (std::size_t k = 0; k < frames.size();) {
    const int first = frames[k];
    int last = first;
    while (++k < frames.size() && frames[k] == last + 1) last = frames[k];
    svg += "<rect class=\"attended\" x=\"" + fixed(double(first) / page.frames, 5) + "\" y=\"" +
           shortest(-high) + "\" width=\"" + fixed(double(last + 1 - first) / page.frames, 5) +
           "\" height=\"" + shortest(high - low) + "\"/>";
  }
  return svg;
}

// The highest and lowest sample of each of 800 stretches.
std::string waveform(const Page& page) {
  constexpr int columns = 800;
  const auto& x = page.seen.sound.samples;
  double peak = 1e-9;
  for (double v : x) peak = std::max(peak, std::abs(v));
  std::string top, bottom;
  for (int k = 0; k < columns; ++k) {
    const auto sample_at = [&](int column) {  // frame t is centred at sample t * hop
      const double frame = static_cast<double>(column) / columns * page.frames - 0.5;
      return static_cast<std::ptrdiff_t>(frame * page.hop());
    };
    const auto n = std::ssize(x);
    const auto from = std::clamp<std::ptrdiff_t>(sample_at(k), 0, n);
    const auto to = std::clamp<std::ptrdiff_t>(std::max(sample_at(k + 1), from + 1), 0, n);
    if (from >= to || sample_at(k + 1) <= 0) continue;
    const auto [low, high] = std::minmax_element(x.begin() + from, x.begin() + to);
    const std::string at = fixed((k + 0.5) / columns, 4) + ",";
    top += at + fixed(-*high / peak, 3) + " ";
    bottom = at + fixed(-*low / peak, 3) + " " + bottom;
  }
  return svg_box(-1.05, 1.05,
                 attended_bands(page, -1.05, 1.05) + "<polygon class=\"wave\" points=\"" + top +
                     bottom + "\"/>");
}

std::string wave_panel(const Page& page) {
  const auto count = page.seen.attended.size();
  const double held = [&] {
    double sum = 0;
    for (int t : page.seen.attended) sum += page.seen.attention[static_cast<std::size_t>(t)];
    return sum;
  }();
  return panel("Waveform",
               count == 0
                   ? "The sound as the features see it."
                   : "Shaded: the fewest frames that together hold half of the attention, " +
                         std::to_string(count) + " of " + std::to_string(page.frames) + " (" +
                         percent(held, 0) + ", " +
                         fixed(static_cast<double>(count) * page.hop_seconds, 2) + "\u00a0s).",
               gutter_ends("", ""), "data-panel=\"wave\"", waveform(page));
}

std::string feature_panel(const Page& page) {
  // Features of one kind stand together: "MFCC 0", "MFCC 1", ..., "chroma C", ...
  std::vector<std::pair<std::string, int>> kinds;
  for (const std::string& name : page.extractor.names()) {
    const std::string kind = name.substr(0, name.rfind(' '));
    if (kinds.empty() || kinds.back().first != kind) kinds.emplace_back(kind, 0);
    ++kinds.back().second;
  }
  std::string gutter, named;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const auto& [kind, rows] = kinds[k];
    const bool last = k + 1 == kinds.size();
    named += (k == 0 ? "" : last ? " and " : ", ") + std::to_string(rows) + " " + kind;
    gutter.insert(
        0, "<span style=\"flex:" + std::to_string(rows) + " 1 0\">" + escape(kind) + "</span>");
  }
  gutter.insert(0, "<div class=\"gutter parts\">");
  return panel("Features",
               "What the model gets: " + named +
                   " a frame, less their mean and in deviations of the training data. " +
                   scale(-kFeatureLimit, kFeatureLimit, 0, Palette::sequential),
               gutter + "</div>", "data-panel=\"features\"",
               heat_map(page.seen.features, -kFeatureLimit, kFeatureLimit, Palette::sequential,
                        "features over time"));
}

std::string layer_panel(const Page& page, std::size_t k) {
  const LayerInspection& layer = page.seen.layers[k];
  double limit = 0;
  for (float v : layer.output.span()) limit = std::max(limit, std::abs(double{v}));
  limit = std::max(limit, 1e-6);
  const auto units = layer.output.dim(1);
  const bool residual = layer.into == "add";
  return panel(upper_case(layer.name) + " output" + (residual ? ", before the residual sum" : ""),
               count_of(units, "unit") +
                   (residual                         ? "; they are added to the features. "
                    : layer.into == "soft_attention" ? ", weighed by the attention. "
                                                     : ". ") +
                   scale(-limit, limit, 2, Palette::diverging),
               gutter_ends("unit " + std::to_string(units - 1), "0"),
               "data-panel=\"layer\" data-layer=\"" + std::to_string(k) + "\"",
               heat_map(layer.output, -limit, limit, Palette::diverging, "units over time"));
}

std::string attention_panel(const Page& page) {
  const auto& a = page.seen.attention;
  const double top = 1.06 * *std::max_element(a.begin(), a.end());
  const double equal = 1.0 / page.frames;
  // Drawn in units of the top, so that no digit is lost on small weights.
  std::string points = "0,0 0," + fixed(-a.front() / top, 4) + " ";
  for (std::size_t t = 0; t < a.size(); ++t)
    points +=
        fixed((static_cast<double>(t) + 0.5) / page.frames, 5) + "," + fixed(-a[t] / top, 4) + " ";
  const std::string level = fixed(-equal / top, 4);
  return panel("Attention",
               "The weight of each frame. Dashed: all frames equal, " + fixed(equal, 4) + ".",
               gutter_ends(fixed(top, 3), "0"), "data-panel=\"attention\"",
               svg_box(0, 1,
                       attended_bands(page, 0, 1) + "<polygon class=\"weight\" points=\"" + points +
                           "1," + fixed(-a.back() / top, 4) +
                           " 1,0\"/><line class=\"equal\" x1=\"0\" x2=\"1\" y1=\"" + level +
                           "\" y2=\"" + level + "\"/>"));
}

// "0.532 Hz".
std::string number_text(const Answer& answer, double number) {
  return signed_text(number) + (answer.unit.empty() ? "" : "\u00a0" + escape(answer.unit));
}

std::string number_panel(const Page& page) {
  const auto said = page.seen.so_far.span();
  const auto [least, largest] = std::minmax_element(said.begin(), said.end());
  const double low = *least, high = *largest > low ? *largest : low + 1;
  std::string points;  // in shares of the range, so that no digit is lost on small numbers
  for (std::size_t t = 0; t < said.size(); ++t)
    points += fixed((static_cast<double>(t) + 0.5) / page.frames, 5) + "," +
              fixed(-(said[t] - low) / (high - low), 4) + " ";
  return panel("Answer so far",
               "The number from the frames up to here: the model asked again after every frame.",
               gutter_ends(signed_text(high), signed_text(low)), "data-panel=\"so-far\"",
               svg_box(-0.04, 1.04, "<polyline points=\"" + points + "\"/>"));
}

std::string answer_panel(const Page& page) {
  const auto& names = page.model.class_names;
  const auto C = page.seen.so_far.dim(1);
  Tensor<float> flipped({page.frames, C});  // the first class on top, as in the table
  for (std::int64_t t = 0; t < page.frames; ++t)
    for (std::int64_t c = 0; c < C; ++c)
      flipped(t, C - 1 - c) = static_cast<float>(page.seen.so_far(t, c));
  std::string gutter = "<div class=\"gutter classes\">";
  for (const auto& name : names) gutter += "<span>" + escape(name) + "</span>";
  return panel(
      "Answer so far",
      "Class probabilities from the frames up to here: attention and classifier asked again "
      "after every frame. " +
          scale(0, 1, 0, Palette::share),
      gutter + "</div>", "data-panel=\"so-far\" style=\"--classes:" + std::to_string(C) + "\"",
      heat_map(flipped, 0, 1, Palette::share, "probabilities over time"));
}

std::string time_ticks(const Page& page) {
  const double end = (page.frames - 0.5) * page.hop_seconds;
  std::string html;
  const auto ticks = round_ticks(0, end, 5);
  const int digits = ticks[1] >= 1 ? 0 : ticks[1] >= 0.1 ? 1 : 2;
  for (double tick : ticks) {
    const double share = (tick / page.hop_seconds + 0.5) / page.frames;
    if (share > 0.985) continue;
    html +=
        "<span style=\"left:" + fixed(100 * share, 2) + "%\">" + fixed(tick, digits) + "</span>";
  }
  return html;
}

// ---- the top of the page ----

std::string number_bars(const Page& page) {
  const Answer& answer = page.seen.answer;
  return "<table class=\"bars\"><thead class=\"needs-script\"><tr><td></td><th class=\"n\">whole"
         "</th><th class=\"n so-far\">at cursor</th></tr></thead><tbody>\n<tr data-class=\"0\" "
         "class=\"best\"><th scope=\"row\">" +
         escape(answer.head) + "</th><td class=\"n\">" + number_text(answer, answer.number) +
         "</td><td class=\"n so-far needs-script\"></td></tr>\n</tbody></table>\n"
         "<p class=\"soft small\">The number for the whole sound<span class=\"needs-script\" "
         "id=\"heard\">, and (right column) for what has been heard at the cursor</span>.</p>\n";
}

std::string bars(const Page& page) {
  if (!page.seen.answer.of_classes()) return number_bars(page);
  std::string html =
      "<table class=\"bars\"><thead class=\"needs-script\"><tr><td></td><td></td><th "
      "class=\"n\">whole"
      "</th><th class=\"n so-far\">at cursor</th></tr></thead><tbody>\n";
  for (std::size_t c = 0; c < page.model.class_names.size(); ++c) {
    const double p = page.seen.answer.probabilities[c];
    html += "<tr data-class=\"" + std::to_string(c) + "\"" +
            (static_cast<int>(c) == page.seen.answer.label ? " class=\"best\"" : "") +
            "><th scope=\"row\">" + escape(page.model.class_names[c]) +
            "</th><td><div class=\"bar\"><i style=\"width:" + fixed(100 * p, 1) +
            "%\"></i><i class=\"mark needs-script\"></i></div></td><td class=\"n\">" + percent(p) +
            "</td><td class=\"n so-far needs-script\"></td></tr>\n";
  }
  return html +
         "</tbody></table>\n<p class=\"soft small\">Class probabilities of the whole sound<span "
         "class=\"needs-script\" id=\"heard\">,\nand (mark, right column) of what has been heard "
         "at the cursor</span>.</p>\n";
}

std::string facts_line(const Page& page) {
  const DataFacts data = facts_from_json(page.model.facts, "model").data;
  const std::string corpus = data.corpus == "synthetic" ? "the synthetic corpus" : data.corpus;
  return "Heard by " + escape(page.model.classifier->spec().title()) +
         (data.corpus.empty() ? "" : ", trained on " + escape(corpus)) +
         (data.split.empty() ? "" : ", " + escape(data.split)) + ". " +
         fixed(page.seen.sound.seconds(), 2) + " s at " +
         std::to_string(page.seen.sound.sample_rate) + " Hz, " + count_of(page.frames, "frame") +
         ", one every " + fixed(1000 * page.hop_seconds, 1) + " ms.";
}

std::string notices(const Page& page) {
  const std::string remark = page.model.remark_on_rate(page.seen.recorded_rate);
  return (remark.empty() ? "" : "<p class=\"notice\">This sound was " + remark + ".</p>") +
         (page.seen.missing.empty() ? "" : notice("Not shown: " + page.seen.missing + "."));
}

// ---- numbers for the script ----

// 16 bits per number between the least and the largest: an error below a 130,000th of the range.
template <Real T>
Json packed(const Tensor<T>& x) {
  const auto [least, largest] = std::minmax_element(x.span().begin(), x.span().end());
  const double low = *least, high = *largest;
  std::vector<std::uint16_t> steps;
  for (T v : x.span())
    steps.push_back(high > low
                        ? static_cast<std::uint16_t>(std::lround(65535 * (v - low) / (high - low)))
                        : std::uint16_t{0});
  return {{"low", low}, {"high", high}, {"data", base64(std::as_bytes(std::span(steps)))}};
}

std::string script_data(const Page& page) {
  Json layers = Json::array();
  for (const LayerInspection& layer : page.seen.layers) {
    const LstmTrace& s = layer.inside;
    layers.push_back({{"name", upper_case(layer.name)},
                      {"i", packed(s.i)},
                      {"f", packed(s.f)},
                      {"g", packed(s.g)},
                      {"o", packed(s.o)},
                      {"c", packed(s.c)},
                      {"h", packed(layer.output)}});
  }
  const Json data{{"frames", page.frames},
                  {"hop", page.hop()},
                  {"rate", page.seen.sound.sample_rate},
                  {"seconds", page.seen.sound.seconds()},
                  {"featureNames", page.extractor.names()},
                  {"mean", page.model.normaliser.mean},
                  {"stddev", page.model.normaliser.stddev},
                  {"features", packed(page.seen.features)},
                  {"layers", layers},
                  {"attention", page.seen.attention},
                  {"classes", page.model.class_names},
                  {"head", page.seen.answer.head},
                  {"soFar", page.seen.so_far.empty() ? Json() : packed(page.seen.so_far)}};
  std::string text = data.dump();
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos;)
    text.replace(at, 1, "\\u003c");  // no text may end the script element
  return text;
}

}  // namespace

std::string html_inspection(const SpeechModel& model, const Inspection& inspection,
                            const std::string& file) {
  const Page page{model, inspection};
  const std::string audio = "data:audio/wav;base64," + base64(playable_wav(inspection.sound));
  std::string panels = wave_panel(page) + feature_panel(page);
  for (std::size_t k = 0; k < inspection.layers.size(); ++k) panels += layer_panel(page, k);
  if (!inspection.attention.empty()) panels += attention_panel(page);
  if (!inspection.so_far.empty())
    panels += inspection.answer.of_classes() ? answer_panel(page) : number_panel(page);
  return page_head(file, pages::inspect_css) +
         pages::fill_in(pages::inspect_html, {{"file", escape(file)},
                                              {"facts", facts_line(page)},
                                              {"notices", notices(page)},
                                              {"bars", bars(page)},
                                              {"audio", audio},
                                              {"panels", panels},
                                              {"ticks", time_ticks(page)},
                                              {"data", script_data(page)},
                                              {"script", pages::inspect_js}});
}

}  // namespace sonant
