#include <sonant/train/report/svg.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <sonant/train/report/html.h>

namespace sonant::report {
namespace {

// The drawing in its own units, close to pixels on a phone, so that text stays readable there.
constexpr double kWidth = 360, kHeight = 236;
constexpr double kLeft = 46, kRight = 350, kTop = 34, kBottom = 202;

struct Scale {
  double low, high;    // values
  double first, last;  // where they are drawn
  double operator()(double v) const { return first + (v - low) / (high - low) * (last - first); }
};

std::string at(double x, double y) { return fixed(x, 1) + "," + fixed(y, 1); }

std::string line(const char* css, double x1, double y1, double x2, double y2) {
  return std::string("<line class=\"") + css + "\" x1=\"" + fixed(x1, 1) + "\" y1=\"" +
         fixed(y1, 1) + "\" x2=\"" + fixed(x2, 1) + "\" y2=\"" + fixed(y2, 1) + "\"/>\n";
}

std::string text(double x, double y, const char* anchor, const std::string& words,
                 const char* css = "") {
  return "<text x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1) + "\" text-anchor=\"" + anchor +
         "\" class=\"" + css + "\">" + escape(words) + "</text>\n";
}

// Stretches of finite values; a single point becomes a dot.
std::string draw_curve(const std::vector<double>& values, const std::string& css, const Scale& x,
                       const Scale& y) {
  std::string svg, points;
  std::size_t length = 0;
  const auto flush = [&](double last_x, double last_y) {
    if (length == 1) {
      svg += "<circle class=\"" + css + "\" cx=\"" + fixed(last_x, 1) + "\" cy=\"" +
             fixed(last_y, 1) + "\" r=\"2.5\"/>\n";
    } else if (length > 1) {
      svg += "<polyline class=\"" + css + "\" points=\"" + points + "\"/>\n";
    }
    points.clear();
    length = 0;
  };
  double last_x = 0, last_y = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      flush(last_x, last_y);
      continue;
    }
    last_x = x(static_cast<double>(i + 1));
    last_y = y(values[i]);
    points += at(last_x, last_y);
    points += ' ';
    ++length;
  }
  flush(last_x, last_y);
  return svg;
}

std::string tick_label(double value, double step, bool as_percent) {
  if (as_percent) return fixed(100 * value, step < 0.01 ? 1 : 0) + " %";
  if (value == 0) return "0";
  if (std::abs(value) < 1e-3 || std::abs(value) >= 1e5) return shortest(value);
  return fixed(value, std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9))));
}

struct Extent {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  std::size_t epochs = 0;
};

Extent extent_of(const LineChart& chart) {
  Extent e;
  const auto include = [&](const std::vector<double>& values) {
    e.epochs = std::max(e.epochs, values.size());
    for (double v : values) {
      if (!std::isfinite(v)) continue;
      e.low = std::min(e.low, v);
      e.high = std::max(e.high, v);
    }
  };
  for (const Curve& curve : chart.curves) {
    include(curve.values);
    for (const auto& run : curve.each) include(run);
  }
  if (chart.low < chart.high) e.low = chart.low, e.high = chart.high;
  if (e.low > e.high) e.low = 0, e.high = 1;  // nothing to draw
  if (!chart.as_percent) e.low = std::min(e.low, 0.0);
  if (e.high - e.low < 1e-12) e.high = e.low + std::max(1e-6, std::abs(e.low));
  return e;
}

std::string legend(const LineChart& chart) {
  std::string svg;
  double x = kLeft;
  for (std::size_t k = 0; chart.curves.size() > 1 && k < chart.curves.size(); ++k) {
    const char* css = k == 0 ? "a" : "b";
    svg += "<polyline class=\"" + std::string(css) + "\" points=\"" + at(x, 10) + " " +
           at(x + 20, 10) + "\"/>\n" + text(x + 25, 14, "start", chart.curves[k].name);
    x += 45 + 6.2 * static_cast<double>(chart.curves[k].name.size());
  }
  return svg;
}

}  // namespace

std::vector<double> round_ticks(double low, double high, int count) {
  const double raw = (high - low) / std::max(1, count);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  const double share = raw / power;
  const double step = power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
  std::vector<double> ticks;
  const auto first = std::llround(std::floor(low / step + 1e-9));
  const auto last = std::llround(std::ceil(high / step - 1e-9));
  for (auto k = first; k <= last; ++k) ticks.push_back(static_cast<double>(k) * step);
  return ticks;
}

std::string line_chart(const LineChart& chart) {
  const Extent e = extent_of(chart);
  const auto ticks = round_ticks(e.low, e.high, 4);
  const double step = ticks[1] - ticks[0];
  const double epochs = static_cast<double>(std::max<std::size_t>(e.epochs, 2));
  const Scale x{1, epochs, kLeft, kRight}, y{ticks.front(), ticks.back(), kBottom, kTop};

  std::string svg = "<svg viewBox=\"0 0 " + fixed(kWidth, 0) + " " + fixed(kHeight, 0) +
                    "\" role=\"img\" aria-label=\"" + escape(chart.title) + "\">\n";
  for (double tick : ticks) {
    svg += line("grid", kLeft, y(tick), kRight, y(tick));
    svg += text(kLeft - 5, y(tick) + 4, "end", tick_label(tick, step, chart.as_percent));
  }
  double last_epoch = 0;  // of few epochs, round numbers lie between them
  for (double tick : round_ticks(1, epochs, 5)) {
    const double epoch = std::max(1.0, std::round(tick));
    if (epoch > epochs || epoch == last_epoch) continue;
    last_epoch = epoch;
    svg += line("axis", x(epoch), kBottom, x(epoch), kBottom + 4);
    svg += text(x(epoch), kBottom + 16, "middle", fixed(epoch, 0));
  }
  svg += line("axis", kLeft, kBottom, kRight, kBottom);
  svg += text((kLeft + kRight) / 2, kHeight - 4, "middle", "epoch");
  if (chart.best_epoch > 0) {
    const double best = x(chart.best_epoch);
    svg += line("best", best, kTop, best, kBottom);
    const bool left = best > (kLeft + kRight) / 2;
    svg += text(best, kTop - 5, left ? "end" : "start", "best: " + std::to_string(chart.best_epoch),
                "best");
  }
  const auto css = [](std::size_t k) { return std::string(k == 0 ? "a" : "b"); };
  for (std::size_t k = 0; k < chart.curves.size(); ++k)
    for (const auto& run : chart.curves[k].each) svg += draw_curve(run, css(k) + " thin", x, y);
  for (std::size_t k = 0; k < chart.curves.size(); ++k)
    svg += draw_curve(chart.curves[k].values, css(k), x, y);
  svg += legend(chart) + "</svg>\n";
  return "<figure>\n<figcaption>" + escape(chart.title) + "</figcaption>\n" + svg + "</figure>\n";
}

}  // namespace sonant::report
