#include <sonant/train/report/scatter.h>

#include <algorithm>
#include <cmath>

#include <sonant/train/report/html.h>
#include <sonant/train/report/pca.h>
#include <sonant/train/report/svg.h>

namespace sonant::report {
namespace {

constexpr Margins kMargins{50, 10, 10, 36};
constexpr double kHeight = 240;
constexpr int kLooks = 8;

// As part of a path. (With "M" + ... gcc 12 warns of an overlap that is none.)
std::string move_to(double x, double y) {
  return std::string("M") + fixed(x, 1) + "," + fixed(y, 1);
}

// One point of shape k around (x,y), as part of a path.
std::string shape(int k, double x, double y) {
  const auto from = [&](double dx, double dy) { return move_to(x + dx, y + dy); };
  switch (k % kLooks) {
    case 0:
      return from(-3, 0) + "a3,3 0 1,0 6,0a3,3 0 1,0 -6,0";  // circle
    case 1:
      return from(-2.7, -2.7) + "h5.4v5.4h-5.4z";  // square
    case 2:
      return from(0, -3.6) + "l3.4,6h-6.8z";  // triangle
    case 3:
      return from(0, -3.8) + "l3.8,3.8l-3.8,3.8l-3.8,-3.8z";  // diamond
    case 4:
      return from(0, 3.6) + "l3.4,-6h-6.8z";  // triangle on its tip
    case 5:
      return from(-1, -3.6) + "h2v2.6h2.6v2h-2.6v2.6h-2v-2.6h-2.6v-2h2.6z";  // plus
    case 6:                                                                  // cross
      return from(-3.3, -1.9) +
             "l1.4,-1.4l1.9,1.9l1.9,-1.9l1.4,1.4l-1.9,1.9l1.9,1.9l-1.4,1.4"
             "l-1.9,-1.9l-1.9,1.9l-1.4,-1.4l1.9,-1.9z";
    default:
      return from(-3.6, -1.3) + "h7.2v2.6h-7.2z";  // bar
  }
}

std::vector<std::pair<double, std::string>> ticks_of(const Axis& axis) {
  if (!axis.ticks.empty()) return axis.ticks;
  std::vector<std::pair<double, std::string>> ticks;
  const double slack = 1e-9 * (axis.high - axis.low);
  for (double t : round_ticks(axis.low, axis.high, 4))
    if (t >= axis.low - slack && t <= axis.high + slack) ticks.emplace_back(t, shortest(t));
  return ticks;
}

std::string axes(const Axis& x, const Axis& y) {
  std::string lines, words;
  for (const auto& [value, name] : ticks_of(y)) {
    const double at = place_in_chart(x, y, x.low, value).second;
    lines += rule("grid", 0, at, 1, at);
    words += text("-5", at + 4, "end", name);
  }
  for (const auto& [value, name] : ticks_of(x)) {
    const double at = place_in_chart(x, y, value, y.low).first;
    lines += rule("grid", at, 0, at, kHeight);
    words += text(across(at), kHeight + 15, "middle", name);
  }
  words += text("50%", kHeight + kMargins.bottom - 5, "middle", x.name);
  return lines + words + "<text transform=\"translate(" + fixed(12 - kMargins.left, 0) + "," +
         fixed(kHeight / 2, 0) + ") rotate(-90)\" text-anchor=\"middle\">" + escape(y.name) +
         "</text>\n";
}

std::string cloud_points(const Cloud& cloud, const Axis& x, const Axis& y) {
  const std::string look = std::to_string(cloud.look % kLooks);
  std::string svg = "<g class=\"cloud k" + look + "\">\n";
  for (const auto& [px, py] : cloud.points) {
    const auto [cx, cy] = place_in_chart(x, y, px, py);
    svg +=
        "<use href=\"#look" + look + "\" x=\"" + across(cx) + "\" y=\"" + fixed(cy, 1) + "\"/>\n";
  }
  return svg + "</g>\n";
}

Axis component_axis(const Pca& pca, std::int64_t k) {
  double low = 0, high = 0;
  for (std::int64_t i = 0; i < pca.scores.dim(0); ++i) {
    low = std::min(low, pca.scores(i, k));
    high = std::max(high, pca.scores(i, k));
  }
  const double room = std::max(1e-6, 0.04 * (high - low));
  return {"component " + std::to_string(k + 1) + ", " +
              percent(pca.explained[static_cast<std::size_t>(k)]) + " of the variance",
          low - room, high + room};
}

std::string pca_chart(const std::string& what, const Tensor<float>& x, const Embeddings& e) {
  const Pca pca = principal_components(x, 2);
  std::vector<Cloud> clouds(e.class_names.size());
  for (std::size_t i = 0; i < e.labels.size(); ++i) {
    const auto c = static_cast<std::size_t>(e.labels[i]);
    clouds[c].look = e.labels[i];
    const auto row = static_cast<std::int64_t>(i);
    clouds[c].points.emplace_back(pca.scores(row, 0), pca.scores(row, 1));
  }
  return scatter_chart(what + ": " + percent(pca.explained[0] + pca.explained[1], 0) +
                           " of the variance in two components",
                       component_axis(pca, 0), component_axis(pca, 1), clouds);
}

}  // namespace

std::pair<double, double> place_in_chart(const Axis& x, const Axis& y, double at_x, double at_y) {
  return {(at_x - x.low) / (x.high - x.low), kHeight * (1 - (at_y - y.low) / (y.high - y.low))};
}

std::string looks_defs() {
  std::string svg = "<svg class=\"defs\" aria-hidden=\"true\"><defs>\n";
  for (int look = 0; look < kLooks; ++look)
    svg += "<path id=\"look" + std::to_string(look) + "\" d=\"" + shape(look, 0, 0) + "\"/>\n";
  return svg + "</defs></svg>\n";
}

std::string scatter_chart(const std::string& title, const Axis& x, const Axis& y,
                          const std::vector<Cloud>& clouds, const std::string& lines) {
  std::string points;
  for (const Cloud& cloud : clouds)
    if (!cloud.points.empty()) points += cloud_points(cloud, x, y);
  return "<figure>\n<figcaption>" + escape(title) + "</figcaption>\n" +
         drawing(title, kMargins, kHeight, axes(x, y), lines, points) + "</figure>\n";
}

std::string looks_legend(const std::vector<std::pair<int, std::string>>& names) {
  std::string html = "<p class=\"looks\">";
  for (const auto& [look, name] : names)
    html += "<span><svg viewBox=\"-5 -5 10 10\" aria-hidden=\"true\"><path class=\"k" +
            std::to_string(look % kLooks) + "\" d=\"" + shape(look, 0, 0) + "\"/></svg>" +
            escape(name) + "</span> ";
  return html + "</p>\n";
}

std::string pca_charts(const Embeddings& e) {
  if (e.labels.size() < 2 || e.embedding.dim(1) < 2 || e.feature_mean.dim(1) < 2)
    return "<p>Too few utterances or features for a picture.</p>\n";
  const auto embedding = e.embedding.span();
  if (!std::all_of(embedding.begin(), embedding.end(), [](float v) { return std::isfinite(v); }))
    return "<p>The model's numbers are not finite: there is no picture of them.</p>\n";
  std::vector<std::pair<int, std::string>> classes;
  for (std::size_t c = 0; c < e.class_names.size(); ++c)
    classes.emplace_back(static_cast<int>(c), e.class_names[c]);
  return "<div class=\"charts two\">\n" +
         pca_chart("What the model makes of it (embeddings)", e.embedding, e) +
         pca_chart("What it was given (features averaged over time)", e.feature_mean, e) +
         "</div>\n" + looks_legend(classes);
}

}  // namespace sonant::report
