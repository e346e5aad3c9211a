#include <sonant/train/report/svg.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <sonant/train/report/html.h>

namespace sonant::report {
namespace {

constexpr Margins kMargins{46, 34, 10, 34};
constexpr double kHeight = 168;
constexpr double kWide = 1000;  // of the drawing's area, in the units of what is stretched

struct Scale {
  double low, high;    // values
  double first, last;  // where they are drawn
  double operator()(double v) const { return first + (v - low) / (high - low) * (last - first); }
};

// Stretches of finite values, and, upright, the points that stand alone.
struct Drawn {
  std::string lines, dots;

  void add(const std::vector<double>& values, const std::string& css, const Scale& x,
           const Scale& y) {
    std::string points;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto finite = [&](std::size_t k) {
        return k < values.size() && std::isfinite(values[k]);
      };
      if (!finite(i)) continue;
      const double at = x(static_cast<double>(i + 1)), level = y(values[i]);
      const bool first = i == 0 || !finite(i - 1), last = !finite(i + 1);
      if (first && last)
        dots += "<circle class=\"" + css + "\" cx=\"" + across(at) + "\" cy=\"" + fixed(level, 1) +
                "\" r=\"2.5\"/>\n";
      points += (first ? "" : " ") + stretched_point(at, level);
      if (!last) continue;
      if (!first) lines += "<polyline class=\"" + css + "\" points=\"" + points + "\"/>\n";
      points.clear();
    }
  }
};

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
  double x = 0;
  for (std::size_t k = 0; chart.curves.size() > 1 && k < chart.curves.size(); ++k) {
    const std::string css = k == 0 ? "a" : "b", y = fixed(10 - kMargins.top, 0);
    svg += "<line class=\"" + css + "\" x1=\"" + fixed(x, 0) + "\" x2=\"" + fixed(x + 20, 0) +
           "\" y1=\"" + y + "\" y2=\"" + y + "\"/>\n" +
           text(fixed(x + 25, 0), 14 - kMargins.top, "start", chart.curves[k].name);
    x += 45 + 6.8 * static_cast<double>(chart.curves[k].name.size());
  }
  return svg;
}

}  // namespace

std::string across(double x) { return fixed(100 * x, 2) + "%"; }

std::string stretched_point(double x, double y) { return fixed(kWide * x, 1) + "," + fixed(y, 1); }

std::string rule(const std::string& css, double x1, double y1, double x2, double y2) {
  return "<line class=\"" + css + "\" x1=\"" + across(x1) + "\" y1=\"" + fixed(y1, 1) + "\" x2=\"" +
         across(x2) + "\" y2=\"" + fixed(y2, 1) + "\"/>\n";
}

std::string text(const std::string& x, double y, const char* anchor, const std::string& words,
                 const std::string& css) {
  return "<text x=\"" + x + "\" y=\"" + fixed(y, 1) + "\" text-anchor=\"" + anchor +
         (css.empty() ? "" : "\" class=\"" + css) + "\">" + escape(words) + "</text>\n";
}

std::string drawing(const std::string& title, const Margins& m, double height,
                    const std::string& under, const std::string& lines, const std::string& over) {
  const auto px = [](double pixels) { return fixed(pixels, 0) + "px"; };
  return "<svg class=\"drawing\" style=\"margin:" + px(m.top) + " " + px(m.right) + " " +
         px(m.bottom) + " " + px(m.left) + ";width:calc(100% - " + px(m.left + m.right) +
         ");height:" + px(height) + "\" role=\"img\" aria-label=\"" + escape(title) + "\">\n" +
         under + "<svg class=\"lines\" viewBox=\"0 0 " + fixed(kWide, 0) + " " + fixed(height, 0) +
         "\" preserveAspectRatio=\"none\">\n" + lines + "</svg>\n" + over + "</svg>\n";
}

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
  const Scale x{1, epochs, 0, 1}, y{ticks.front(), ticks.back(), kHeight, 0};

  std::string svg;
  for (double tick : ticks) {
    svg += rule("grid", 0, y(tick), 1, y(tick));
    svg += text("-5", y(tick) + 4, "end", tick_label(tick, step, chart.as_percent));
  }
  double last_epoch = 0;  // of few epochs, round numbers lie between them
  for (double tick : round_ticks(1, epochs, 5)) {
    const double epoch = std::max(1.0, std::round(tick));
    if (epoch > epochs || epoch == last_epoch) continue;
    last_epoch = epoch;
    svg += rule("axis", x(epoch), kHeight, x(epoch), kHeight + 4);
    svg += text(across(x(epoch)), kHeight + 16, "middle", fixed(epoch, 0));
  }
  svg += rule("axis", 0, kHeight, 1, kHeight);
  svg += text("50%", kHeight + kMargins.bottom - 4, "middle", "epoch");
  if (chart.best_epoch > 0) {
    const double best = x(chart.best_epoch);
    svg += rule("best", best, 0, best, kHeight);
    svg += text(across(best), -5, best > 0.5 ? "end" : "start",
                "best: " + std::to_string(chart.best_epoch), "best");
  }
  const auto css = [](std::size_t k) { return std::string(k == 0 ? "a" : "b"); };
  Drawn drawn;
  for (std::size_t k = 0; k < chart.curves.size(); ++k)
    for (const auto& run : chart.curves[k].each) drawn.add(run, css(k) + " thin", x, y);
  for (std::size_t k = 0; k < chart.curves.size(); ++k)
    drawn.add(chart.curves[k].values, css(k), x, y);
  return "<figure>\n<figcaption>" + escape(chart.title) + "</figcaption>\n" +
         drawing(chart.title, kMargins, kHeight, svg, drawn.lines, drawn.dots + legend(chart)) +
         "</figure>\n";
}

}  // namespace sonant::report
